//! The clean pairs of a measurement that decided nothing: the next one of the same submission goes on from there.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::Work;
use super::calibration::TRUSTED;
use super::machine::Fingerprint;
use crate::clock;
use crate::timing::stopping::Pair;

/// What was measured of one submission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Undecided {
    /// The machine.
    pub machine: Fingerprint,
    /// What was done.
    pub work: Work,
    /// The digest of the submission.
    pub submission: String,
    /// The pairs.
    pub pairs: Vec<Pair>,
    /// When the last of them was run, in seconds since 1970.
    pub taken: u64,
}

impl Undecided {
    /// What was kept in `store` of this submission's work on this machine, and is not old.
    pub fn read(store: &Path, machine: &Fingerprint, work: &Work, submission: &str) -> Vec<Pair> {
        let kept = fs::read(file(store, work, submission)).ok();
        let kept: Option<Self> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let fits = |kept: &Self| {
            let age = clock::since_epoch().saturating_sub(Duration::from_secs(kept.taken));
            kept.machine == *machine && kept.work == *work && kept.submission == submission && age < TRUSTED
        };
        kept.filter(fits).map_or_else(Vec::new, |kept| kept.pairs)
    }

    /// Keeps it in `store`, whole or not at all, and nothing there that is old.
    ///
    /// # Errors
    /// If the disk is full or cannot be written.
    pub fn keep(&self, store: &Path) -> io::Result<()> {
        forget_old(store);
        let mut fresh = tempfile::NamedTempFile::new_in(store)?;
        fresh.write_all(&serde_json::to_vec(self)?)?;
        fresh.persist(file(store, &self.work, &self.submission))?;
        Ok(())
    }

    /// Forgets what was kept: it has been decided.
    pub fn forget(store: &Path, work: &Work, submission: &str) {
        // What cannot be removed gets old.
        let _ = fs::remove_file(file(store, work, submission));
    }
}

/// Submissions that never came again would fill the disk.
fn forget_old(store: &Path) {
    let now = SystemTime::now();
    for file in fs::read_dir(store).into_iter().flatten().flatten() {
        let changed = file.metadata().and_then(|metadata| metadata.modified());
        if changed.is_ok_and(|changed| now.duration_since(changed).is_ok_and(|age| age >= TRUSTED)) {
            let _ = fs::remove_file(file.path());
        }
    }
}

fn file(store: &Path, Work { exercise, check, .. }: &Work, submission: &str) -> PathBuf {
    store.join(format!("{exercise:02}-{check}-{submission}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIR: Pair = Pair { before: 0.1, between: 0.2, after: 0.11 };

    fn undecided() -> Undecided {
        Undecided {
            machine: Fingerprint::take("rustc 1.0.0", "none"),
            work: Work { exercise: 3, check: "speed".to_owned(), orders: "d1".to_owned() },
            submission: "d7".to_owned(),
            pairs: vec![PAIR; 9],
            taken: clock::since_epoch().as_secs(),
        }
    }

    fn read(store: &Path, wanted: &Undecided) -> Vec<Pair> {
        Undecided::read(store, &wanted.machine, &wanted.work, &wanted.submission)
    }

    #[test]
    fn the_same_submission_goes_on_from_its_pairs_until_it_is_decided() {
        let store = tempfile::tempdir().unwrap();
        undecided().keep(store.path()).unwrap();
        assert_eq!(read(store.path(), &undecided()), [PAIR; 9]);
        Undecided::forget(store.path(), &undecided().work, "d7");
        assert_eq!(read(store.path(), &undecided()), []);
    }

    #[test]
    fn nothing_else_has_a_part_in_them() {
        let store = tempfile::tempdir().unwrap();
        undecided().keep(store.path()).unwrap();
        let other_work = Work { orders: "d2".to_owned(), ..undecided().work };
        let other_machine = Fingerprint { cores: 77, ..undecided().machine };
        for other in [
            Undecided { submission: "d8".to_owned(), ..undecided() },
            Undecided { work: other_work, ..undecided() },
            Undecided { machine: other_machine, ..undecided() },
        ] {
            assert_eq!(read(store.path(), &other), []);
        }
    }

    #[test]
    fn what_is_old_is_not_believed_and_does_not_stay() {
        let store = tempfile::tempdir().unwrap();
        let hours_ago = undecided().taken - 2 * TRUSTED.as_secs();
        Undecided { taken: hours_ago, ..undecided() }.keep(store.path()).unwrap();
        assert_eq!(read(store.path(), &undecided()), []);
        let path = file(store.path(), &undecided().work, "d7");
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(hours_ago);
        fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        Undecided { submission: "d8".to_owned(), ..undecided() }.keep(store.path()).unwrap();
        assert!(!path.exists());
    }
}
