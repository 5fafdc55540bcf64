//! A file that is not whole yet.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A file under another name than its own, which is gone when this is dropped.
pub(crate) struct Partial {
    file: File,
    /// Where it is; `None` once it has its own name, since the other one may be another worker's by then.
    path: Option<PathBuf>,
}

impl Partial {
    /// Makes a file under the first of `names` that is free.
    pub(crate) fn create(folder: &Path, names: impl Iterator<Item = String>) -> io::Result<Self> {
        for name in names {
            let path = folder.join(name);
            match File::create_new(&path) {
                Ok(file) => return Ok(Self { file, path: Some(path) }),
                // Another worker's, or one that an earlier program has left.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// The file is whole: it gets its name, in one step.
    pub(crate) fn keep(mut self, path: &Path) -> io::Result<()> {
        if let Some(partial) = &self.path {
            fs::rename(partial, path)?;
        }
        self.path = None;
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = fs::remove_file(path);
        }
    }
}
