//! What a worker says: one line.

use std::fmt;
use std::str::FromStr;

/// What came of a worker's part.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It is summed.
    Done(Part),
    /// A line is no number.
    BadLine {
        /// Its place in the part, counted from 1.
        line: u64,
    },
    /// The file cannot be read.
    Unreadable {
        /// The operating system's number for the reason.
        code: Option<i32>,
    },
}

/// A sum on its way.
#[derive(Debug)]
pub(crate) struct Part {
    /// The sum so far; `None` above the range of `u128`.
    pub(crate) sum: Option<u128>,
    /// The lines so far.
    pub(crate) lines: u64,
}

impl Default for Part {
    fn default() -> Self {
        Self { sum: Some(0), lines: 0 }
    }
}

impl Part {
    /// Adds the square of a number.
    pub(crate) fn add(&mut self, number: i64) {
        // At most two to the power of 126.
        let square = u128::from(number.unsigned_abs()).pow(2);
        self.sum = self.sum.and_then(|sum| sum.checked_add(square));
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(Part { sum: Some(sum), lines }) => write!(f, "sum {lines} {sum}"),
            Self::Done(Part { sum: None, lines }) => write!(f, "overflow {lines}"),
            Self::BadLine { line } => write!(f, "bad {line}"),
            Self::Unreadable { code } => write!(f, "unreadable {}", code.unwrap_or(0)),
        }
    }
}

/// An answer that is none.
#[derive(Debug)]
pub(crate) struct Meaningless;

impl FromStr for Answer {
    type Err = Meaningless;

    fn from_str(line: &str) -> Result<Self, Meaningless> {
        // Without its newline a line may have been cut.
        let words: Vec<&str> = line.strip_suffix('\n').ok_or(Meaningless)?.split(' ').collect();
        let number = |word: &str| word.parse().map_err(|_| Meaningless);
        match words[..] {
            ["sum", lines, sum] => {
                let sum = sum.parse().map_err(|_| Meaningless)?;
                Ok(Self::Done(Part { sum: Some(sum), lines: number(lines)? }))
            }
            ["overflow", lines] => Ok(Self::Done(Part { sum: None, lines: number(lines)? })),
            ["bad", line] => Ok(Self::BadLine { line: number(line)? }),
            ["unreadable", code] => Ok(Self::Unreadable { code: code.parse().ok().filter(|code| *code != 0) }),
            _ => Err(Meaningless),
        }
    }
}
