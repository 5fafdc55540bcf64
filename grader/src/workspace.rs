//! A scratch folder for one submission: its clean sources, and what is compiled from them. Gone when dropped, except for
//! what the compiler can use again when the same student comes back with an edit.
//!
//! A grader that is killed leaves its folders behind; the next one sweeps them, told apart from living ones by a file
//! lock.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::TempDir;

use crate::intake::Submission;

/// The file in each scratch folder that its grader keeps locked.
const LOCK: &str = "in-use.lock";

/// What the compiler kept stands here.
const INCREMENTAL: &str = "incremental";

/// For how many submissions what the compiler kept is kept: a student has eight exercises, and a few copies. Each takes
/// 10 to 30 MB.
const MOST_KEPT: usize = 12;

/// The scratch folder of one submission.
#[derive(Debug)]
pub struct Scratch {
    folder: Folder,
    _lock: File,
}

#[derive(Debug)]
enum Folder {
    /// Gone with the submission.
    Temporary(TempDir),
    /// Stays, with what the compiler can use again, and no more.
    Kept {
        /// The folder.
        path: PathBuf,
        /// Whether the submission has been here before. To keep something takes longer than it saves, if nobody comes again.
        again: bool,
    },
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
        Self { folder: Folder::Temporary(folder), _lock: lock }.filled(submission)
    }

    /// The folder in `kept` for the submission at `folder`, compiled with what stands in `dependencies`: it is the same each
    /// time, and holds what the compiler can use again. A [new](Self::new) one in `store` while another grader has it.
    ///
    /// # Errors
    /// If the disk is full or cannot be written.
    pub fn kept(
        kept: &Path,
        store: &Path,
        (folder, dependencies): (&Path, &Path),
        submission: &Submission,
    ) -> io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        for path in [&fs::canonicalize(folder)?, dependencies] {
            let bytes = path.as_os_str().as_encoded_bytes();
            hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        }
        let path = kept.join(&hasher.finalize().to_hex()[..16]);
        // Alone: nobody deletes a folder between its making and its lock.
        let sweeping = sweeping_lock(kept)?;
        sweeping.lock()?;
        let again = path.is_dir();
        fs::create_dir_all(&path)?;
        let lock = File::create(path.join(LOCK))?;
        if lock.try_lock().is_err() {
            return Self::new(store, submission);
        }
        forget(kept)?;
        drop(sweeping);
        let scratch = Self { folder: Folder::Kept { path, again }, _lock: lock };
        // A grader that was killed left them.
        scratch.clear();
        scratch.filled(submission)
    }

    fn filled(self, submission: &Submission) -> io::Result<Self> {
        submission.write(&self.sources())?;
        fs::create_dir_all(self.output())?;
        Ok(self)
    }

    fn path(&self) -> &Path {
        match &self.folder {
            Folder::Temporary(folder) => folder.path(),
            Folder::Kept { path, .. } => path,
        }
    }

    /// The submission's folder: it holds `src/lib.rs`.
    pub fn sources(&self) -> PathBuf {
        self.path().join("submission")
    }

    /// Where compiled files go.
    pub fn output(&self) -> PathBuf {
        self.path().join("compiled")
    }

    /// Where the compiler keeps what it can use again: from the second time on that a submission comes.
    pub fn incremental(&self) -> Option<PathBuf> {
        matches!(self.folder, Folder::Kept { again: true, .. }).then(|| self.path().join(INCREMENTAL))
    }

    /// Deletes everything but what is kept.
    fn clear(&self) {
        // What cannot be deleted is in the way of nothing but the next submission, which says so.
        let _ = fs::remove_dir_all(self.sources());
        let _ = fs::remove_dir_all(self.output());
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if matches!(self.folder, Folder::Kept { .. }) {
            self.clear();
        }
    }
}

/// Deletes what was used longest ago of the kept folders, but for the newest.
fn forget(kept: &Path) -> io::Result<()> {
    let mut folders: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(kept)? {
        let path = entry?.path();
        // Every use creates the lock anew.
        if let Ok(used) = fs::metadata(path.join(LOCK)).and_then(|lock| lock.modified()) {
            folders.push((used, path));
        }
    }
    folders.sort();
    let surplus = folders.len().saturating_sub(MOST_KEPT);
    for (_, folder) in folders.drain(..surplus) {
        if File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok()) {
            // Another user's, or a disk that cannot be written: not worth failing a grade for.
            let _ = fs::remove_dir_all(folder);
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A submission, and a store for each kind of folder.
    fn course() -> io::Result<(TempDir, Submission)> {
        let home = tempfile::tempdir()?;
        for folder in ["student/src", "kept", "scratch"] {
            fs::create_dir_all(home.path().join(folder))?;
        }
        fs::write(home.path().join("student/src/lib.rs"), "pub fn answer() -> i64 { 42 }")?;
        let submission = Submission::read(&home.path().join("student"), "03-counter").map_err(io::Error::other)?;
        Ok((home, submission))
    }

    fn keep(home: &TempDir, folder: &str, submission: &Submission) -> io::Result<Scratch> {
        let [kept, store, folder] = ["kept", "scratch", folder].map(|name| home.path().join(name));
        Scratch::kept(&kept, &store, (&folder, Path::new("/dependencies")), submission)
    }

    #[test]
    fn only_what_the_compiler_kept_outlives_a_kept_folder() -> io::Result<()> {
        let (home, submission) = course()?;
        let once = keep(&home, "student", &submission)?;
        assert_eq!(once.incremental(), None);
        drop(once);
        let first = keep(&home, "student", &submission)?;
        let incremental = first.incremental().ok_or(io::ErrorKind::NotFound)?;
        fs::create_dir_all(&incremental)?;
        fs::write(incremental.join("query-cache.bin"), "known")?;
        fs::write(first.output().join("driver"), "built")?;
        let (sources, output) = (first.sources(), first.output());
        drop(first);
        assert!(!sources.exists() && !output.exists());
        let second = keep(&home, "student", &submission)?;
        assert_eq!((second.sources(), second.incremental()), (sources, Some(incremental.clone())));
        assert!(incremental.join("query-cache.bin").is_file() && !output.join("driver").exists());
        Ok(())
    }

    #[test]
    fn a_folder_that_another_grader_has_is_left_to_it() -> io::Result<()> {
        let (home, submission) = course()?;
        drop(keep(&home, "student", &submission)?);
        let first = keep(&home, "student", &submission)?;
        let second = keep(&home, "student", &submission)?;
        assert_eq!((first.incremental().is_some(), second.incremental()), (true, None));
        assert!(second.sources().starts_with(home.path().join("scratch")));
        drop(second);
        assert!(first.sources().join("src/lib.rs").is_file());
        Ok(())
    }

    #[test]
    fn the_folders_used_last_are_kept() -> io::Result<()> {
        let (home, submission) = course()?;
        let mut paths = Vec::new();
        for number in 0..MOST_KEPT + 3 {
            let name = format!("student-{number}");
            fs::create_dir(home.path().join(&name))?;
            let scratch = keep(&home, &name, &submission)?;
            // The order of what is made within one tick of the clock would be the names'.
            let used = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(number as u64);
            File::options().write(true).open(scratch.path().join(LOCK))?.set_modified(used)?;
            paths.push(scratch.path().to_owned());
        }
        let (gone, left) = paths.split_at(3);
        assert!(gone.iter().all(|path| !path.exists()) && left.iter().all(|path| path.is_dir()));
        Ok(())
    }
}
