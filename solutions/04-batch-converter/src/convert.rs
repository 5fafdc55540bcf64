//! From one image to another. An output appears under its name when it is whole.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageFormat};

use crate::{Change, ConvertError, Converted, Format, Task};

/// Does a task.
pub(crate) fn convert(task: &Task) -> Result<Converted, ConvertError> {
    let image = image::open(&task.input).map_err(|error| ConvertError::Image(error.to_string()))?;
    let image = change(image, task.conversion.change);
    let image = match task.conversion.format {
        Format::Png => image,
        Format::Ppm | Format::Bmp => DynamicImage::ImageRgb8(image.to_rgb8()),
    };
    save(&image, task).inspect_err(|_| remove_unfinished(&task.output)).map_err(ConvertError::Output)?;
    Ok(Converted { path: task.output.clone(), width: image.width(), height: image.height() })
}

fn change(image: DynamicImage, change: Change) -> DynamicImage {
    match change {
        Change::Greyscale => image.grayscale(),
        Change::Thumbnail(longest) if image.width().max(image.height()) > longest => image.thumbnail(longest, longest),
        Change::Keep | Change::Thumbnail(_) => image,
        Change::Rotate => image.rotate90(),
    }
}

fn save(image: &DynamicImage, task: &Task) -> Result<(), String> {
    let unfinished = unfinished(&task.output);
    let mut file = BufWriter::new(File::create(&unfinished).map_err(|error| error.to_string())?);
    let format = match task.conversion.format {
        Format::Png => ImageFormat::Png,
        Format::Ppm => ImageFormat::Pnm,
        Format::Bmp => ImageFormat::Bmp,
    };
    image.write_to(&mut file, format).map_err(|error| error.to_string())?;
    file.flush().and_then(|()| fs::rename(&unfinished, &task.output)).map_err(|error| error.to_string())
}

/// Removes what a conversion into `output` has left that did not come to its end.
pub(crate) fn remove_unfinished(output: &Path) {
    // Mostly there is nothing.
    let _ = fs::remove_file(unfinished(output));
}

fn unfinished(output: &Path) -> PathBuf {
    let mut name = output.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    output.with_file_name(name)
}

impl Format {
    /// The end of a file's name.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Ppm => "ppm",
            Self::Bmp => "bmp",
        }
    }
}
