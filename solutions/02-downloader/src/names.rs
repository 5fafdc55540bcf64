//! Which names may be used: those of jobs, and those of files that are not whole yet.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;

use crate::{DownloadError, Job};

/// The names of all jobs.
pub(crate) struct Names<'a> {
    uses: HashMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    pub(crate) fn of(jobs: &'a [Job]) -> Self {
        let mut uses = HashMap::new();
        for job in jobs {
            *uses.entry(job.file_name.as_str()).or_insert(0) += 1;
        }
        Self { uses }
    }

    /// Whether a job may be begun.
    pub(crate) fn check(&self, job: &Job) -> Result<(), DownloadError> {
        let name = &job.file_name;
        // The last part of a path is the whole of it only for a plain name: not for `..`, `a/b` or `a/`.
        if Path::new(name).file_name() != Some(OsStr::new(name)) {
            return Err(DownloadError::BadName(name.clone()));
        }
        if self.uses.get(name.as_str()).is_some_and(|uses| *uses > 1) {
            return Err(DownloadError::SameName(name.clone()));
        }
        Ok(())
    }

    /// Names for a file that is not whole yet, none of which is a job's.
    pub(crate) fn others(&self) -> impl Iterator<Item = String> {
        (0_u64..).map(|number| format!(".{number}.part")).filter(|name| !self.uses.contains_key(name.as_str()))
    }
}
