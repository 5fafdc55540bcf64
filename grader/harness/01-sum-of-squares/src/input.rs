//! The files that are summed.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use protocol::sum_of_squares::{Input, Layout, Numbers};
use tempfile::NamedTempFile;

/// Files in scratch. The last long one is kept: timed calls sum the same one again and again.
#[derive(Default)]
pub(crate) struct Files {
    last: Mutex<Option<(Numbers, Layout, NamedTempFile)>>,
}

impl Files {
    /// Calls `body` with the path and the length of the file of `input`; `None` if that is no file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn with<R>(&self, input: &Input, body: impl FnOnce(PathBuf, u64) -> R) -> io::Result<Option<R>> {
        match input {
            Input::Listed(_) | Input::Drawn(_) => Ok(None),
            Input::Missing => {
                let folder = tempfile::tempdir()?;
                Ok(Some(body(folder.path().join("no-such-file.txt"), 0)))
            }
            Input::Text(text) => {
                let mut file = NamedTempFile::new()?;
                file.write_all(text.as_bytes())?;
                Ok(Some(body(file.path().to_owned(), text.len() as u64)))
            }
            Input::Long(numbers, layout) => {
                let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
                if last.as_ref().is_none_or(|(of, in_layout, _)| (of, in_layout) != (numbers, layout)) {
                    // Two at a time might not fit.
                    *last = None;
                    let mut file = BufWriter::with_capacity(1 << 16, NamedTempFile::new()?);
                    numbers.write(*layout, &mut file)?;
                    *last = Some((*numbers, *layout, file.into_inner().map_err(io::IntoInnerError::into_error)?));
                }
                let path = last.as_ref().map(|(_, _, file)| file.path().to_owned()).unwrap_or_default();
                let length = fs::metadata(&path)?.len();
                Ok(Some(body(path, length)))
            }
        }
    }
}
