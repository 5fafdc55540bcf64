//! The hostile corpus: submissions that attack the compiler, the grader, the machine or the meaning of a check, each with
//! what has to become of it.
//!
//! An attack that gets what it wants ends its process with a status of its own, and so fails the check that it stands in:
//! a declared pass means that it got nothing. What a submission could have got at without its verdict showing is told by
//! the [`Bait`] that is laid beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::bait::Bait;
use crate::grading::{Candidate, Grader, Options, Origin, Progress};
use crate::intake::Submission;
use crate::report::Report;
use crate::report::hostile::acts;
use crate::report::json;
use crate::report::text::{self, Layout};
use crate::verdict::Reason;
use crate::verify::{Expected, ExpectedBuild, VerifyError, compare};

/// The folder of the corpus, below `fixtures`.
pub const FOLDER: &str = "hostile";
/// In it, right submissions that call an `attack` which does nothing. An attack brings its own.
const BASES: &str = "base";

/// What an attack is aimed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// The compiler, and what it can read.
    Build,
    /// The record of the run, and everybody who reads it.
    Forgery,
    /// The machine.
    Resources,
    /// The meaning of a check.
    Semantic,
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Build => "build: attacks on the compiler, and on what it can read",
            Self::Forgery => "forgery: attacks on the record of a run, and on whoever reads it",
            Self::Resources => "resources: attacks on the machine",
            Self::Semantic => "semantic: answers without the work that a check is about",
        })
    }
}

/// A hostile submission.
#[derive(Clone, Debug)]
pub struct Attack {
    /// Its folder's name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What it is aimed at.
    pub group: Group,
    /// The exercise that it is handed in for.
    pub exercise: u8,
    /// The check in whose course it attacks; `None` if that is any, or none.
    pub check: Option<String>,
    /// What it does, as a sentence.
    pub about: String,
    /// What has to become of it at the full level.
    full: Outcome,
    /// What has to become of it at the reduced level, if that is something else.
    reduced: Option<Outcome>,
    repeated: Vec<Repeated>,
}

/// What has to become of an attack.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// What the level lets through, as a sentence; `None` if it is all contained.
    pub open: Option<String>,
    fails: BTreeSet<String>,
    #[serde(default)]
    reasons: BTreeMap<String, Reason>,
    #[serde(default)]
    build: ExpectedBuild,
    /// What the report has to say, word for word.
    #[serde(default)]
    says: Vec<String>,
}

/// A source file that is too long, and too dull, to be kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Repeated {
    file: String,
    /// Texts, and how often each stands there.
    pieces: Vec<(String, usize)>,
}

/// The content of the `expected.toml` of an attack.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    about: String,
    group: Group,
    exercise: u8,
    check: Option<String>,
    fails: BTreeSet<String>,
    #[serde(default)]
    reasons: BTreeMap<String, Reason>,
    #[serde(default)]
    build: ExpectedBuild,
    #[serde(default)]
    says: Vec<String>,
    reduced: Option<Outcome>,
    #[serde(default)]
    repeated: Vec<Repeated>,
}

/// Every attack of the course, by group and name.
///
/// # Errors
/// [`VerifyError`] if one cannot be read.
pub fn attacks(course: &Path) -> Result<Vec<Attack>, VerifyError> {
    let corpus = course.join("fixtures").join(FOLDER);
    let unreadable = |source| VerifyError::Read { path: corpus.clone(), source };
    let entries = fs::read_dir(&corpus).map_err(unreadable)?.collect::<io::Result<Vec<_>>>().map_err(unreadable)?;
    let mut attacks = Vec::new();
    for entry in entries.iter().filter(|entry| entry.file_name() != BASES) {
        attacks.push(attack(&entry.path())?);
    }
    attacks.sort_by(|one, other| (one.group, &one.name).cmp(&(other.group, &other.name)));
    Ok(attacks)
}

fn attack(folder: &Path) -> Result<Attack, VerifyError> {
    let path = folder.join("expected.toml");
    let text = fs::read_to_string(&path).map_err(|source| VerifyError::Read { path: path.clone(), source })?;
    let declared = toml::from_str(&text).map_err(|source| VerifyError::Invalid { path, source: Box::new(source) })?;
    let Declared { about, group, exercise, check, fails, reasons, build, says, reduced, repeated } = declared;
    Ok(Attack {
        name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        folder: folder.to_owned(),
        group,
        exercise,
        check,
        about,
        full: Outcome { open: None, fails, reasons, build, says },
        reduced,
        repeated,
    })
}

impl Attack {
    /// What has to become of it at the level of this name.
    pub fn outcome(&self, level: &str) -> &Outcome {
        self.reduced.as_ref().filter(|_| level != "full").unwrap_or(&self.full)
    }

    /// Every check that its declaration names.
    pub fn named_checks(&self) -> impl Iterator<Item = &str> {
        let outcomes = [Some(&self.full), self.reduced.as_ref()].into_iter().flatten();
        let named = outcomes.flat_map(|outcome| outcome.fails.iter().chain(outcome.reasons.keys()));
        self.check.iter().chain(named).map(String::as_str)
    }

    /// The submission: a base with what the attack brings, aimed at `bait`.
    fn submission(&self, base: &str, bait: &Bait) -> Result<Submission, VerifyError> {
        let mut files = BTreeMap::new();
        let base = self.folder.with_file_name(BASES).join(base);
        for folder in [base.as_path(), &self.folder] {
            take(folder, &mut files)?;
        }
        for Repeated { file, pieces } in &self.repeated {
            let text: String = pieces.iter().map(|(text, times)| text.repeat(*times)).collect();
            files.insert(file.clone(), text.into_bytes());
        }
        for text in files.values_mut() {
            *text = bait.aim(&String::from_utf8_lossy(text)).into_bytes();
        }
        Ok(Submission { files, dropped: Vec::new() })
    }
}

/// Adds the sources of a folder, if there are any.
fn take(folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), VerifyError> {
    let Ok(entries) = fs::read_dir(folder.join("src")) else { return Ok(()) };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let bytes = fs::read(&path).map_err(|source| VerifyError::Read { path: path.clone(), source })?;
        files.insert(format!("src/{}", path.file_name().unwrap_or_default().to_string_lossy()), bytes);
    }
    Ok(())
}

/// Lets an attack happen `runs` times, each with another seed; returns for each run in how far it did not end as it has
/// to, in words. It is compiled once.
///
/// # Errors
/// [`VerifyError`]: the grader failed. That must not happen, whatever the attack is.
pub fn differences(
    grader: &Grader,
    attack: &Attack,
    (options, runs): (&Options, u32),
    progress: &dyn Progress,
) -> Result<Vec<Vec<String>>, VerifyError> {
    let exercise = grader
        .catalog()
        .iter()
        .find(|exercise| exercise.number == attack.exercise)
        .ok_or_else(|| VerifyError::Exercise { path: attack.folder.clone(), number: attack.exercise })?;
    let bait = Bait::lay(grader.course()).map_err(VerifyError::Bait)?;
    let submission = attack.submission(&exercise.folder(), &bait)?;
    let name = attack.name.clone();
    let candidate = Candidate { name, folder: attack.folder.clone(), origin: Origin::Path, submission };
    let compiled = grader.compile(exercise, &candidate, options, progress)?;
    let outcome = attack.outcome(grader.level());
    let run = |run: u32| {
        let options = Options { seed: options.seed.wrapping_add(u64::from(run)), ..options.clone() };
        let report = grader.look(exercise, &candidate, &compiled, &options, progress)?;
        let mut found = compare(&outcome.expected(), &report);
        found.extend(outcome.unsaid(&report));
        found.extend(bait.taken(&report).map_err(VerifyError::Bait)?);
        found.extend(acting(&report));
        Ok(found)
    };
    (0..runs).map(run).collect()
}

impl Outcome {
    fn expected(&self) -> Expected {
        let Self { fails, reasons, build, .. } = self.clone();
        Expected { fails, reasons, build, ..Expected::default() }
    }

    /// What the report should say, and does not.
    fn unsaid(&self, report: &Report) -> Vec<String> {
        let text = words(report);
        let missing = self.says.iter().filter(|words| !text.contains(words.as_str()));
        missing.map(|words| format!("the report does not say `{words}`")).collect()
    }
}

/// The report in words, as they would be read.
fn words(report: &Report) -> String {
    let text = text::render(report, Layout { columns: 120, redacted: true });
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether something of a submission acts on the terminal of whoever reads its report.
fn acting(report: &Report) -> Option<String> {
    let text = text::render(report, Layout { columns: 80, redacted: true });
    // The report's own colours are taken out where they are not wanted.
    let plain = anstream::adapter::strip_str(&text).to_string();
    // As they stand, without what follows an escape.
    let told = json::render(std::slice::from_ref(report));
    let actor = plain.chars().chain(told.chars()).find(|character| *character != '\n' && acts(*character));
    actor.map(|character| format!("the report holds the acting character U+{:04X}", u32::from(character)))
}
