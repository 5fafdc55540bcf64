//! What a conversion gives, and what is in a folder.

use std::fs;
use std::io;
use std::path::Path;

use image::{DynamicImage, ImageFormat};
use protocol::batch_converter::{Change, Conversion, Entry, Format, Picture, digest};

/// What a conversion of the image at `path` gives.
///
/// # Errors
/// If that is no image.
pub fn converted(path: &Path, conversion: Conversion) -> image::ImageResult<Picture> {
    let image = image::open(path)?;
    let image = match conversion.change {
        Change::Greyscale => image.grayscale(),
        Change::Thumbnail(longest) if image.width().max(image.height()) > longest => image.thumbnail(longest, longest),
        Change::Keep | Change::Thumbnail(_) => image,
        Change::Rotate => image.rotate90(),
    };
    Ok(picture(&image, conversion.format))
}

/// The files in a folder, by name.
///
/// # Errors
/// If the folder cannot be read.
pub fn listing(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        entries.push(Entry { name, picture: whole_picture(&entry.path()) });
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// What is in a file, by its content and not by its name.
fn whole_picture(path: &Path) -> Option<Picture> {
    let bytes = fs::read(path).ok()?;
    let format = match image::guess_format(&bytes).ok()? {
        ImageFormat::Png => Format::Png,
        ImageFormat::Pnm => Format::Ppm,
        ImageFormat::Bmp => Format::Bmp,
        _ => return None,
    };
    let image = image::load_from_memory(&bytes).ok()?;
    let transparent = format != Format::Png && image.to_rgba8().pixels().any(|pixel| pixel.0[3] < u8::MAX);
    Some(Picture { transparent, ..picture(&image, format) })
}

/// Pixels count as what a viewer sees: a grey pixel is the same, whether it is stored as one number or as three.
fn picture(image: &DynamicImage, format: Format) -> Picture {
    let pixels = match format {
        Format::Png => image.to_rgba8().into_raw(),
        Format::Ppm | Format::Bmp => image.to_rgb8().into_raw(),
    };
    Picture { format, width: image.width(), height: image.height(), digest: digest(&pixels), transparent: false }
}
