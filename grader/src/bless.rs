//! The stored snapshots of the course, made anew from the oracles and the reference solutions: [`bless`].
//!
//! A snapshot is a file of the repository that an oracle judges by. Here it is compared with what it should be, and
//! written where it differs; what a difference means, only an author can tell.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::catalog::Exercise;
use crate::diff;
use crate::grading::{GradeError, Grader, Progress};
use crate::judge::snapshot::{Snapshot, Source};
use crate::judge::{Judge, judge_of};

/// What becomes of a snapshot that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is written.
    Renew,
    /// It stays as it is.
    Compare,
}

/// One snapshot that was made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blessed {
    /// The file, from the root of the repository.
    pub path: &'static str,
    /// How it differed, as a patch; `None` if it did not.
    pub patch: Option<String>,
}

/// Why a snapshot cannot be made anew.
#[derive(Debug, thiserror::Error)]
pub enum BlessError {
    /// The stored file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The new file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What the driver saw of the reference solution is not in the words of its exercise.
    #[error("the driver of the exercise does not speak its language")]
    Observation(#[source] serde_json::Error),
    /// The reference solution could not be asked.
    #[error(transparent)]
    Grade(#[from] GradeError),
}

/// The root of the checkout that `here` lies in.
pub fn checkout(here: &Path) -> Option<PathBuf> {
    let parts = ["grader/src/judge", "grader/harness", "exercises", "solutions", "fixtures"];
    here.ancestors().find(|folder| parts.iter().all(|part| folder.join(part).is_dir())).map(Path::to_owned)
}

/// The snapshots of an exercise.
pub fn snapshots(exercise: &Exercise) -> Vec<Snapshot> {
    judge_of(exercise.number).map(Judge::snapshots).unwrap_or_default()
}

/// Makes a snapshot of `exercise` anew, compares it with the file below `root`, and writes it there if it differs and
/// `mode` says so. A file that is not there yet counts as empty.
///
/// # Errors
/// [`BlessError`].
pub fn bless(
    grader: &Grader,
    exercise: &Exercise,
    snapshot: &Snapshot,
    (root, mode): (&Path, Mode),
    progress: &dyn Progress,
) -> Result<Blessed, BlessError> {
    let renewed = match snapshot.source {
        Source::Oracle(make) => make(),
        Source::Reference { orders, text } => {
            let assets = assets(grader, exercise)?;
            let observations = grader.ask_reference(exercise, &orders(&assets), progress)?;
            text(&assets, &observations).map_err(BlessError::Observation)?
        }
    };
    settle(&root.join(snapshot.path), snapshot.path, &renewed, mode)
}

fn settle(file: &Path, path: &'static str, renewed: &str, mode: Mode) -> Result<Blessed, BlessError> {
    let stored = match fs::read_to_string(file) {
        Ok(stored) => stored,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(source) => return Err(BlessError::Read { path: file.to_owned(), source }),
    };
    if stored == renewed {
        return Ok(Blessed { path, patch: None });
    }
    if mode == Mode::Renew {
        write(file, renewed).map_err(|source| BlessError::Write { path: file.to_owned(), source })?;
    }
    Ok(Blessed { path, patch: Some(diff::patch(path, &stored, renewed)) })
}

/// Writes beside the file and renames, so that nobody ever sees half a snapshot.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut fresh = tempfile::Builder::new().prefix(".blessing-").tempfile_in(folder)?;
    fresh.write_all(text.as_bytes())?;
    if let Ok(stored) = fs::metadata(file) {
        fresh.as_file().set_permissions(stored.permissions())?;
    }
    fresh.persist(file)?;
    Ok(())
}

/// The names of an exercise's assets, in order.
fn assets(grader: &Grader, exercise: &Exercise) -> Result<Vec<String>, BlessError> {
    let folder = grader.course().root().join("fixtures").join(exercise.folder()).join("assets");
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(BlessError::Read { path: folder, source }),
    };
    let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_differ_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("stored");
        fs::write(&file, "a\n").unwrap();
        let before = fs::metadata(&file).unwrap().modified().unwrap();
        let blessed = settle(&file, "stored", "a\n", Mode::Renew).unwrap();
        assert_eq!(blessed, Blessed { path: "stored", patch: None });
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), before);
    }

    #[test]
    fn what_differs_is_written_unless_it_is_only_compared() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("stored");
        fs::write(&file, "a\n").unwrap();
        let compared = settle(&file, "stored", "b\n", Mode::Compare).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "a\n");
        let renewed = settle(&file, "stored", "b\n", Mode::Renew).unwrap();
        assert_eq!(renewed, compared, "both show the same patch");
        assert!(renewed.patch.is_some_and(|patch| patch.ends_with("-a\n+b\n")));
        assert_eq!(fs::read_to_string(&file).unwrap(), "b\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left there");
    }

    #[test]
    fn a_new_snapshot_is_all_additions() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("stored");
        let patch = settle(&file, "stored", "b\n", Mode::Renew).unwrap().patch.unwrap();
        assert!(patch.ends_with("+b\n") && !patch.contains("\n-"), "{patch}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "b\n");
    }

    #[test]
    fn a_checkout_is_found_from_any_folder_in_it_and_nowhere_else() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(checkout(&here.join("src/judge")), checkout(here));
        assert_eq!(checkout(here).as_deref(), here.parent());
        assert_eq!(checkout(Path::new("/")), None);
    }
}
