//! The course inside the program: exercises, solutions, fixtures and the harness.
//!
//! It is unpacked once into the cache folder, under the digest of its content, so that two versions of the grader never
//! share a file.

use std::env;
use std::fs;
use std::io;
use std::path::{self, Path, PathBuf};

/// The archive that the build script packed.
const ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/course.tar"));

/// The digest of the archive, in hexadecimal.
pub const DIGEST: &str = env!("COURSE_DIGEST");

/// The digest of what is compiled before any submission, in hexadecimal: courses that differ in a fixture or a hint share
/// it.
pub const HARNESS_DIGEST: &str = env!("HARNESS_DIGEST");

/// The unpacked course.
#[derive(Clone, Debug)]
pub struct Course {
    cache: PathBuf,
    root: PathBuf,
}

/// Why the course cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CourseError {
    /// Nothing says where the user's files are.
    #[error("neither GRADER_CACHE, XDG_CACHE_HOME nor HOME is set")]
    Homeless,
    /// The cache folder cannot be written.
    #[error("cannot write the cache folder `{}`", folder.display())]
    Cache {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl CourseError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        "set GRADER_CACHE to a folder with about 300 MB of free space"
    }
}

impl Course {
    /// Unpacks the course, unless an earlier run has.
    ///
    /// # Errors
    /// [`CourseError::Cache`] if there is no room, or no right to write.
    pub fn open() -> Result<Self, CourseError> {
        let cache = cache_folder().ok_or(CourseError::Homeless)?;
        // The compiler runs in another folder than the grader.
        let cache = path::absolute(&cache).map_err(|source| CourseError::Cache { folder: cache, source })?;
        let root = cache.join(format!("course-{}", &DIGEST[..16]));
        if !root.is_dir() {
            unpack(&cache, &root).map_err(|source| CourseError::Cache { folder: cache.clone(), source })?;
        }
        Ok(Self { cache, root })
    }

    /// Its root: a cargo workspace of the exercises and the harness.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder `name` of the cache, made if need be. What belongs to one version of the course only is kept under
    /// its digest.
    ///
    /// # Errors
    /// [`CourseError::Cache`] if the folder cannot be made.
    pub fn store(&self, name: &str) -> Result<PathBuf, CourseError> {
        let folder = self.cache.join(name);
        fs::create_dir_all(&folder).map_err(|source| CourseError::Cache { folder: folder.clone(), source })?;
        Ok(folder)
    }
}

/// `GRADER_CACHE`, or a folder of ours in the user's cache folder.
fn cache_folder() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("GRADER_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|folder| folder.join("concurrency-grader")))
        .or_else(|| set("HOME").map(|folder| folder.join(".cache/concurrency-grader")))
}

/// Unpacks beside the final place and renames, so that nobody ever sees half a course.
fn unpack(cache: &Path, root: &Path) -> io::Result<()> {
    fs::create_dir_all(cache)?;
    let fresh = tempfile::Builder::new().prefix("unpacking-").tempdir_in(cache)?;
    tar::Archive::new(ARCHIVE).unpack(fresh.path())?;
    match fs::rename(fresh.path(), root) {
        Ok(()) => {
            // The folder is no longer where its guard would delete it.
            let _ = fresh.keep();
            Ok(())
        }
        // Another grader was faster.
        Err(_) if root.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}
