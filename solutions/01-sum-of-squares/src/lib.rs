//! Exercise 1: a sum of squares in parallel, with processes.
//!
//! A worker gets a *task* as one line of text, followed by the numbers themselves if they are not in a file, and answers
//! with one line. The newline at its end proves that the answer is whole.

mod answer;
mod parent;
mod task;

use std::fs;
use std::io::{self, BufRead, Read, Write};
use std::num::NonZeroUsize;
use std::path::Path;

use course::Launcher;

use answer::{Answer, Part};
use parent::Assignment;
use task::Task;

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
    /// A worker did not do its work.
    #[error("worker {worker} failed: {reason}")]
    Worker {
        /// Which one, counted from 0 in the order in which they were started.
        worker: usize,
        /// What happened.
        reason: String,
    },
    /// The file cannot be read.
    #[error("cannot read the file")]
    File(#[source] io::Error),
}

/// The sum of the squares of `numbers`, computed by `workers` processes.
///
/// # Errors
/// [`SumError::Overflow`] or [`SumError::Worker`].
pub fn sum_of_squares(numbers: &[i64], workers: NonZeroUsize, launcher: &Launcher) -> Result<u128, SumError> {
    let parts = workers.get().min(numbers.len());
    let cut = |part: usize| numbers.len() * part / parts;
    let assignments = (0..parts)
        .map(|part| {
            let share = &numbers[cut(part)..cut(part + 1)];
            Assignment { task: Task::Numbers { count: share.len() }, numbers: share }
        })
        .collect();
    add_up(parent::run(assignments, launcher)?)
}

/// The same for the numbers in a file, one a line.
///
/// # Errors
/// [`SumError`]
pub fn sum_of_squares_in_file(path: &Path, workers: NonZeroUsize, launcher: &Launcher) -> Result<u128, SumError> {
    let length = fs::File::open(path).and_then(|file| file.metadata()).map_err(SumError::File)?.len();
    let parts = (workers.get() as u64).min(length);
    let cut = |part: u64| u64::try_from(u128::from(length) * u128::from(part) / u128::from(parts)).unwrap_or(length);
    let assignments = (0..parts)
        .map(|part| Assignment {
            task: Task::Lines { path: path.to_owned(), start: cut(part), end: cut(part + 1) },
            numbers: &[],
        })
        .collect();
    add_up(parent::run(assignments, launcher)?)
}

/// What a worker process runs.
///
/// # Errors
/// If the pipes fail.
pub fn worker_main(mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let answer = match Task::read(&mut input)? {
        Task::Numbers { count } => sum_numbers(&mut input, count)?,
        Task::Lines { path, start, end } => match task::sum_lines(&path, start, end) {
            Ok(answer) => answer,
            Err(error) => Answer::Unreadable { code: error.raw_os_error() },
        },
    };
    writeln!(output, "{answer}")?;
    output.flush()
}

fn sum_numbers(input: &mut impl Read, count: usize) -> io::Result<Answer> {
    let mut part = Part::default();
    let mut bytes = [0; 8];
    for _ in 0..count {
        input.read_exact(&mut bytes)?;
        part.add(i64::from_le_bytes(bytes));
    }
    Ok(Answer::Done(part))
}

/// Adds up the answers of all workers, in the order of their parts.
fn add_up(answers: Vec<Answer>) -> Result<u128, SumError> {
    let mut lines = 0;
    let mut total = Some(0_u128);
    for answer in answers {
        match answer {
            Answer::Done(part) => {
                lines += part.lines;
                total = total.zip(part.sum).and_then(|(total, sum)| total.checked_add(sum));
            }
            Answer::BadLine { line } => return Err(SumError::BadLine { line: lines + line }),
            Answer::Unreadable { code } => {
                return Err(SumError::File(
                    code.map_or_else(|| io::ErrorKind::Other.into(), io::Error::from_raw_os_error),
                ));
            }
        }
    }
    total.ok_or(SumError::Overflow)
}
