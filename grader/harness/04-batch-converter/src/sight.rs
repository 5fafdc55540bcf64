//! What anybody who looks at a folder could have seen in it meanwhile, by the kernel's record.
//!
//! All rounds of a process share one record. To give one back waits for everybody in the kernel who might look at it, which
//! takes up to twenty milliseconds: more than a small round, and once in a while only, so that nothing could be timed.

use std::collections::BTreeSet;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::OnceLock;

use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};

/// A folder that is watched.
pub(crate) struct Sight {
    record: &'static OwnedFd,
    watch: i32,
}

impl Sight {
    /// Watches from now on.
    ///
    /// # Errors
    /// If the kernel does not.
    pub(crate) fn of(folder: &Path) -> io::Result<Self> {
        let record = record()?;
        Ok(Self { record, watch: inotify::add_watch(record, folder, WatchFlags::MODIFY)? })
    }

    /// The names under which files were written to. A file that is written under one name and then renamed is not
    /// written to under the other.
    pub(crate) fn written(self) -> BTreeSet<String> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(self.record, &mut buffer);
        let mut names = BTreeSet::new();
        while let Ok(event) = reader.next() {
            // What an earlier round has left behind is not of this folder.
            if event.wd() == self.watch {
                names.extend(event.file_name().map(|name| name.to_string_lossy().into_owned()));
            }
        }
        names
    }
}

impl Drop for Sight {
    fn drop(&mut self) {
        // A folder that is gone is watched no more.
        let _ = inotify::remove_watch(self.record, self.watch);
    }
}

/// The record of this process.
fn record() -> io::Result<&'static OwnedFd> {
    static RECORD: OnceLock<OwnedFd> = OnceLock::new();
    if let Some(record) = RECORD.get() {
        return Ok(record);
    }
    let new = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
    Ok(RECORD.get_or_init(|| new))
}
