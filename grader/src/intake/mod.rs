//! From what a student hands in to a clean set of source files, or a refusal with the reason.
//!
//! A submission is a folder or an archive (`.zip`, `.tar`, `.tar.gz`), possibly wrapped in folders of other names. Only
//! `src/**/*.rs` is taken, into memory: nothing is ever unpacked to a disk. Everything else is dropped, and what could have
//! had an effect on a build is told.

mod archive;
mod folder;
mod sieve;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use archive::{looks_like_archive, without_ending};

/// The most that a submission's sources may be together, in bytes.
const LARGEST: u64 = 4 << 20;
/// The most files that a submission may have.
const MOST_FILES: usize = 500;
/// How deep folders may nest below `src`, and how deep a submission may be wrapped.
const DEEPEST: usize = 12;
/// The longest name of a file or folder, in bytes.
const LONGEST_NAME: usize = 128;
/// Files and folders of a package that the grader brings itself; a student's have no effect, which is told.
const OURS: [&str; 8] =
    ["Cargo.toml", "Cargo.lock", "build.rs", ".cargo", "rust-toolchain.toml", "rust-toolchain", "target", ".git"];

/// The sources of one submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The text of each file, by its path below the submission's folder, such as `src/lib.rs`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What was left out although it could have been meant to count.
    pub dropped: Vec<String>,
}

/// Why something is not a submission.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// There is no such folder or archive.
    #[error("there is no folder `{}`", path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// There is a folder, and no library in it.
    #[error("`{}` has no `src/lib.rs`", path.display())]
    NoLibrary {
        /// The folder or archive.
        path: PathBuf,
    },
    /// There are several, and none is the obvious one.
    #[error("`{}` has more than one `src/lib.rs`: in `{first}` and in `{second}`", path.display())]
    SeveralLibraries {
        /// The folder or archive.
        path: PathBuf,
        /// One place.
        first: String,
        /// Another.
        second: String,
    },
    /// Something is neither a file nor a folder.
    #[error("`{}` is neither a plain file nor a folder", path.display())]
    Special {
        /// The thing.
        path: PathBuf,
    },
    /// A name cannot be a module's.
    #[error("`{}` has a name that no module can have", path.display())]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// Two names are one where capitals do not count.
    #[error("`{first}` and `{second}` differ in capitals alone")]
    Collision {
        /// One path.
        first: String,
        /// The other.
        second: String,
    },
    /// A path leads out of the archive.
    #[error("the archive has a file `{name}`, which leads out of it")]
    Escapes {
        /// The path, as the archive has it.
        name: String,
    },
    /// There is too much.
    #[error("`{}` holds more than {LARGEST} bytes of sources, {MOST_FILES} files or {DEEPEST} levels of folders", path.display())]
    TooLarge {
        /// The folder or archive.
        path: PathBuf,
    },
    /// An archive says one length of a file and holds another.
    #[error("`{name}` in the archive is not as long as the archive says")]
    Length {
        /// The file.
        name: String,
    },
    /// An archive holds an archive and no library.
    #[error("the archive holds no `src/lib.rs`, only another archive, `{name}`")]
    Nested {
        /// The archive in it.
        name: String,
    },
    /// A file is no archive that can be read.
    #[error("`{}` is no archive that can be read", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
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
            Self::SeveralLibraries { .. } => "hand in one exercise only, or give the folder of this one with --path",
            Self::Special { .. } | Self::Name { .. } => "keep only plain `.rs` files under `src`",
            Self::Collision { .. } => "rename one of the two",
            Self::TooLarge { .. } => "keep only the exercise's own source files under `src`",
            Self::Nested { .. } => "unpack it, and hand in the folder that holds `src/lib.rs`",
            Self::Escapes { .. } | Self::Length { .. } | Self::Archive { .. } => {
                "pack the folder that holds `src/lib.rs` again, as .zip or .tar.gz"
            }
            Self::Read { .. } => "check that the file can be read",
        }
    }
}

impl Submission {
    /// Takes the sources of a folder or an archive. Wrapped in further folders, the submission is the folder called
    /// `wanted` (an exercise's, such as `03-counter`), or else the only one that holds a `src/lib.rs`.
    ///
    /// # Errors
    /// [`IntakeError`]: it is no submission.
    pub fn read(path: &Path, wanted: &str) -> Result<Self, IntakeError> {
        if path.is_dir() {
            return folder::read(path, wanted);
        }
        match path.metadata() {
            Ok(metadata) if metadata.is_file() => archive::read(path, wanted),
            Ok(_) => Err(IntakeError::Special { path: path.to_owned() }),
            Err(_) => Err(IntakeError::Missing { path: path.to_owned() }),
        }
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

/// Which of several folders with a library is meant, as paths with slashes; the empty one is the whole. The outermost
/// wins over those inside it; then the one called `wanted`; then the only one.
fn root_among(path: &Path, wanted: &str, mut roots: Vec<String>) -> Result<String, IntakeError> {
    roots.sort();
    if roots.first().is_some_and(String::is_empty) {
        return Ok(String::new());
    }
    let named = |root: &&String| root.rsplit('/').next() == Some(wanted);
    if let [named] = roots.iter().filter(named).collect::<Vec<_>>()[..] {
        return Ok(named.clone());
    }
    match &roots[..] {
        [] => Err(IntakeError::NoLibrary { path: path.to_owned() }),
        [only] => Ok(only.clone()),
        [first, second, ..] => {
            Err(IntakeError::SeveralLibraries { path: path.to_owned(), first: first.clone(), second: second.clone() })
        }
    }
}
