//! Images that do not arrive until the round says so: named pipes, which a reader waits at.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process;

use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};

/// An image that has not arrived.
pub(crate) struct Held {
    path: PathBuf,
    /// The writing end, once somebody reads.
    end: Option<File>,
    /// It has arrived.
    gone: bool,
}

impl Held {
    /// # Errors
    /// If there can be no pipe.
    pub(crate) fn new(folder: &Path, name: &str) -> io::Result<Self> {
        let path = folder.join(name);
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?;
        Ok(Self { path, end: None, gone: false })
    }

    /// Where it will arrive.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it has arrived.
    pub(crate) fn has_arrived(&self) -> bool {
        self.gone
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

    /// Whether the process `pid` has it open to read, by the kernel's word. Only then is an image that is waited for in
    /// somebody's hands for certain.
    pub(crate) fn is_open_in(&self, pid: u32) -> bool {
        let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
        let own = self.end.as_ref().filter(|_| pid == process::id()).map(|end| end.as_raw_fd().to_string());
        let is_it = |file: &fs::DirEntry| {
            Some(file.file_name()) != own.as_ref().map(OsString::from)
                && fs::read_link(file.path()).is_ok_and(|target| target == self.path)
        };
        files.filter_map(Result::ok).any(|file| is_it(&file))
    }

    /// Lets the image arrive, for whoever waits. An image is shorter than what a pipe holds.
    pub(crate) fn arrive(&mut self, image: &Path) {
        if let Some(mut end) = self.end.take() {
            self.gone = true;
            // A reader that is gone does not want it.
            let _ = fs::read(image).and_then(|bytes| end.write_all(&bytes));
        }
    }
}
