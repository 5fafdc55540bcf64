//! Exercise 1: a sum of squares in parallel, with processes.
//!
//! One process, the *parent*, divides the work; its *workers* are processes of their own, which the course's [`Launcher`]
//! starts: `launcher.command()` is a [`Command`](std::process::Command) that starts this same program once more, but
//! there [`worker_main`] runs, with the standard input and output of the worker. What parent and worker say to each other
//! over these two pipes is up to you. Replace every `todo!`; add private items and modules as you like, but keep the public
//! signatures.
//!
//! Check your work with `grader check 1`.

use std::io::{self, BufRead, Write};
use std::num::NonZeroUsize;
use std::path::Path;

use course::Launcher;

/// Why there is no sum.
#[derive(Debug, thiserror::Error)]
pub enum SumError {
    /// The sum is above the range of `u128`.
    #[error("the sum is above the range of `u128`")]
    Overflow,
    /// A line of the file is no number.
    #[error("line {line} is no number")]
    BadLine {
        /// The first such line, counted from 1. Blank lines count.
        line: u64,
    },
    /// A worker did not do its work: it could not be started, was killed, ended with another status than 0, gave an answer
    /// that is none, or hung.
    #[error("worker {worker} failed: {reason}")]
    Worker {
        /// Which one, counted from 0 in the order in which they were started.
        worker: usize,
        /// What happened, in your words.
        reason: String,
    },
    /// The file cannot be read.
    #[error("cannot read the file")]
    File(#[source] io::Error),
}

/// The sum of the squares of `numbers`, computed by `workers` processes.
///
/// All of them are alive at the same time, and each gets about the same share. There may be fewer if there are fewer
/// numbers than workers, but never more. Pipes are narrow: neither side may wait for the other to read while the other waits
/// as well.
///
/// Whatever the workers do, the call returns, and by then every worker has ended and was waited for. A worker that is not
/// done when `launcher.patience()` has passed hangs.
///
/// # Errors
/// [`SumError::Overflow`]; or [`SumError::Worker`] as soon as one worker has failed: the others are stopped then.
pub fn sum_of_squares(numbers: &[i64], workers: NonZeroUsize, launcher: &Launcher) -> Result<u128, SumError> {
    let _ = launcher;
    todo!("divide {} numbers between {workers} workers", numbers.len())
}

/// The same for the numbers in a file, which may be larger than memory: one decimal number of the range of `i64` a line.
///
/// Blank lines are skipped. A line ends with `\n` or `\r\n`; the last one may end with the file instead. Each worker reads
/// its own part of the file and no other (a line that two parts share belongs to one of them), piece by piece: neither the
/// parent nor a worker ever holds the whole of it.
///
/// # Errors
/// As [`sum_of_squares`]; [`SumError::BadLine`] for the first line that is no number; [`SumError::File`] if the file
/// cannot be opened.
pub fn sum_of_squares_in_file(path: &Path, workers: NonZeroUsize, launcher: &Launcher) -> Result<u128, SumError> {
    let _ = launcher;
    todo!("divide {} between {workers} workers", path.display())
}

/// What a worker process runs: reads from `input` what the parent wrote, and writes to `output` what the parent reads.
///
/// # Errors
/// If the pipes fail. The process ends with a status other than 0 then.
pub fn worker_main(input: impl BufRead, output: impl Write) -> io::Result<()> {
    let _ = (input, output);
    todo!("do a worker's share")
}
