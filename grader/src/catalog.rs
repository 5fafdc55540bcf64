//! The exercises as data: one [`Exercise`] for each `exercise.toml`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::session::Patience;
use crate::verdict::Lens;

/// Every exercise of the course, by number.
#[derive(Clone, Debug)]
pub struct Catalog {
    exercises: BTreeMap<u8, Exercise>,
}

/// One exercise.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// From 1 to 8.
    pub number: u8,
    /// The second half of its folder's name.
    pub slug: String,
    /// The crate that a submission becomes.
    pub package: String,
    /// Its title in English.
    pub title: String,
    /// Its title in Chinese.
    pub title_zh: String,
    /// The sections of the chapter that it practises.
    pub chapter: String,
    /// The crates that a submission may use besides the standard library.
    #[serde(default)]
    pub crates: Vec<String>,
    /// Whether its rounds read files that stand in `fixtures/NN-slug/assets`.
    #[serde(default)]
    pub assets: bool,
    /// The limits of a process that runs one check.
    #[serde(default)]
    pub limits: Limits,
    /// The checks, in the order of the report.
    #[serde(default, rename = "check")]
    pub checks: Vec<Check>,
}

/// One property of an exercise.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Its name on the command line: words and hyphens.
    pub name: String,
    /// The property, as a sentence without a period.
    pub property: String,
    /// What a submission gets for it.
    pub points: u32,
    /// The lenses that look at it, in order; the first failure ends the check.
    pub lenses: Vec<Lens>,
    /// From an observation to a concept to a place to a sketch.
    #[serde(default)]
    pub hints: Vec<String>,
    /// The thresholds of a timing check.
    #[serde(default)]
    pub timing: Option<Thresholds>,
}

/// How a ratio to the reference becomes points.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Up to this ratio, all points.
    pub full: f64,
    /// From this ratio, none.
    pub none: f64,
    /// How wide the interval of a measurement may be for a verdict, in percent of the points. Four, where nothing else is
    /// said; more where the work is noisier by its nature, as whatever hands over between two threads or processes.
    #[serde(default = "Thresholds::usual_width")]
    pub width: f64,
    /// Where the two numbers came from.
    pub source: String,
    /// What was measured for them.
    #[serde(default)]
    pub measured: Option<Origin>,
}

impl Thresholds {
    fn usual_width() -> f64 {
        4.0
    }
}

/// What thresholds were set by: measured once, by `grader calibrate`, on a quiet machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The machine.
    pub on: String,
    /// What the reference takes there, in milliseconds.
    pub reference_ms: f64,
    /// The ratios of slow and serial variants to it, by the name of their fixture.
    pub ratios: BTreeMap<String, f64>,
}

/// The limits of a process that runs one check.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Wall time in milliseconds.
    pub wall_ms: u64,
    /// How long every thread and process may be asleep while an answer is due, in milliseconds.
    pub patience_ms: u64,
    /// CPU time that one answer may cost, in milliseconds.
    pub busy_ms: u64,
    /// CPU time of the whole tree in milliseconds.
    pub cpu_ms: u64,
    /// Memory of the whole tree in mebibytes.
    pub memory_mib: u64,
    /// Live processes and threads.
    pub processes: u64,
    /// Output on each stream in kibibytes.
    pub output_kib: u64,
    /// Scratch space in mebibytes.
    pub scratch_mib: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall_ms: 20_000,
            patience_ms: 1_000,
            busy_ms: 3_000,
            cpu_ms: 30_000,
            memory_mib: 512,
            processes: 128,
            output_kib: 1024,
            scratch_mib: 64,
        }
    }
}

impl Limits {
    /// Wall time.
    pub fn wall(&self) -> Duration {
        Duration::from_millis(self.wall_ms)
    }

    /// How long an answer may take.
    pub fn patience(&self) -> Patience {
        Patience { asleep: Duration::from_millis(self.patience_ms), busy: Duration::from_millis(self.busy_ms) }
    }
}

/// Why there is no catalog.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A file or folder cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An `exercise.toml` says something that cannot be.
    #[error("`{}` is not an exercise", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<toml::de::Error>,
    },
    /// Two exercises have one number.
    #[error("two exercises have the number {number}")]
    Twice {
        /// The number.
        number: u8,
    },
}

impl Catalog {
    /// Reads every `exercises/*/exercise.toml` of a course.
    ///
    /// # Errors
    /// [`CatalogError`], for the first file that cannot be used.
    pub fn read(course: &Path) -> Result<Self, CatalogError> {
        let folder = course.join("exercises");
        let entries = fs::read_dir(&folder).map_err(|source| CatalogError::Read { path: folder.clone(), source })?;
        let mut exercises = BTreeMap::new();
        for entry in entries {
            let entry = entry.map_err(|source| CatalogError::Read { path: folder.clone(), source })?;
            let path = entry.path().join("exercise.toml");
            let text = fs::read_to_string(&path).map_err(|source| CatalogError::Read { path: path.clone(), source })?;
            let exercise: Exercise =
                toml::from_str(&text).map_err(|source| CatalogError::Invalid { path, source: Box::new(source) })?;
            let number = exercise.number;
            if exercises.insert(number, exercise).is_some() {
                return Err(CatalogError::Twice { number });
            }
        }
        Ok(Self { exercises })
    }

    /// The exercise with this number, slug, package or folder name (`3`, `03`, `counter`, `03-counter`).
    pub fn find(&self, name: &str) -> Option<&Exercise> {
        self.iter().find(|exercise| {
            name.parse() == Ok(exercise.number)
                || [&exercise.slug, &exercise.package, &exercise.folder()].into_iter().any(|known| known == name)
        })
    }

    /// Every exercise, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Exercise> {
        self.exercises.values()
    }
}

impl Exercise {
    /// The name of its folder under `exercises/`, `solutions/`, `fixtures/` and the harness.
    pub fn folder(&self) -> String {
        format!("{:02}-{}", self.number, self.slug)
    }

    /// What a perfect submission gets.
    pub fn points(&self) -> u32 {
        self.checks.iter().map(|check| check.points).sum()
    }

    /// The check with this name.
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }
}
