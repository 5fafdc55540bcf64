//! Makes the images that submissions convert, good ones and broken ones: `cargo run --example assets FOLDER`.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "run by hand when the images change")]

use std::env;
use std::fs;
use std::path::PathBuf;

use image::{DynamicImage, GrayImage, ImageBuffer, Luma, Rgb, RgbImage, Rgba, RgbaImage};

fn main() {
    let folder = PathBuf::from(env::args_os().nth(1).expect("the folder is named"));
    let save = |name: &str, image: DynamicImage| image.save(folder.join(name)).unwrap();
    let gradient = |width, height| {
        RgbImage::from_fn(width, height, |x, y| Rgb([(x * 3) as u8, (y * 5) as u8, ((x * y) / 7) as u8]))
    };
    let landscape = gradient(64, 48);
    save("landscape.png", landscape.clone().into());
    let window = |x: u32, y: u32| {
        Rgba([(x * 8) as u8, (y * 3) as u8, 90, if (x / 5 + y / 5).is_multiple_of(2) { 255 } else { 60 }])
    };
    save("window.png", RgbaImage::from_fn(30, 70, window).into());
    save("grey.png", GrayImage::from_fn(33, 21, |x, y| Luma([(x * 7 + y) as u8])).into());
    save("pixel.png", RgbImage::from_pixel(1, 1, Rgb([200, 100, 50])).into());
    let deep = ImageBuffer::<Rgb<u16>, _>::from_fn(20, 20, |x, y| Rgb([(x * 3000) as u16, (y * 3000) as u16, 777]));
    save("deep.png", deep.into());
    save("row.bmp", gradient(97, 1).into());
    save("tall.bmp", gradient(3, 41).into());
    let mut noise = fastrand::Rng::with_seed(4);
    save("noise.ppm", RgbImage::from_fn(200, 150, |_, _| Rgb([noise.u8(..), noise.u8(..), noise.u8(..)])).into());

    let whole = fs::read(folder.join("landscape.png")).unwrap();
    let broken = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    broken("truncated.png", &whole[..whole.len() / 2]);
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    broken("flipped.png", &flipped);
    broken("empty.png", b"");
    broken("text.png", b"This is no image.\n");
    broken("header.ppm", b"P6\n10 10\n255\n");
}
