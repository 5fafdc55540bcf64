//! Reports as data, and one module for each form that they take.
//!
//! Pure: a report is made from verdicts elsewhere, and printed elsewhere.

pub mod hostile;
pub mod json;
pub mod lanes;
pub mod text;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::coverage::Covered;
use crate::timing::measured::Measured;
use crate::verdict::{Cause, Lens, Repeats, Verdict, Witness};

/// The version of the JSON form. It goes up when a field changes its meaning or goes away.
pub const SCHEMA: u32 = 1;

/// Everything that is said of one submission to one exercise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of the grader.
    pub grader: String,
    /// The exercise's number.
    pub exercise: u8,
    /// Its slug, as in `counter`.
    pub slug: String,
    /// Its title in English.
    pub title: String,
    /// Its title in Chinese.
    pub title_zh: String,
    /// The submission.
    pub submission: SubmissionHead,
    /// The sandbox that it was compiled and run in.
    pub sandbox: SandboxHead,
    /// Where everything random came from.
    pub seed: u64,
    /// Whether this was a quick run.
    pub quick: bool,
    /// What came of the compilation.
    pub build: Build,
    /// The checks, in the order of the exercise.
    pub checks: Vec<CheckReport>,
    /// What the submission gets.
    pub points: f64,
    /// What a perfect one gets for the same checks.
    pub points_of: f64,
    /// Wall time of the compilation, in milliseconds.
    pub build_ms: u64,
    /// Wall time of the whole, in milliseconds.
    pub elapsed_ms: u64,
}

/// The submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubmissionHead {
    /// Its name: a folder's.
    pub name: String,
    /// A digest of its source files, in hexadecimal.
    pub digest: String,
    /// What was left out although it could have been meant to count.
    pub dropped: Vec<String>,
}

/// The sandbox in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SandboxHead {
    /// The level's name.
    pub level: String,
    /// What this machine does not give, and why.
    pub missing: Vec<String>,
}

/// What came of the compilation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Build {
    /// Everything was built.
    Built,
    /// The submission was built, but cannot be explored. An instructor may want to look.
    NotExplored {
        /// Why, such as what it uses that the model of the standard library lacks, and where.
        why: String,
    },
    /// The compiler refused the submission.
    Refused {
        /// What the compiler said, word for word.
        diagnostics: String,
        /// What the grader adds where the compiler said too little.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        note: Option<String>,
    },
}

/// What is said of one check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckReport {
    /// Its name.
    pub name: String,
    /// The property.
    pub property: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The points for it.
    pub points: f64,
    /// The most that it can give.
    pub points_of: f64,
    /// What each lens saw, in the order in which they looked.
    pub looked: Vec<Looked>,
    /// What was measured under the timing lens.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub measured: Option<Measured>,
    /// The command that shows this failure again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub replay: Option<String>,
    /// The command to go on with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
}

/// What one lens did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Looked {
    /// The lens.
    pub lens: Lens,
    /// How much it covered.
    pub covered: Covered,
    /// Wall time of it, in milliseconds.
    pub took_ms: u64,
}

impl Report {
    /// Replaces what differs between two runs of the same grading by zeros and placeholders.
    pub fn redact(&mut self) {
        self.build_ms = 0;
        self.elapsed_ms = 0;
        for check in &mut self.checks {
            check.looked.iter_mut().for_each(|looked| looked.took_ms = 0);
            if check.measured.take().is_some() {
                check.verdict = Verdict::NotRun { cause: Cause::Redacted };
                check.points = 0.0;
                (check.replay, check.next) = (None, None);
            }
            if let Verdict::Failed(failure) = &mut check.verdict
                && failure.repeats == Repeats::Roughly
            {
                "[observed]".clone_into(&mut failure.observed);
                "[required]".clone_into(&mut failure.required);
                failure.witness = Witness::Nothing;
                failure.location = None;
            }
        }
        self.points = self.checks.iter().map(|check| check.points).sum();
    }

    /// Whether the machine was too busy to time something.
    pub fn is_provisional(&self) -> bool {
        self.provisional().next().is_some()
    }

    /// The names of the checks that nothing is decided about yet.
    pub fn provisional(&self) -> impl Iterator<Item = &str> {
        let checks = self.checks.iter().filter(|check| matches!(check.verdict, Verdict::Provisional { .. }));
        checks.map(|check| check.name.as_str())
    }

    /// Takes over the checks of a later report on the same submission, and leaves the others.
    pub fn renew(&mut self, later: Self) {
        for check in later.checks {
            if let Some(old) = self.checks.iter_mut().find(|old| old.name == check.name) {
                *old = check;
            }
        }
        self.points = self.checks.iter().map(|check| check.points).sum();
        self.elapsed_ms += later.elapsed_ms;
    }

    /// Whether no check that was run has failed.
    pub fn passed(&self) -> bool {
        !matches!(self.build, Build::Refused { .. })
            && self.checks.iter().all(|check| !matches!(check.verdict, Verdict::Failed(_)))
    }
}
