//! A submission in a folder.

use std::fs::{self, File};
use std::path::Path;

use super::sieve::{Sieve, checked_name};
use super::{DEEPEST, IntakeError, OURS, Submission, root_among};

/// How many folders are looked into for a wrapped submission.
const MOST_LOOKED_INTO: usize = 200;
/// How deep a submission in a folder may be wrapped.
const DEEPEST_WRAPPED: usize = 3;

/// Takes the sources of `path`, or of the submission that is wrapped in it.
pub(super) fn read(path: &Path, wanted: &str) -> Result<Submission, IntakeError> {
    let mut roots = Vec::new();
    find_roots(path, String::new(), &mut roots, &mut 0);
    let root = root_among(path, wanted, roots)?;
    let root = if root.is_empty() { path.to_owned() } else { path.join(root) };
    let mut sieve = Sieve::new(&root);
    take_folder(&root, "src", 0, &mut sieve)?;
    for name in OURS {
        if root.join(name).symlink_metadata().is_ok() {
            sieve.drop_told(name.to_owned());
        }
    }
    sieve.finish()
}

/// Finds the folders that hold a `src/lib.rs`, and none inside such a one. Links are not followed.
fn find_roots(folder: &Path, below: String, roots: &mut Vec<String>, looked_into: &mut usize) {
    *looked_into += 1;
    if is_plain_folder(&folder.join("src")) && folder.join("src/lib.rs").symlink_metadata().is_ok() {
        roots.push(below);
        return;
    }
    let depth = if below.is_empty() { 0 } else { below.split('/').count() };
    if depth == DEEPEST_WRAPPED {
        return;
    }
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok).filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !OURS.contains(name)) else { continue };
        if *looked_into >= MOST_LOOKED_INTO {
            return;
        }
        let inside = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        find_roots(&entry.path(), inside, roots, looked_into);
    }
}

/// Takes what is in `below`, a path with slashes from the submission's folder.
fn take_folder(root: &Path, below: &str, depth: usize, sieve: &mut Sieve<'_>) -> Result<(), IntakeError> {
    let path = root.join(below);
    if depth > DEEPEST {
        return Err(sieve.too_large());
    }
    let unreadable = |source| IntakeError::Read { path: path.clone(), source };
    for entry in fs::read_dir(&path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        let name = entry.file_name();
        let below = format!("{below}/{}", checked_name(name.to_str(), &entry.path())?);
        if kind.is_dir() {
            take_folder(root, &below, depth + 1, sieve)?;
        } else if kind.is_file() {
            sieve.offer(below, || Ok(Box::new(File::open(entry.path())?)))?;
        } else {
            return Err(IntakeError::Special { path: entry.path() });
        }
    }
    Ok(())
}

/// Whether this is a folder itself, not a link to one.
fn is_plain_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
}
