//! What is summed: numbers, and the files with them.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use protocol::sum_of_squares::Input;
use tempfile::{NamedTempFile, tempdir};

/// An input as a call gets it.
pub(crate) enum Made<'a> {
    /// Numbers in memory.
    Numbers(&'a [i64]),
    /// A file, and its length in bytes.
    File(&'a Path, u64),
}

/// Inputs as they are made. The last large one is kept: it is made before its call is timed.
#[derive(Default)]
pub(crate) struct Inputs {
    last: Mutex<Option<(Input, Large)>>,
}

/// An input that takes time to make.
enum Large {
    Numbers(Vec<i64>),
    File(NamedTempFile),
}

impl Inputs {
    /// Calls `body` with what is made of `input`.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(crate) fn with<R>(&self, input: &Input, body: impl FnOnce(Made<'_>) -> R) -> io::Result<R> {
        match input {
            Input::Listed(numbers) => Ok(body(Made::Numbers(numbers))),
            Input::Missing => Ok(body(Made::File(&tempdir()?.path().join("no-such-file.txt"), 0))),
            Input::Text(text) => {
                let mut file = NamedTempFile::new()?;
                file.write_all(text.as_bytes())?;
                Ok(body(Made::File(file.path(), text.len() as u64)))
            }
            Input::Drawn(numbers) => self.with_large(input, || Ok(Large::Numbers(numbers.iter().collect())), body),
            Input::Long(numbers, layout) => {
                let written = || {
                    let mut file = BufWriter::with_capacity(1 << 16, NamedTempFile::new()?);
                    numbers.write(*layout, &mut file)?;
                    Ok(Large::File(file.into_inner().map_err(io::IntoInnerError::into_error)?))
                };
                self.with_large(input, written, body)
            }
        }
    }

    fn with_large<R>(
        &self,
        input: &Input,
        make: impl FnOnce() -> io::Result<Large>,
        body: impl FnOnce(Made<'_>) -> R,
    ) -> io::Result<R> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_none_or(|(of, _)| of != input) {
            // Two at a time might not fit.
            *last = None;
        }
        let large = match last.take() {
            Some((_, large)) => large,
            None => make()?,
        };
        Ok(match &last.insert((input.clone(), large)).1 {
            Large::Numbers(numbers) => body(Made::Numbers(numbers)),
            Large::File(file) => body(Made::File(file.path(), fs::metadata(file)?.len())),
        })
    }
}
