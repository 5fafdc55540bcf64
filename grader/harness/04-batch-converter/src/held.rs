//! Images that do not arrive until the round says so: named pipes, which a reader waits at.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};

/// An image that has not arrived.
pub(crate) struct Held {
    path: PathBuf,
    /// The writing end, once somebody reads.
    end: Option<File>,
}

impl Held {
    /// # Errors
    /// If there can be no pipe.
    pub(crate) fn new(folder: &Path, name: &str) -> io::Result<Self> {
        let path = folder.join(name);
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?;
        Ok(Self { path, end: None })
    }

    /// Where it will arrive.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether somebody has begun to read it.
    pub(crate) fn is_waited_for(&mut self) -> bool {
        if self.end.is_none() {
            let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0);
            // Without a reader this fails.
            self.end = OpenOptions::new().write(true).custom_flags(flags).open(&self.path).ok();
        }
        self.end.is_some()
    }

    /// Lets the image arrive, for whoever waits. An image is shorter than what a pipe holds.
    pub(crate) fn arrive(&mut self, image: &Path) {
        if let Some(mut end) = self.end.take() {
            // A reader that is gone does not want it.
            let _ = fs::read(image).and_then(|bytes| end.write_all(&bytes));
        }
    }
}
