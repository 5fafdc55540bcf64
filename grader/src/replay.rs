//! Failing schedules, kept so that each can be shown again.
//!
//! A record is a small file in the cache folder, named by what it is a record of: the same failure of the same
//! submission gets the same name every time.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::judge::Effort;

/// A failing schedule of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The exercise's number.
    pub exercise: u8,
    /// The check that failed.
    pub check: String,
    /// The round, as its place among those of the check.
    pub round: usize,
    /// Where everything random in the rounds came from.
    pub seed: u64,
    /// Whether it was found in a quick run.
    pub quick: bool,
    /// The schedule.
    pub schedule: String,
    /// The submission's folder.
    pub folder: PathBuf,
    /// The digest of its files when the schedule was found.
    pub digest: String,
}

/// Why a record cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There is none of this name.
    #[error("there is no replay `{id}`")]
    Unknown {
        /// The name.
        id: String,
    },
    /// It is none.
    #[error("`{}` is not a replay of this version of the grader", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

impl Record {
    /// The name of the record, such as `3-7f3a09`.
    pub fn id(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for part in [&self.check, &self.schedule, &self.digest] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        format!("{}-{}", self.exercise, &hasher.finalize().to_hex()[..6])
    }

    /// How much was tried when the schedule was found.
    pub fn effort(&self) -> Effort {
        if self.quick { Effort::Quick } else { Effort::Full }
    }

    /// Keeps the record in `store`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep(&self, store: &Path) -> io::Result<()> {
        fs::write(path(store, &self.id()), serde_json::to_vec_pretty(self)?)
    }

    /// The record of this name.
    ///
    /// # Errors
    /// [`ReplayError`] if there is none.
    pub fn find(store: &Path, id: &str) -> Result<Self, ReplayError> {
        let path = path(store, id);
        let known = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let bytes = known.then(|| fs::read(&path).ok()).flatten();
        let bytes = bytes.ok_or_else(|| ReplayError::Unknown { id: id.to_owned() })?;
        serde_json::from_slice(&bytes).map_err(|source| ReplayError::Invalid { path, source })
    }
}

fn path(store: &Path, id: &str) -> PathBuf {
    store.join(format!("{id}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            exercise: 3,
            check: "no-increment-is-lost".to_owned(),
            round: 0,
            seed: 1,
            quick: true,
            schedule: "1a".to_owned(),
            folder: PathBuf::from("here"),
            digest: "d1".to_owned(),
        }
    }

    #[test]
    fn a_record_is_found_under_its_name() {
        let store = tempfile::tempdir().unwrap();
        record().keep(store.path()).unwrap();
        assert_eq!(Record::find(store.path(), &record().id()).unwrap(), record());
    }

    #[test]
    fn another_version_of_the_submission_has_another_record() {
        assert_ne!(record().id(), Record { digest: "d2".to_owned(), ..record() }.id());
    }

    #[test]
    fn a_name_that_leaves_the_folder_is_unknown() {
        let store = tempfile::tempdir().unwrap();
        fs::create_dir(store.path().join("replays")).unwrap();
        fs::write(store.path().join("secret.json"), "{}").unwrap();
        let found = Record::find(&store.path().join("replays"), "../secret");
        assert!(matches!(found, Err(ReplayError::Unknown { .. })));
    }
}
