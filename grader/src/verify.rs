//! The course tests itself: a reference solution gets everything, a stub nothing, and every fixture exactly the verdicts
//! that it declares.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::catalog::Exercise;
use crate::grading::{Candidate, GradeError, Grader, Options, Origin, Progress};
use crate::intake::IntakeError;
use crate::report::{Build, CheckReport, Report};
use crate::verdict::{Reason, Verdict};

/// One submission of the course with what is expected of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is called: `solution`, `stub`, or a fixture's folder.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What is expected.
    pub expected: Expected,
}

/// What is expected of a submission: the content of an `expected.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// What is wrong with it, or how it is right in another way; a sentence.
    pub about: String,
    /// The checks that fail, and no others.
    pub fails: BTreeSet<String>,
    /// The kind of failure, for the checks where it matters.
    #[serde(default)]
    pub reasons: BTreeMap<String, Reason>,
    /// For timing checks: between which percentages of the points it gets. Whether it fails by that is not told in
    /// `fails`.
    #[serde(default)]
    pub timing: BTreeMap<String, [f64; 2]>,
    /// What comes of its compilation.
    #[serde(default)]
    pub build: ExpectedBuild,
}

/// What is expected of a compilation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExpectedBuild {
    /// It is built.
    #[default]
    Built,
    /// It is built, but uses something that the model of the standard library lacks.
    NotExplored,
    /// The compiler refuses it.
    Refused,
}

/// Why the cases cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file or folder cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An `expected.toml` says something that cannot be.
    #[error("`{}` is not what is expected of a fixture", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<toml::de::Error>,
    },
    /// A case is no submission.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The grader failed.
    #[error(transparent)]
    Grade(#[from] GradeError),
    /// A hostile submission is for an exercise that is not there.
    #[error("`{}` is for exercise {number}, which is not there", path.display())]
    Exercise {
        /// Its folder.
        path: PathBuf,
        /// The number.
        number: u8,
    },
    /// What lies beside a hostile submission cannot be laid there, or looked at.
    #[error("cannot lay bait")]
    Bait(#[source] io::Error),
}

/// Every case of an exercise: the solution, the stub, then the fixtures by name.
///
/// # Errors
/// [`VerifyError`] if a fixture cannot be read.
pub fn cases(course: &Path, exercise: &Exercise) -> Result<Vec<Case>, VerifyError> {
    let behaviours = exercise.checks.iter().map(|check| (check, check.timing.is_none()));
    let all: BTreeSet<String> =
        behaviours.filter(|(_, behaviour)| *behaviour).map(|(check, _)| check.name.clone()).collect();
    let timed = exercise.checks.iter().filter(|check| check.timing.is_some());
    let timing = timed.map(|check| (check.name.clone(), [100.0, 100.0])).collect();
    let mut cases = vec![
        Case {
            name: "solution".to_owned(),
            folder: course.join("solutions").join(exercise.folder()),
            expected: Expected { about: "The reference solution.".to_owned(), timing, ..Expected::default() },
        },
        Case {
            name: "stub".to_owned(),
            folder: course.join("exercises").join(exercise.folder()),
            expected: Expected { about: "What a student begins with.".to_owned(), fails: all, ..Expected::default() },
        },
    ];
    let folder = course.join("fixtures").join(exercise.folder());
    let mut folders: Vec<PathBuf> = match fs::read_dir(&folder) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(source) => return Err(VerifyError::Read { path: folder, source }),
    };
    folders.sort();
    for folder in folders {
        let path = folder.join("expected.toml");
        // Shared assets stand beside the fixtures.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let expected =
            toml::from_str(&text).map_err(|source| VerifyError::Invalid { path, source: Box::new(source) })?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        cases.push(Case { name, folder, expected });
    }
    Ok(cases)
}

/// Grades one case `runs` times, each with another seed; returns for each run in how far it is not what is expected, in
/// words. It is compiled once.
///
/// # Errors
/// [`VerifyError`] if the case cannot be graded.
pub fn differences(
    grader: &Grader,
    exercise: &Exercise,
    case: &Case,
    (options, runs): (&Options, u32),
    progress: &dyn Progress,
) -> Result<Vec<Vec<String>>, VerifyError> {
    let candidate = Candidate::read(&case.name, &case.folder, exercise, Origin::Path)?;
    let compiled = grader.compile(exercise, &candidate, options, progress)?;
    let run = |run: u32| {
        let options = Options { seed: options.seed.wrapping_add(u64::from(run)), ..options.clone() };
        let report = grader.look(exercise, &candidate, &compiled, &options, progress)?;
        Ok(compare(&case.expected, &report))
    };
    (0..runs).map(run).collect()
}

/// In how far a report is not what is expected, in words.
pub(crate) fn compare(expected: &Expected, report: &Report) -> Vec<String> {
    let build = match &report.build {
        Build::Built => ExpectedBuild::Built,
        Build::NotExplored { .. } => ExpectedBuild::NotExplored,
        Build::Refused { .. } => ExpectedBuild::Refused,
    };
    let mut differences = Vec::new();
    if build != expected.build {
        differences.push(format!("the compilation ended {build:?}, not {:?}: {:?}", expected.build, report.build));
    }
    for check in &report.checks {
        let name = &check.name;
        if let Some(band) = expected.timing.get(name) {
            differences.extend(outside(*band, check));
            continue;
        }
        match (&check.verdict, expected.fails.contains(name)) {
            (Verdict::Failed(failure), true) => {
                if let Some(reason) = expected.reasons.get(name).filter(|reason| **reason != failure.reason) {
                    differences.push(format!("{name} failed by `{}`, not `{reason}`", failure.reason));
                }
            }
            (Verdict::Failed(failure), false) => {
                differences.push(format!("{name} failed ({}: {}), and should not", failure.reason, failure.observed));
            }
            (_, true) => differences.push(format!("{name} did not fail, and should")),
            (Verdict::Inconclusive { why }, false) => differences.push(format!("{name} is inconclusive: {why}")),
            (
                Verdict::Passed | Verdict::Slower { .. } | Verdict::Provisional { .. } | Verdict::NotRun { .. },
                false,
            ) => {}
        }
    }
    differences
}

/// In how far the points of a timing check are outside of the declared band. A check that was not timed, or not decided,
/// is inside.
fn outside([least, most]: [f64; 2], check: &CheckReport) -> Option<String> {
    let name = &check.name;
    let percent = 100.0 * check.points / check.points_of;
    match &check.verdict {
        Verdict::NotRun { .. } | Verdict::Provisional { .. } => None,
        Verdict::Failed(failure) if failure.reason != Reason::TooSlow => {
            Some(format!("{name} failed ({}: {}), and should only be timed", failure.reason, failure.observed))
        }
        Verdict::Inconclusive { why } => Some(format!("{name} is inconclusive: {why}")),
        Verdict::Passed | Verdict::Slower { .. } | Verdict::Failed(_) => {
            let ratio = check.measured.as_ref().and_then(|measured| measured.ratio);
            (!(least..=most).contains(&percent))
                .then(|| format!("{name} gets {percent:.0} % of its points, not {least} to {most} % ({ratio:?})"))
        }
    }
}
