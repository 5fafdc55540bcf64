//! What is compiled before any submission: the dependencies and the harness of an exercise.
//!
//! Cargo builds them once for each toolchain and version of the course. A submission is then compiled by calling the
//! compiler itself, which needs these files read-only: no cargo, no shared target folder, no lock, and nothing that one
//! student's build could leave behind for another's.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::catalog::Exercise;
use crate::course::{Course, CourseError, DIGEST, HARNESS_DIGEST};
use crate::toolchain::Toolchain;

/// The file in a folder of compiled crates that lists them.
const LIST: &str = "crates.json";

/// The compiled dependencies and harness of one exercise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prebuilt {
    /// The folder with every compiled crate.
    pub dependencies: PathBuf,
    /// The compiled crates that can be named, by crate name.
    pub crates: BTreeMap<String, PathBuf>,
}

/// Why an exercise could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum PrebuiltError {
    /// The cache cannot be used.
    #[error(transparent)]
    Course(#[from] CourseError),
    /// Cargo cannot be run.
    #[error("cannot run `{}`", cargo.display())]
    Cargo {
        /// The program.
        cargo: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Cargo failed.
    #[error("the harness of the exercise does not build:\n{diagnostics}")]
    Build {
        /// What cargo said.
        diagnostics: String,
    },
    /// The compiled crates cannot be kept.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// One line of cargo's `--message-format=json`, as far as it matters.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

impl Prebuilt {
    /// The compiled harness of `exercise`; builds it, and calls `on_build` first, unless an earlier run has.
    ///
    /// # Errors
    /// [`PrebuiltError`]; `Build` if a dependency is neither on this machine nor to be had from the registry.
    pub fn open(
        course: &Course,
        toolchain: &Toolchain,
        exercise: &Exercise,
        on_build: impl FnOnce(),
    ) -> Result<Self, PrebuiltError> {
        let store = course.store("prebuilt")?;
        let folder = store.join(format!("{}-{}-{:02}", &HARNESS_DIGEST[..16], toolchain.key(), exercise.number));
        if let Some(prebuilt) = read(&folder) {
            return Ok(prebuilt);
        }
        on_build();
        let target = course.store(&format!("target-{}", toolchain.key()))?;
        let write = |path: &Path| {
            let path = path.to_owned();
            move |source| PrebuiltError::Write { path, source }
        };
        // One at a time: what cargo leaves in the target folder must still be this course's when it is copied.
        let lock = target.join("in-use.lock");
        let lock = File::create(&lock).and_then(|file| file.lock().map(|()| file)).map_err(write(&lock))?;
        if let Some(prebuilt) = read(&folder) {
            return Ok(prebuilt);
        }
        claim(course, &target).map_err(write(&target))?;
        let artifacts = build(course, toolchain, exercise, &target)?;
        let prebuilt = keep(&artifacts, &store, &folder).map_err(write(&folder))?;
        drop(lock);
        Ok(prebuilt)
    }

    /// The compiled crate of this name.
    pub fn library(&self, name: &str) -> Option<&Path> {
        self.crates.get(name).map(PathBuf::as_path)
    }
}

/// The result of an earlier run, if it is still there.
fn read(folder: &Path) -> Option<Prebuilt> {
    let prebuilt: Prebuilt = serde_json::from_slice(&fs::read(folder.join(LIST)).ok()?).ok()?;
    prebuilt.crates.values().all(|path| path.is_file()).then_some(prebuilt)
}

/// Makes cargo see this course's sources as changed if another course's were built in the target folder last, be it one
/// with the same harness: what was built of that one's need not have been everything.
///
/// Cargo goes by times and by paths inside the workspace, which two versions of a course have in common: without this
/// it would hand out one version's crates for another's.
fn claim(course: &Course, target: &Path) -> io::Result<()> {
    let owner = target.join("course");
    if fs::read_to_string(&owner).is_ok_and(|digest| digest == DIGEST) {
        return Ok(());
    }
    let now = SystemTime::now();
    let mut folders = vec![course.root().join("grader/harness"), course.root().join("exercises")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                File::options().append(true).open(entry.path())?.set_modified(now)?;
            }
        }
    }
    fs::write(owner, DIGEST)
}

/// A compiled crate.
struct Artifact {
    name: String,
    library: PathBuf,
}

/// Builds the driver of an exercise with everything that it needs.
fn build(
    course: &Course,
    toolchain: &Toolchain,
    exercise: &Exercise,
    target: &Path,
) -> Result<Vec<Artifact>, PrebuiltError> {
    // Without the network first: a slow or missing one must not matter once everything is on this machine.
    let offline = cargo(course, toolchain, exercise, target, &["--offline"])?;
    let Output { status, stdout, stderr } =
        if offline.status.success() { offline } else { cargo(course, toolchain, exercise, target, &[])? };
    if !status.success() {
        return Err(PrebuiltError::Build { diagnostics: String::from_utf8_lossy(&stderr).trim_end().to_owned() });
    }
    // Cargo's messages about other things have other shapes.
    let messages = stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Message>(line).ok());
    let artifacts = messages.filter(|message| message.reason == "compiler-artifact").filter_map(|message| {
        let name = message.target?.name.replace('-', "_");
        let library = message.filenames.into_iter().find(|path| {
            path.extension()
                .is_some_and(|extension| extension == "rlib" || extension == std::env::consts::DLL_EXTENSION)
        })?;
        Some(Artifact { name, library })
    });
    Ok(artifacts.collect())
}

/// Copies the compiled crates out of cargo's reach, to a folder that is complete as soon as it is there.
fn keep(artifacts: &[Artifact], store: &Path, folder: &Path) -> io::Result<Prebuilt> {
    let fresh = tempfile::Builder::new().prefix("copying-").tempdir_in(store)?;
    let mut crates = BTreeMap::new();
    for Artifact { name, library } in artifacts {
        let file = library.file_name().unwrap_or_default();
        fs::copy(library, fresh.path().join(file))?;
        crates.insert(name.clone(), folder.join(file));
    }
    let prebuilt = Prebuilt { dependencies: folder.to_owned(), crates };
    fs::write(fresh.path().join(LIST), serde_json::to_vec(&prebuilt)?)?;
    // An incomplete folder of an earlier run would be in the way.
    let _ = fs::remove_dir_all(folder);
    fs::rename(fresh.keep(), folder)?;
    Ok(prebuilt)
}

fn cargo(
    course: &Course,
    toolchain: &Toolchain,
    exercise: &Exercise,
    target: &Path,
    flags: &[&str],
) -> Result<Output, PrebuiltError> {
    let cargo = toolchain.cargo();
    #[expect(clippy::disallowed_methods, reason = "only crates of the course and the registry are built here")]
    Command::new(&cargo)
        .args(["build", "--release", "--lib", "--bins", "--quiet", "--message-format=json-render-diagnostics"])
        .args(flags)
        .args(["--package", &format!("{}-driver", exercise.package)])
        .arg("--target-dir")
        .arg(target)
        .current_dir(course.root())
        .env("RUSTC", toolchain.rustc())
        .env_remove("RUSTFLAGS")
        .output()
        .map_err(|source| PrebuiltError::Cargo { cargo, source })
}
