//! A scratch folder for one submission: its clean sources, and what is compiled from them. Gone when dropped.
//!
//! A grader that is killed leaves its folders behind; the next one sweeps them, told apart from living ones by a file
//! lock.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::intake::Submission;

/// The file in each scratch folder that its grader keeps locked.
const LOCK: &str = "in-use.lock";

/// The scratch folder of one submission.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    /// Makes a scratch folder in `store` and writes the submission to it.
    ///
    /// # Errors
    /// If the disk is full or cannot be written.
    pub fn new(store: &Path, submission: &Submission) -> io::Result<Self> {
        // Shared with other graders that make folders, never with one that sweeps.
        let sweeping = sweeping_lock(store)?;
        sweeping.lock_shared()?;
        let folder = tempfile::Builder::new().prefix("submission-").tempdir_in(store)?;
        let lock = File::create(folder.path().join(LOCK))?;
        lock.lock()?;
        drop(sweeping);
        let scratch = Self { folder, _lock: lock };
        submission.write(&scratch.sources())?;
        fs::create_dir_all(scratch.output())?;
        Ok(scratch)
    }

    /// The submission's folder: it holds `src/lib.rs`.
    pub fn sources(&self) -> PathBuf {
        self.folder.path().join("submission")
    }

    /// Where compiled files go.
    pub fn output(&self) -> PathBuf {
        self.folder.path().join("compiled")
    }
}

/// Deletes the scratch folders of graders that are gone.
///
/// # Errors
/// If `store` cannot be read.
pub fn sweep(store: &Path) -> io::Result<()> {
    let sweeping = sweeping_lock(store)?;
    if sweeping.try_lock().is_err() {
        return Ok(());
    }
    for entry in fs::read_dir(store)? {
        let folder = entry?.path();
        let abandoned = match File::open(folder.join(LOCK)) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(_) => folder.is_dir(),
        };
        if abandoned {
            // Another user's, or a disk that cannot be written: not worth failing a grade for.
            let _ = fs::remove_dir_all(folder);
        }
    }
    Ok(())
}

fn sweeping_lock(store: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(store.join("sweeping.lock"))
}
