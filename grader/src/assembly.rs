//! From findings to the entries of a report: points, the command that shows a failure again, the way on.

use std::path::Path;

use crate::catalog::{Check, Exercise};
use crate::checks::Finding;
use crate::grading::{Candidate, Options, Origin};
use crate::judge::Effort;
use crate::replay::Record;
use crate::report::CheckReport;
use crate::score::centipoints;
use crate::verdict::{Failure, Verdict, Witness};

/// One submission under one set of options.
pub(crate) struct Case<'grader> {
    pub(crate) exercise: &'grader Exercise,
    pub(crate) candidate: &'grader Candidate,
    pub(crate) options: &'grader Options,
    /// Where failing schedules are kept.
    pub(crate) replays: &'grader Path,
}

impl Case<'_> {
    /// The entry of one check.
    pub(crate) fn report(&self, check: &Check, finding: Finding) -> CheckReport {
        let Finding { verdict, looked, round, measured } = finding;
        let failure = match &verdict {
            Verdict::Failed(failure) => Some(failure),
            _ => None,
        };
        let replay = failure.map(|failure| self.kept(check, failure, round).unwrap_or_else(|| self.again(check)));
        let asked = matches!(&verdict, Verdict::Failed(_) | Verdict::Slower { .. });
        let hint =
            (asked && !check.hints.is_empty()).then(|| format!("grader hint {} {}", self.exercise.number, check.name));
        CheckReport {
            name: check.name.clone(),
            property: check.property.clone(),
            points: f64::from(centipoints(&verdict, check.points)) / 100.0,
            points_of: f64::from(check.points),
            next: hint,
            verdict,
            looked,
            measured,
            replay,
        }
    }

    /// Keeps the failing schedule; returns the command that shows it again. `None` if there is no schedule, or it
    /// cannot be kept.
    fn kept(&self, check: &Check, failure: &Failure, round: usize) -> Option<String> {
        let Witness::Interleaving { failure } = &failure.witness else { return None };
        let record = Record {
            exercise: self.exercise.number,
            check: check.name.clone(),
            round,
            seed: self.options.seed,
            quick: self.options.effort == Effort::Quick,
            schedule: failure.story.schedule.clone(),
            folder: self.candidate.folder.canonicalize().ok()?,
            digest: self.candidate.submission.digest(),
        };
        record.keep(self.replays).ok()?;
        Some(format!("grader replay {}", record.id()))
    }

    /// The command that runs a check again as it was run.
    fn again(&self, check: &Check) -> String {
        let mut words = vec![format!("grader check {} --only {}", self.exercise.number, check.name)];
        words.push(format!("--seed {}", self.options.seed));
        if self.options.effort == Effort::Quick {
            words.push("--quick".to_owned());
        }
        match self.candidate.origin {
            Origin::Nearby => {}
            Origin::Solution => words.push("--solution".to_owned()),
            Origin::Path => words.push(format!("--path {}", quoted(&self.candidate.folder))),
        }
        words.join(" ")
    }
}

/// A path as a word of a shell command.
fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    let plain = |character: char| character.is_alphanumeric() || "/._-+,".contains(character);
    if path.chars().all(plain) { path.into_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}
