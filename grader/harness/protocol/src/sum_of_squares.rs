//! Exercise 1 on the wire: what is to be squared and summed, and what came of it.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::Panic;
use crate::workers::{Launch, Leftover, Roll};

/// One call of the submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What is summed.
    pub input: Input,
    /// How many workers are asked for; 0 to have the input made, and nothing called.
    pub workers: usize,
    /// How they are started.
    pub launch: Launch,
}

/// What is summed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// These numbers, as a slice.
    Listed(Vec<i64>),
    /// Many numbers, as a slice.
    Drawn(Numbers),
    /// A file with these bytes.
    Text(String),
    /// A file with many numbers.
    Long(Numbers, Layout),
    /// A file that does not exist.
    Missing,
}

/// Numbers that follow from a seed, the same for everybody who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    /// The seed.
    pub seed: u64,
    /// How many.
    pub count: u64,
    /// Their magnitudes are below two to the power of this, at most 63.
    pub bits: u32,
}

/// How numbers stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layout {
    /// One a line, a newline after each.
    Plain,
    /// Carriage returns on some lines, blank lines among them, and no newline at the end.
    Ragged,
    /// As [`Layout::Plain`], all of them so many times over: a large file that is soon made.
    Repeated(u64),
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// `Ok`
    Sum(u128),
    /// `Err(SumError::Overflow)`
    Overflow,
    /// `Err(SumError::BadLine { line })`
    BadLine(u64),
    /// `Err(SumError::Worker { worker, .. })`
    Worker(usize),
    /// `Err(SumError::File(_))`
    File,
    /// The call panicked.
    Panicked(Panic),
}

/// What is known of a call when it has returned.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Observation {
    /// What it came to.
    pub outcome: Outcome,
    /// The workers, if they were watched.
    pub roll: Option<Roll>,
    /// Children that are still there.
    pub leftovers: Vec<Leftover>,
    /// Threads that are still there.
    pub threads_left: u64,
    /// The length of the file, in bytes; 0 without one.
    pub file_bytes: u64,
    /// How far the most memory that the calling process ever had has gone up, in bytes; `None` if the kernel did not tell.
    pub growth: Option<u64>,
}

impl Numbers {
    /// The numbers.
    pub fn iter(self) -> impl Iterator<Item = i64> {
        (0..self.count).map(move |at| {
            // SplitMix64, by Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
            let mut word = self.seed.wrapping_add((at + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            // Shifts keep the sign, so that half of the numbers are negative.
            (word ^ (word >> 31)).cast_signed() >> (63 - self.bits.min(63))
        })
    }

    /// Writes the numbers as the lines of a file.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write(self, layout: Layout, output: &mut impl Write) -> io::Result<()> {
        if let Layout::Repeated(times) = layout {
            let mut lines = Vec::new();
            self.write(Layout::Plain, &mut lines)?;
            return (0..times).try_for_each(|_| output.write_all(&lines));
        }
        for (at, number) in (1..).zip(self.iter()) {
            let end = match layout {
                Layout::Ragged if at == self.count => "",
                Layout::Ragged if at % 7 == 0 => "\r\n",
                Layout::Ragged if at % 11 == 0 => "\n\n\r\n",
                _ => "\n",
            };
            write!(output, "{number}{end}")?;
        }
        Ok(())
    }
}

/// As a student would write it.
impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sum(sum) => write!(f, "Ok({sum})"),
            Self::Overflow => f.write_str("Err(Overflow)"),
            Self::BadLine(line) => write!(f, "Err(BadLine {{ line: {line} }})"),
            Self::Worker(worker) => write!(f, "Err(Worker {{ worker: {worker}, .. }})"),
            Self::File => f.write_str("Err(File(..))"),
            Self::Panicked(panic) => write!(f, "panic: {}", panic.message),
        }
    }
}
