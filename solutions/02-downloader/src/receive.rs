//! One request, from its opening to the file.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::names::Names;
use crate::partial::Partial;
use crate::{DownloadError, Fetch, Job, Progress, Response};

/// How much is read at once, in bytes.
const PIECE: usize = 64 << 10;

/// What every request needs.
pub(crate) struct Receiver<'a, F> {
    pub(crate) fetch: &'a F,
    pub(crate) folder: &'a Path,
    pub(crate) names: &'a Names<'a>,
}

/// Reports how far one job has come, and never that it has gone back.
pub(crate) struct Reporter<'a> {
    job: usize,
    progress: &'a dyn Fn(Progress),
    /// The most that was reported.
    most: u64,
}

impl<'a> Reporter<'a> {
    pub(crate) fn new(job: usize, progress: &'a dyn Fn(Progress)) -> Self {
        Self { job, progress, most: 0 }
    }

    pub(crate) fn begin(&self) {
        (self.progress)(Progress { job: self.job, received: 0, length: None });
    }

    fn advance(&mut self, received: u64, length: Option<u64>) {
        if received > self.most {
            self.most = received;
            (self.progress)(Progress { job: self.job, received, length });
        }
    }
}

impl<F: Fetch> Receiver<'_, F> {
    /// Makes one request. Returns where the file is and how long, when it is whole.
    pub(crate) fn receive(&self, job: &Job, reporter: &mut Reporter<'_>) -> Result<(PathBuf, u64), DownloadError> {
        let Response { status, length, mut body } = self.fetch.open(&job.url)?;
        if !(200..300).contains(&status) {
            return Err(DownloadError::Status(status));
        }
        let mut partial = Partial::create(self.folder, self.names.others()).map_err(DownloadError::File)?;
        let mut piece = vec![0; PIECE];
        let mut received = 0;
        loop {
            let count = match body.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(DownloadError::Body(error)),
            };
            partial.write(&piece[..count]).map_err(DownloadError::File)?;
            received += count as u64;
            reporter.advance(received, length);
        }
        if let Some(length) = length.filter(|length| received < *length) {
            return Err(DownloadError::Short { received, length });
        }
        let path = self.folder.join(&job.file_name);
        partial.keep(&path).map_err(DownloadError::File)?;
        Ok((path, received))
    }
}
