//! What anybody who looks at a folder could have seen in it meanwhile, by the kernel's record.

use std::collections::BTreeSet;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};

/// A folder that is watched.
pub(crate) struct Sight(OwnedFd);

impl Sight {
    /// Watches from now on.
    ///
    /// # Errors
    /// If the kernel does not.
    pub(crate) fn of(folder: &Path) -> io::Result<Self> {
        let watch = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        add_watch(&watch, folder, WatchFlags::MODIFY)?;
        Ok(Self(watch))
    }

    /// The names under which files were written to. A file that is written under one name and then renamed is not
    /// written to under the other.
    pub(crate) fn written(self) -> BTreeSet<String> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(self.0, &mut buffer);
        let mut names = BTreeSet::new();
        while let Ok(event) = reader.next() {
            names.extend(event.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
        names
    }
}
