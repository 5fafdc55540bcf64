//! What a worker is asked for, and the part of a file that it sums.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::answer::{Answer, Part};

/// How much of a file is read at a time, in bytes.
const PIECE: usize = 256 << 10;

/// The longest line that can be a number: a sign, 19 digits, leading zeros within reason.
const LONGEST: usize = 4096;

/// What a worker is asked for.
#[derive(Debug)]
pub(crate) enum Task {
    /// Sums this many numbers, which follow as eight bytes each.
    Numbers {
        /// How many.
        count: usize,
    },
    /// Sums the lines of a file that begin at or after the byte `start`, but before `end`.
    Lines {
        /// The file.
        path: PathBuf,
        /// The first byte of the part.
        start: u64,
        /// The first byte after it.
        end: u64,
    },
}

impl Task {
    /// Writes the task.
    pub(crate) fn write(&self, output: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Numbers { count } => writeln!(output, "numbers {count}"),
            Self::Lines { path, start, end } => {
                writeln!(output, "lines {start} {end} {}", path.as_os_str().len())?;
                output.write_all(path.as_os_str().as_bytes())
            }
        }
    }

    /// Reads a task.
    pub(crate) fn read(input: &mut impl BufRead) -> io::Result<Self> {
        let mut line = String::new();
        input.read_line(&mut line)?;
        let words: Vec<&str> = line.trim_end().split(' ').collect();
        let number = |word: &str| word.parse::<u64>().map_err(|_| io::Error::from(io::ErrorKind::InvalidData));
        match words[..] {
            ["numbers", count] => Ok(Self::Numbers { count: usize::try_from(number(count)?).unwrap_or(usize::MAX) }),
            ["lines", start, end, length] => {
                let mut path = vec![0; usize::try_from(number(length)?).unwrap_or(usize::MAX)];
                input.read_exact(&mut path)?;
                let path = PathBuf::from(OsString::from_vec(path));
                Ok(Self::Lines { path, start: number(start)?, end: number(end)? })
            }
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// Sums the lines that begin in a part of a file.
pub(crate) fn sum_lines(path: &Path, start: u64, end: u64) -> io::Result<Answer> {
    let mut file = BufReader::with_capacity(PIECE, File::open(path)?);
    let mut at = start;
    if start > 0 {
        // The line that the part begins in is the previous part's, unless a newline stands just before.
        file.seek(SeekFrom::Start(start - 1))?;
        at = start - 1 + skip_line(&mut file)?;
    }
    let mut part = Part::default();
    let mut line = Vec::new();
    while at < end {
        line.clear();
        let length = read_line(&mut file, &mut line)?;
        if length == 0 {
            break;
        }
        at += length;
        part.lines += 1;
        let text = line.strip_suffix(b"\r").unwrap_or(&line);
        if !text.is_empty() {
            match number(text) {
                Some(number) => part.add(number),
                None => return Ok(Answer::BadLine { line: part.lines }),
            }
        }
    }
    Ok(Answer::Done(part))
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Reads a line without its newline, and no more of it into memory than a number can be long; returns its length in the
/// file.
fn read_line(file: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    each_piece_of_line(file, |piece| {
        if line.len() < LONGEST {
            line.extend_from_slice(piece);
        }
    })
}

fn skip_line(file: &mut impl BufRead) -> io::Result<u64> {
    each_piece_of_line(file, |_| {})
}

/// Shows `see` the pieces of a line as they come; returns its length with the newline.
fn each_piece_of_line(file: &mut impl BufRead, mut see: impl FnMut(&[u8])) -> io::Result<u64> {
    let mut length = 0;
    loop {
        let piece = file.fill_buf()?;
        if piece.is_empty() {
            return Ok(length);
        }
        let end = piece.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(piece.len(), |end| end + 1);
        see(&piece[..end.unwrap_or(used)]);
        file.consume(used);
        length += used as u64;
        if end.is_some() {
            return Ok(length);
        }
    }
}
