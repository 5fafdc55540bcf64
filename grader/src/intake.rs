//! From what a student hands in to a clean set of source files, or a refusal with the reason.
//!
//! Only `src/**/*.rs` is taken. Everything else is dropped, and what could have had an effect on a build is told.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The most that a submission's sources may be together, in bytes.
const LARGEST: u64 = 4 << 20;
/// The most files that a submission may have.
const MOST_FILES: usize = 500;
/// How deep folders may nest below `src`.
const DEEPEST: usize = 12;
/// Files and folders of a package that the grader brings itself; a student's have no effect, which is told.
const OURS: [&str; 7] =
    ["Cargo.toml", "Cargo.lock", "build.rs", ".cargo", "rust-toolchain.toml", "rust-toolchain", "target"];

/// The sources of one submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The text of each file, by its path below the submission's folder, such as `src/lib.rs`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What was left out although it could have been meant to count.
    pub dropped: Vec<String>,
}

/// Why a folder is not a submission.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// There is no such folder.
    #[error("there is no folder `{}`", path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// There is a folder, and no library in it.
    #[error("`{}` has no `src/lib.rs`", path.display())]
    NoLibrary {
        /// The folder.
        path: PathBuf,
    },
    /// Something under `src` is neither a file nor a folder.
    #[error("`{}` is neither a plain file nor a folder", path.display())]
    Special {
        /// The thing.
        path: PathBuf,
    },
    /// A name under `src` cannot be a module's.
    #[error("`{}` has a name that no module can have", path.display())]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// There is too much.
    #[error("`{}` holds more than {LARGEST} bytes, {MOST_FILES} files or {DEEPEST} levels of folders", path.display())]
    TooLarge {
        /// The folder.
        path: PathBuf,
    },
    /// Something cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl IntakeError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing { .. } | Self::NoLibrary { .. } => {
                "give the folder that holds `src/lib.rs` with --path, or run `grader` from inside it"
            }
            Self::Special { .. } | Self::Name { .. } => "keep only plain `.rs` files under `src`",
            Self::TooLarge { .. } => "keep only the exercise's own source files under `src`",
            Self::Read { .. } => "check that the file can be read",
        }
    }
}

impl Submission {
    /// Takes the sources of a folder.
    ///
    /// # Errors
    /// [`IntakeError`]: the folder is no submission.
    pub fn read(folder: &Path) -> Result<Self, IntakeError> {
        if !folder.is_dir() {
            return Err(IntakeError::Missing { path: folder.to_owned() });
        }
        let mut intake = Intake { folder, files: BTreeMap::new(), dropped: Vec::new(), bytes: 0 };
        if is_plain_folder(&folder.join("src")) {
            intake.take_folder("src", 0)?;
        }
        let Intake { files, mut dropped, .. } = intake;
        if !files.contains_key("src/lib.rs") {
            return Err(IntakeError::NoLibrary { path: folder.to_owned() });
        }
        dropped.extend(OURS.into_iter().filter(|name| folder.join(name).symlink_metadata().is_ok()).map(str::to_owned));
        dropped.sort();
        Ok(Self { files, dropped })
    }

    /// A digest of every path and every byte, in hexadecimal.
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (path, bytes) in &self.files {
            for part in [path.as_bytes(), bytes] {
                hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Writes the files below `folder`.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        for (path, bytes) in &self.files {
            let path = folder.join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, bytes)?;
        }
        Ok(())
    }
}

struct Intake<'folder> {
    folder: &'folder Path,
    files: BTreeMap<String, Vec<u8>>,
    dropped: Vec<String>,
    bytes: u64,
}

impl Intake<'_> {
    /// Takes what is in `below`, a path with slashes from the submission's folder.
    fn take_folder(&mut self, below: &str, depth: usize) -> Result<(), IntakeError> {
        let path = self.folder.join(below);
        if depth > DEEPEST {
            return Err(self.too_large());
        }
        let unreadable = |source| IntakeError::Read { path: path.clone(), source };
        for entry in fs::read_dir(&path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let kind = entry.file_type().map_err(unreadable)?;
            let name = entry.file_name();
            let name = name
                .to_str()
                .filter(|name| !name.chars().any(char::is_control))
                .ok_or_else(|| IntakeError::Name { path: entry.path() })?;
            let below = format!("{below}/{name}");
            if kind.is_dir() {
                self.take_folder(&below, depth + 1)?;
            } else if !kind.is_file() {
                return Err(IntakeError::Special { path: entry.path() });
            } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
                self.take_file(below)?;
            } else {
                self.dropped.push(below);
            }
        }
        Ok(())
    }

    fn take_file(&mut self, below: String) -> Result<(), IntakeError> {
        let path = self.folder.join(&below);
        let unreadable = |source| IntakeError::Read { path: path.clone(), source };
        self.bytes += fs::metadata(&path).map_err(unreadable)?.len();
        if self.bytes > LARGEST || self.files.len() == MOST_FILES {
            return Err(self.too_large());
        }
        let bytes = fs::read(&path).map_err(unreadable)?;
        self.files.insert(below, bytes);
        Ok(())
    }

    fn too_large(&self) -> IntakeError {
        IntakeError::TooLarge { path: self.folder.join("src") }
    }
}

/// Whether this is a folder itself, not a link to one.
fn is_plain_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
}
