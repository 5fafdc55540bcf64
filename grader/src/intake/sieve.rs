//! What of a submission is taken: the rules that folders and archives have in common.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{DEEPEST, IntakeError, LARGEST, LONGEST_NAME, MOST_FILES, Submission};

/// Collects the sources of one submission.
pub(super) struct Sieve<'path> {
    /// The folder or archive, for what is said of it.
    path: &'path Path,
    files: BTreeMap<String, Vec<u8>>,
    /// The paths without capitals, as the submission has them.
    folded: BTreeMap<String, String>,
    dropped: Vec<String>,
    bytes: u64,
}

impl<'path> Sieve<'path> {
    pub(super) fn new(path: &'path Path) -> Self {
        Self { path, files: BTreeMap::new(), folded: BTreeMap::new(), dropped: Vec::new(), bytes: 0 }
    }

    /// Takes the file at `below`, a path with slashes from the submission's folder such as `src/lib.rs`, if it is a
    /// source file; else it is dropped, and told.
    pub(super) fn offer(
        &mut self,
        below: String,
        open: impl FnOnce() -> io::Result<Box<dyn Read>>,
    ) -> Result<(), IntakeError> {
        if !is_source(&below) {
            self.drop_told(below);
            return Ok(());
        }
        if below.split('/').count() > DEEPEST + 2 || self.files.len() == MOST_FILES {
            return Err(self.too_large());
        }
        let unreadable = |source| IntakeError::Read { path: self.path.join(&below), source };
        let mut bytes = Vec::new();
        // One more than may be: whoever has it is too large, whatever was said of the length.
        let most = LARGEST - self.bytes + 1;
        open().map_err(unreadable)?.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
        self.bytes += bytes.len() as u64;
        if self.bytes > LARGEST {
            return Err(self.too_large());
        }
        if let Some(first) = self.folded.insert(below.to_lowercase(), below.clone()) {
            return Err(IntakeError::Collision { first, second: below });
        }
        self.files.insert(below, bytes);
        Ok(())
    }

    /// Leaves something out, and tells.
    pub(super) fn drop_told(&mut self, name: String) {
        // The list is for a person to read.
        if self.dropped.len() < 20 && !self.dropped.contains(&name) {
            self.dropped.push(name);
        }
    }

    pub(super) fn too_large(&self) -> IntakeError {
        IntakeError::TooLarge { path: self.path.to_owned() }
    }

    pub(super) fn finish(self) -> Result<Submission, IntakeError> {
        let Self { path, files, mut dropped, .. } = self;
        if !files.contains_key("src/lib.rs") {
            return Err(IntakeError::NoLibrary { path: path.to_owned() });
        }
        dropped.sort();
        Ok(Submission { files, dropped })
    }
}

/// Whether a path with slashes is that of a source file.
pub(super) fn is_source(below: &str) -> bool {
    below.starts_with("src/") && Path::new(below).extension().is_some_and(|extension| extension == "rs")
}

/// A part of a path that a module or a folder of modules can have as its name.
pub(super) fn checked_name<'name>(name: Option<&'name str>, path: &Path) -> Result<&'name str, IntakeError> {
    let is_plain = |name: &&str| name.len() <= LONGEST_NAME && !name.chars().any(char::is_control);
    name.filter(is_plain).ok_or_else(|| IntakeError::Name { path: PathBuf::from(path) })
}
