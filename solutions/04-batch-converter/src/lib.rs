//! Exercise 4: an image converter with a pool of processes.
//!
//! A task and its result are one line of JSON each. In the pool, a thread looks after each worker: it takes the next task
//! from the common queue, has the worker do it, and replaces a worker that fails.

mod convert;
mod pool;
mod worker;

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use pool::{Handle, ProcessPool};

/// What is to be done with one image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The image: PNG, PPM or BMP, as its extension says. It need not be a regular file: reading it can take its time.
    pub input: PathBuf,
    /// Where the converted image goes.
    pub output: PathBuf,
    /// What becomes of it.
    pub conversion: Conversion,
}

/// What becomes of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// What becomes of its pixels.
    pub change: Change,
    /// The format of the output.
    pub format: Format,
}

/// What becomes of the pixels of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Nothing.
    Keep,
    /// They become grey: `DynamicImage::grayscale`.
    Greyscale,
    /// If one side is longer than this, the image is made smaller with `DynamicImage::thumbnail`, this long and this wide
    /// at most. An image that is no longer stays as it is.
    Thumbnail(u32),
    /// A quarter turn clockwise: `DynamicImage::rotate90`.
    Rotate,
}

/// A format of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// PNG, extension `png`.
    Png,
    /// PPM, extension `ppm`. It has no transparency: what is transparent loses that (`DynamicImage::to_rgb8`).
    Ppm,
    /// BMP, extension `bmp`. Transparency is lost, as in PPM.
    Bmp,
}

/// An image that was converted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Converted {
    /// Where it is.
    pub path: PathBuf,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

/// Why an image was not converted. The texts are yours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ConvertError {
    /// The input cannot be read, or is no image.
    #[error("cannot read the image: {0}")]
    Image(String),
    /// The output cannot be written, for example because the disk is full.
    #[error("cannot write the output: {0}")]
    Output(String),
    /// The worker that had the image died, hung or answered nonsense.
    #[error("the worker failed: {0}")]
    Worker(String),
    /// The pool was closed before the task was accepted, or dropped before it was done.
    #[error("the pool is closed")]
    Closed,
}

/// Converts images into `folder`, each under the stem of its name with the extension of the format.
pub fn convert_batch(
    inputs: &[PathBuf],
    folder: &Path,
    conversion: &Conversion,
    pool: &ProcessPool,
) -> Vec<Result<Converted, ConvertError>> {
    let task = |input: &PathBuf| Task {
        input: input.clone(),
        output: folder.join(input.file_stem().unwrap_or_default()).with_added_extension(conversion.format.extension()),
        conversion: *conversion,
    };
    pool.map(inputs.iter().map(task).collect())
}

/// What a worker process runs: one task after the other, until the input ends.
///
/// # Errors
/// If the pipes fail.
pub fn worker_main(input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    for line in input.lines() {
        let task: Task = serde_json::from_str(&line?)?;
        serde_json::to_writer(&mut output, &convert::convert(&task))?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}
