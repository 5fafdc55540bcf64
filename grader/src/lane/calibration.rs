//! What a reference takes on this machine when it is quiet: measured once, kept, measured again when it no longer fits.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Work;
use super::machine::Fingerprint;
use crate::clock;
use crate::timing::estimate::quantile_of;
use crate::timing::stopping::Quiet;

/// So many quiet runs make a calibration.
pub const RUNS: usize = 7;

/// For so long a reference that has become slower is taken for a machine that is busy, in ways that it does not tell;
/// after that it is taken for a machine that has become slower.
pub(super) const TRUSTED: Duration = Duration::from_hours(1);

/// The times of a reference on a quiet machine, in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The machine.
    pub machine: Fingerprint,
    /// What the reference did.
    pub work: Work,
    /// The median.
    pub usual: f64,
    /// The 5th percentile.
    pub fifth: f64,
    /// The 95th percentile.
    pub ninety_fifth: f64,
    /// The 25th and the 75th percentile.
    pub quartiles: (f64, f64),
    /// How many runs these come from.
    pub runs: usize,
    /// When they were, in seconds since 1970.
    pub taken: u64,
}

impl Calibration {
    /// The calibration that quiet runs of these lengths give; `None` for fewer than [`RUNS`].
    pub fn of(machine: &Fingerprint, work: &Work, seconds: &[f64]) -> Option<Self> {
        if seconds.len() < RUNS {
            return None;
        }
        Some(Self {
            machine: machine.clone(),
            work: work.clone(),
            usual: quantile_of(seconds, 0.5)?,
            fifth: quantile_of(seconds, 0.05)?,
            ninety_fifth: quantile_of(seconds, 0.95)?,
            quartiles: (quantile_of(seconds, 0.25)?, quantile_of(seconds, 0.75)?),
            runs: seconds.len(),
            taken: clock::since_epoch().as_secs(),
        })
    }

    /// The one that was kept in `store`, if it is of this work on this machine.
    pub fn read(store: &Path, machine: &Fingerprint, work: &Work) -> Option<Self> {
        let kept: Self = serde_json::from_slice(&fs::read(file(store, work)).ok()?).ok()?;
        (kept.machine == *machine && kept.work == *work && kept.usual > 0.0 && kept.fifth <= kept.ninety_fifth)
            .then_some(kept)
    }

    /// Keeps it in `store`, whole or not at all.
    ///
    /// # Errors
    /// If the disk is full or cannot be written.
    pub fn keep(&self, store: &Path) -> io::Result<()> {
        let mut fresh = tempfile::NamedTempFile::new_in(store)?;
        fresh.write_all(&serde_json::to_vec(self)?)?;
        fresh.persist(file(store, &self.work))?;
        Ok(())
    }

    /// The times that count as quiet from now on, for an interval of this share of the points.
    pub fn quiet(&self, width: f64) -> Quiet {
        Quiet::around(self.usual, self.quartiles, (self.fifth, self.ninety_fifth), width)
    }

    /// How wide the middle half of the runs is, as a share of the median. What lies further out is mostly a virtual
    /// machine's host: no work can be made so that it does not show, and the clean-pair rule is there for it.
    pub fn spread(&self) -> f64 {
        let (lower, upper) = self.quartiles;
        (upper - lower) / self.usual
    }

    /// Whether runs that began on a quiet machine contradict it. Another clock rate, or another host of a virtual machine,
    /// leaves no other trace.
    ///
    /// Runs that are faster say that it was not quiet at the time. Runs that are slower say the same of now, unless it is
    /// old: a calibration that followed a busy machine at once would have each of its moods judged by itself.
    pub fn is_contradicted_by(&self, seconds: &[f64], width: f64, now: Duration) -> bool {
        let Some(median) = quantile_of(seconds, 0.5).filter(|_| seconds.len() >= RUNS) else { return false };
        let (least, most) = self.quiet(width).median;
        let age = now.saturating_sub(Duration::from_secs(self.taken));
        median < least || median > most && age >= TRUSTED
    }
}

fn file(store: &Path, Work { exercise, check, .. }: &Work) -> PathBuf {
    store.join(format!("{exercise:02}-{check}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Fingerprint {
        Fingerprint::take("rustc 1.0.0", "none")
    }

    fn work(check: &str) -> Work {
        Work { exercise: 3, check: check.to_owned(), orders: "d1".to_owned() }
    }

    fn calibration() -> Calibration {
        Calibration::of(&machine(), &work("speed"), &[0.10, 0.11, 0.10, 0.12, 0.10, 0.10, 0.09]).unwrap()
    }

    #[test]
    fn what_is_kept_is_read_on_the_same_machine_only() {
        let store = tempfile::tempdir().unwrap();
        calibration().keep(store.path()).unwrap();
        let kept = Calibration::read(store.path(), &machine(), &work("speed")).unwrap();
        assert!((kept.usual - calibration().usual).abs() < 1e-9 && kept.runs == RUNS);
        assert_eq!(Calibration::read(store.path(), &machine(), &work("other")), None);
        let changed = Work { orders: "d2".to_owned(), ..work("speed") };
        assert_eq!(Calibration::read(store.path(), &machine(), &changed), None, "it is asked for something else now");
        let other = Fingerprint { cores: 77, ..machine() };
        assert_eq!(Calibration::read(store.path(), &other, &work("speed")), None);
    }

    #[test]
    fn a_spoilt_file_is_no_calibration() {
        let store = tempfile::tempdir().unwrap();
        fs::write(file(store.path(), &work("speed")), "{\"machine\":").unwrap();
        assert_eq!(Calibration::read(store.path(), &machine(), &work("speed")), None);
    }

    #[test]
    fn fewer_than_seven_runs_are_none() {
        assert_eq!(Calibration::of(&machine(), &work("speed"), &[0.1; 6]), None);
    }

    #[test]
    fn quiet_runs_elsewhere_contradict_it() {
        let calibration = Calibration { taken: 80 * 60, ..calibration() };
        let soon = Duration::from_mins(100);
        assert!(!calibration.is_contradicted_by(&[0.11; 7], 0.04, soon));
        assert!(!calibration.is_contradicted_by(&[0.05; 6], 0.04, soon), "too few to say");
        assert!(calibration.is_contradicted_by(&[0.05; 7], 0.04, soon));
        assert!(calibration.is_contradicted_by(&[0.085; 7], 0.04, soon), "it was measured on a busy machine");
        assert!(!calibration.is_contradicted_by(&[0.2; 7], 0.04, soon), "the machine is busy now");
        assert!(calibration.is_contradicted_by(&[0.12; 7], 0.04, Duration::from_mins(150)), "it has become slower");
    }

    #[test]
    fn the_spread_is_that_of_the_middle_half() {
        let even = Calibration { usual: 0.1, quartiles: (0.095, 0.115), ..calibration() };
        assert!((even.spread() - 0.2).abs() < 1e-9);
    }
}
