//! Exercise 4 on the wire: pools of worker processes, the images that they convert, and what they leave in a folder.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Panic;
use crate::workers::{Launch, Leftover, Roll};

/// One round. Every round has a pool of its own, unless it says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// `convert_batch`, as often as there are batches, on one pool.
    Batches {
        /// The pool.
        pool: Pool,
        /// The batches.
        batches: Vec<Batch>,
    },
    /// `map` of many conversions of a tiny image, into outputs whose names are long.
    Many {
        /// The pool.
        pool: Pool,
        /// How many.
        count: usize,
    },
    /// `map` of images of which the first ones do not arrive before all others are done.
    Held {
        /// The pool.
        pool: Pool,
        /// How many do not arrive.
        held: usize,
        /// The others, which follow.
        others: Vec<String>,
        /// How many outputs there will be of the others.
        outputs: usize,
    },
    /// `map` of as many images as there are workers, none of which arrives before all are waited for; and the same again,
    /// on the same pool.
    Recovers(Pool),
    /// `submit_with` of good and broken images.
    Callbacks {
        /// The pool.
        pool: Pool,
        /// The images.
        inputs: Vec<String>,
        /// What callbacks do besides being called.
        habit: Habit,
    },
    /// `submit` of an image that does not arrive and of `others`, `close`, `submit` and `submit_with` again, `join`.
    Closing {
        /// The pool.
        pool: Pool,
        /// How many others.
        others: usize,
    },
    /// `submit` and `submit_with` of images that never arrive, then the pool is dropped.
    Dropping {
        /// The pool.
        pool: Pool,
        /// How many are submitted.
        held: usize,
        /// How many are submitted with callbacks, after those.
        called: usize,
    },
    /// A process makes a pool, gives it an image that does not arrive, and is killed; then the image arrives.
    Orphans(Pool),
    /// A pool of whose workers some cannot be started.
    Unstartable(Pool),
    /// A pool that has nothing to do, and is joined.
    Idle(Pool),
    /// Work to be timed.
    Work {
        /// The pool.
        pool: Pool,
        /// The image.
        input: String,
        /// What becomes of it.
        conversion: Conversion,
        /// How often.
        count: usize,
    },
}

/// What the callbacks of a round do besides being called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Habit {
    /// Nothing.
    Returns,
    /// Each success submits one more task.
    Submits,
    /// The first one panics.
    Panics,
}

/// A pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// How many workers are asked for.
    pub workers: usize,
    /// How they are started.
    pub launch: Launch,
}

/// One call of `convert_batch`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The images, by their names among the assets; a name that is not there is an image that does not exist.
    pub inputs: Vec<String>,
    /// What becomes of each.
    pub conversion: Conversion,
}

/// What becomes of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Conversion {
    /// What becomes of its pixels.
    pub change: Change,
    /// The format of the output.
    pub format: Format,
}

/// What becomes of the pixels of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Change {
    /// Nothing.
    Keep,
    /// They become grey.
    Greyscale,
    /// The longer side gets at most this long.
    Thumbnail(u32),
    /// A quarter turn clockwise.
    Rotate,
}

/// A format of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// PNG
    Png,
    /// PPM
    Ppm,
    /// BMP
    Bmp,
}

/// Every conversion of the listing.
pub const CONVERSIONS: [Conversion; 8] = [
    Conversion { change: Change::Keep, format: Format::Png },
    Conversion { change: Change::Keep, format: Format::Ppm },
    Conversion { change: Change::Keep, format: Format::Bmp },
    Conversion { change: Change::Greyscale, format: Format::Png },
    Conversion { change: Change::Thumbnail(16), format: Format::Png },
    Conversion { change: Change::Thumbnail(50), format: Format::Bmp },
    Conversion { change: Change::Rotate, format: Format::Png },
    Conversion { change: Change::Rotate, format: Format::Ppm },
];

/// What a task came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// `Ok`
    Converted {
        /// The name of the output.
        name: String,
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// `Err(ConvertError::Image)`
    Image,
    /// `Err(ConvertError::Output)`
    Output,
    /// `Err(ConvertError::Worker)`
    Worker,
    /// `Err(ConvertError::Closed)`
    Closed,
    /// The call panicked.
    Panicked(Panic),
}

/// A file that was found in the folder of outputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What is in it; `None` if that is no whole image.
    pub picture: Option<Picture>,
}

/// An image as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Its format.
    pub format: Format,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// [`digest`] of its pixels.
    pub digest: u64,
    /// Whether it has a transparency that its format should not.
    pub transparent: bool,
}

/// What a round leaves behind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Observation {
    /// What each task came to, in the order in which the submission returned them.
    pub outcomes: Vec<Outcome>,
    /// The folder of outputs, by name.
    pub folder: Vec<Entry>,
    /// The outputs that were written to under their own names, where anybody could see them unfinished.
    pub in_sight: Vec<String>,
    /// The workers, if they were watched.
    pub roll: Option<Roll>,
    /// Children that are still there after the end of the pool.
    pub leftovers: Vec<Leftover>,
    /// What is particular to the order.
    pub particular: Particular,
}

/// What is particular to an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Particular {
    /// Nothing.
    Nothing,
    /// A call panicked.
    Panicked(Panic),
    /// The pool could not be made.
    NoPool(String),
    /// Answers [`Order::Held`].
    Held {
        /// How many of the images that do not arrive were waited for at the same time.
        opened: usize,
        /// How many of the others were done meanwhile.
        done: usize,
        /// Who was reading the images that did not arrive.
        readers: Readers,
    },
    /// Answers [`Order::Recovers`]: how many images were waited for at the same time, first and then again.
    Recovers {
        /// First.
        before: usize,
        /// Then.
        after: usize,
    },
    /// Answers [`Order::Callbacks`].
    Callbacks {
        /// For each task, how often its first callback was called, and how often its second.
        calls: Vec<(usize, usize)>,
        /// The same for the tasks that callbacks have submitted.
        again: Vec<(usize, usize)>,
        /// How many callbacks have not returned.
        stuck: usize,
    },
    /// Answers [`Order::Closing`].
    Closing {
        /// What the task after the end came to.
        refused: Outcome,
        /// Whether `join` returned while a task was not done.
        early: bool,
        /// How many tasks were done when `join` returned.
        done: usize,
        /// How often the callbacks of the task after the end were called, in the end.
        refusals: (usize, usize),
    },
    /// Answers [`Order::Dropping`].
    Dropping {
        /// Whether the drop ended in bounded time.
        ended: bool,
        /// Whether every handle was answered in bounded time.
        answered: bool,
        /// For each task with callbacks, how often each of the two was called.
        calls: Vec<(usize, usize)>,
    },
    /// Answers [`Order::Orphans`].
    Orphans {
        /// How many workers there were when their parent was killed.
        workers: usize,
        /// How many of them ran on, although the end of their input was there to be seen.
        survivors: usize,
    },
    /// Answers [`Order::Unstartable`]: whether `new` returned an error.
    Unstartable {
        /// Whether it did.
        refused: bool,
    },
}

/// Who has images open that have not arrived, by the kernel's word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readers {
    /// How many worker processes.
    pub workers: usize,
    /// How many of the images the process of the pool itself has open.
    pub parent: usize,
}

/// A digest of pixels: FNV-1a, by Fowler, Noll and Vo, over words of 64 bits for speed.
pub fn digest(pixels: &[u8]) -> u64 {
    let step = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0000_0100_0000_01B3);
    let (words, rest) = pixels.as_chunks::<8>();
    let hash = words.iter().fold(0xCBF2_9CE4_8422_2325, |hash, word| step(hash, u64::from_le_bytes(*word)));
    rest.iter().fold(hash, |hash, byte| step(hash, u64::from(*byte)))
}

impl Format {
    /// The end of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Ppm => "ppm",
            Self::Bmp => "bmp",
        }
    }
}

/// As the listing and the reports say it.
impl fmt::Display for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.change {
            Change::Keep => f.write_str("as it is")?,
            Change::Greyscale => f.write_str("greyscale")?,
            Change::Thumbnail(longest) => write!(f, "thumbnail {longest}")?,
            Change::Rotate => f.write_str("rotated")?,
        }
        write!(f, " to {}", self.format.extension())
    }
}

/// As a student would write it.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Converted { name, width, height } => write!(f, "Ok({name}, {width} × {height})"),
            Self::Image => f.write_str("Err(Image)"),
            Self::Output => f.write_str("Err(Output)"),
            Self::Worker => f.write_str("Err(Worker)"),
            Self::Closed => f.write_str("Err(Closed)"),
            Self::Panicked(panic) => write!(f, "panic: {}", panic.message),
        }
    }
}
