//! The timing lane: one measurement at a time on a machine, whichever grader makes it.
//!
//! A file lock in the folder for temporary files, which every grader of the machine finds, whoever started it. The lock
//! goes with the process that holds it, also when that is killed.

pub mod calibration;
pub mod machine;
pub mod undecided;

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::interrupt;

/// What is timed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// The exercise's number.
    pub exercise: u8,
    /// The check's name.
    pub check: String,
    /// The digest of what it orders: times of other orders are other times.
    pub orders: String,
}

/// How often a taken lane is tried again.
const GLANCE: Duration = Duration::from_millis(10);

/// The lane, until it is dropped.
#[derive(Debug)]
pub struct Lane {
    _lock: File,
}

/// Why the lane cannot be had, other than that somebody else is in it.
#[derive(Debug, thiserror::Error)]
pub enum LaneError {
    /// The lock cannot be opened or taken.
    #[error("cannot lock `{}`", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The program was asked to end.
    #[error("interrupted")]
    Interrupted,
}

impl Lane {
    /// Waits for the machine's lane, at most for `patience`; `on_wait` is called once if it is taken. `None` if it was
    /// taken all the time.
    ///
    /// # Errors
    /// [`LaneError`].
    pub fn enter(patience: Duration, on_wait: impl FnOnce()) -> Result<Option<Self>, LaneError> {
        Self::enter_at(&std::env::temp_dir().join("concurrency-grader-timing.lock"), patience, on_wait)
    }

    /// The same with the lock at `path`.
    ///
    /// # Errors
    /// [`LaneError`].
    fn enter_at(path: &Path, patience: Duration, on_wait: impl FnOnce()) -> Result<Option<Self>, LaneError> {
        let failed = |source| LaneError::Lock { path: path.to_owned(), source };
        let lock = open(path).map_err(failed)?;
        let began = clock::now();
        let mut on_wait = Some(on_wait);
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Some(Self { _lock: lock })),
                Err(std::fs::TryLockError::WouldBlock) => {}
                Err(std::fs::TryLockError::Error(source)) => return Err(failed(source)),
            }
            if interrupt::requested() {
                return Err(LaneError::Interrupted);
            }
            if began.elapsed() >= patience {
                return Ok(None);
            }
            if let Some(on_wait) = on_wait.take() {
                on_wait();
            }
            thread::sleep(GLANCE);
        }
    }
}

/// The file, for reading: other users of the machine may not write it, and need not.
fn open(path: &Path) -> io::Result<File> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        opened => return opened,
    }
    match File::options().write(true).create_new(true).mode(0o644).open(path) {
        // Another grader was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => File::open(path),
        made => made,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_TIME: Duration = Duration::ZERO;

    #[test]
    fn the_lane_holds_one_at_a_time_and_is_free_again_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Lane::enter_at(&path, NO_TIME, || ()).unwrap();
        assert!(first.is_some());
        assert!(Lane::enter_at(&path, NO_TIME, || ()).unwrap().is_none(), "taken");
        drop(first);
        assert!(Lane::enter_at(&path, NO_TIME, || ()).unwrap().is_some());
    }

    #[test]
    fn who_waits_is_told_so_and_gets_the_lane_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = std::cell::RefCell::new(Lane::enter_at(&path, NO_TIME, || ()).unwrap());
        let next = Lane::enter_at(&path, Duration::from_secs(30), || drop(held.take())).unwrap();
        assert!(next.is_some() && held.borrow().is_none());
    }

    #[test]
    fn a_panic_frees_the_lane() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let inside = std::panic::catch_unwind(|| {
            let _lane = Lane::enter_at(&path, NO_TIME, || ()).unwrap().unwrap();
            std::panic::resume_unwind(Box::new("on purpose"));
        });
        assert!(inside.is_err());
        assert!(Lane::enter_at(&path, NO_TIME, || ()).unwrap().is_some());
    }

    #[test]
    fn a_lane_that_cannot_be_locked_is_told_with_its_path() {
        let error = Lane::enter_at(Path::new("/proc/no/such/lock"), NO_TIME, || ()).unwrap_err();
        assert!(error.to_string().contains("/proc/no/such/lock"));
    }
}
