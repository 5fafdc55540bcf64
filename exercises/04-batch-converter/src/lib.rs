//! Exercise 4: an image converter with a pool of processes.
//!
//! A pool starts its worker processes once and gives them one task after the other. The course's [`Launcher`] starts a
//! worker: `launcher.command()` is a [`Command`](std::process::Command) that starts this same program once more, but
//! there [`worker_main`] runs, with the standard input and output of the worker. What goes over these two pipes is up to
//! you; the types of a task and of its result can be turned into JSON. A launcher can be cloned: keep one in the pool for
//! workers that have to be replaced. Replace every `todo!`; add fields, private items and modules as you like, but keep
//! the public signatures.
//!
//! Check your work with `grader check 4`.

use std::io::{self, BufRead, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use course::Launcher;
use serde::{Deserialize, Serialize};

/// What is to be done with one image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The image: PNG, PPM or BMP, as its extension says. The worker reads it. It need not be a regular file: reading it
    /// can take its time.
    pub input: PathBuf,
    /// Where the converted image goes. Its format is that of the conversion, whatever the name says.
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

/// A pool of worker processes, shared between threads by reference.
///
/// It starts exactly as many workers as it was asked for, all of them when it is made, and gives the next task to whichever
/// is free. A worker that dies, answers nonsense, or has not done its task when `launcher.patience()` has passed costs the
/// task that it has, is ended, and is replaced for the next one. That task comes to [`ConvertError::Worker`] and is not
/// tried again: it may be what the worker died of.
///
/// Whatever happens to a worker, an output is there whole under its name or not at all, at every moment, and no other file
/// is left in its folder.
pub struct ProcessPool {
    // Your fields.
}

/// The result of a task that was submitted, once there is one.
pub struct Handle {
    // Your fields.
}

impl ProcessPool {
    /// A pool of `workers` processes.
    ///
    /// # Errors
    /// If a worker cannot be started; none is left behind then.
    pub fn new(workers: NonZeroUsize, launcher: &Launcher) -> io::Result<Self> {
        let _ = launcher;
        todo!("start {workers} workers")
    }

    /// Does every task; the results are in the order of the tasks, whichever was done first.
    pub fn map(&self, tasks: Vec<Task>) -> Vec<Result<Converted, ConvertError>> {
        todo!("do {} tasks", tasks.len())
    }

    /// Accepts a task, and returns at once.
    pub fn submit(&self, task: Task) -> Handle {
        todo!("accept {task:?}")
    }

    /// Accepts a task, and returns at once. When it is done, exactly one of the two is called, once, in a thread of the
    /// pool. They may submit tasks, but wait for none; one that panics costs nobody else anything. If the pool is closed,
    /// `on_error` is called with [`ConvertError::Closed`], in whichever thread.
    pub fn submit_with(
        &self,
        task: Task,
        on_success: impl FnOnce(Converted) + Send + 'static,
        on_error: impl FnOnce(ConvertError) + Send + 'static,
    ) {
        let _ = (on_success, on_error);
        todo!("accept {task:?}")
    }

    /// Accepts no more tasks: from here on they come to [`ConvertError::Closed`]. Those accepted before are still done.
    pub fn close(&self) {
        todo!("refuse what comes")
    }

    /// Closes the pool, waits until every accepted task is done and every callback has returned, and ends the workers.
    ///
    /// # Errors
    /// If a worker cannot be waited for.
    pub fn join(self) -> io::Result<()> {
        todo!("wait for the accepted tasks")
    }
}

/// A pool that is dropped without [`join`](Self::join) gives up what is not done: it ends its workers at once, even in the
/// middle of a task, and waits for each. Tasks that were not done come to [`ConvertError::Closed`].
impl Drop for ProcessPool {
    fn drop(&mut self) {
        // End and reap every worker.
    }
}

impl Handle {
    /// Waits for the result.
    ///
    /// # Errors
    /// What the task came to.
    pub fn wait(self) -> Result<Converted, ConvertError> {
        todo!("wait for the result")
    }
}

/// Converts images into `folder`, each under the stem of its name with the extension of the format: `in/cat.bmp` becomes
/// `cat.png`. The results are in the order of the inputs; an image that cannot be converted costs nothing but itself.
pub fn convert_batch(
    inputs: &[PathBuf],
    folder: &Path,
    conversion: &Conversion,
    pool: &ProcessPool,
) -> Vec<Result<Converted, ConvertError>> {
    let _ = pool;
    todo!("convert {} images into {} by {conversion:?}", inputs.len(), folder.display())
}

/// What a worker process runs: one task after the other from `input`, until that ends; the results go to `output`. The end
/// of the input is all that a worker hears of it when the process of its pool is gone.
///
/// # Errors
/// If the pipes fail. The process ends with a status other than 0 then.
pub fn worker_main(input: impl BufRead, output: impl Write) -> io::Result<()> {
    let _ = (input, output);
    todo!("do tasks")
}
