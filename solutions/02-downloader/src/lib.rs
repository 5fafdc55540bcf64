//! Exercise 2: a file downloader.
//!
//! The workers share one number: the place of the next job. Each takes jobs until there are none left, and downloads one
//! after the other, with pauses that only it sleeps through. Nothing else is shared, and no lock is held while anything
//! takes time.

mod names;
mod partial;
mod receive;

use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use names::Names;
use receive::{Receiver, Reporter};
pub use remote::{Fetch, FetchError, Http, Response, Url};

/// One file to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Where it is.
    pub url: Url,
    /// What it is called in the folder.
    pub file_name: String,
}

/// How a downloader works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many requests may be under way at the same time; at least 1.
    pub workers: usize,
    /// How many requests there may be for one job; at least 1.
    pub attempts: u32,
    /// The pause before the second request for a job. Before the third it is twice as long, before the fourth four times,
    /// and so on.
    pub back_off: Duration,
}

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The job, as its place in the list.
    pub job: usize,
    /// How many bytes of its file have come.
    pub received: u64,
    /// How many there will be, as far as the server has said so.
    pub length: Option<u64>,
}

/// A file that is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downloaded {
    /// Where: the folder, joined with the file's name.
    pub path: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// How many requests it took.
    pub attempts: u32,
}

/// Why a file is not here. What came of the last request, if there were several.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The file name is empty, or means something else than a file in the folder itself. Nothing was requested.
    #[error("`{0}` is no name for a file in the folder")]
    BadName(String),
    /// Another job has the same file name. Nothing was requested, for either of them.
    #[error("several jobs have the file name `{0}`")]
    SameName(String),
    /// The server answered, with a status that is not from 200 to 299.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// No answer began.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The body ended before its length.
    #[error("only {received} of {length} bytes came")]
    Short {
        /// How many bytes came.
        received: u64,
        /// How many the server had announced.
        length: u64,
    },
    /// The body could not be read to its end.
    #[error("the body broke off")]
    Body(#[source] io::Error),
    /// The file could not be written, or not be put in its place.
    #[error("the file cannot be written")]
    File(#[source] io::Error),
    /// The fetcher, the body or the progress callback panicked.
    #[error("something panicked on the way")]
    Panicked,
}

/// Downloads every job's file to `folder`, which exists, and returns when every thread that it started has ended.
///
/// **The result** has one entry for each job, in the order of the jobs.
///
/// **How many at a time.** Never more than `workers` requests are under way, and never fewer if there is a job that has
/// not begun. A request is under way from the call of [`Fetch::open`] until its body has been read to its end or dropped.
///
/// **What is tried again.** A status from 500 to 599, [`FetchError::Timeout`] and [`FetchError::Connection`], a body that
/// ends before its length, and a body whose reading fails: until the job has had `attempts` requests. Nothing else is. The
/// pause before the next request begins when the last one has failed; it keeps nobody else from working.
///
/// **Names.** A job whose name is not that of a file in the folder itself, and all jobs that have one name, come to an
/// error; none of them is ever requested. The other jobs are downloaded.
///
/// **Files.** Under its final name, a file is there when it is whole, and not before; one that was there already is
/// replaced in one step. Write to a file of another name in the same folder, which is no job's, and rename it. A job that
/// fails leaves nothing behind, and changes nothing.
///
/// **Memory.** A body may be larger than memory.
///
/// **Progress.** Each job that is requested is reported first with 0 bytes, before its first request. Further reports say
/// how far it has come, one at least for every 256 KiB, before more is read; the last one has the length of the file. No
/// report of a job has fewer bytes than the one before: what is tried again is reported only when it gets farther than
/// before. Reports of different jobs may come at the same time.
///
/// **Failures** stay where they are. Whatever happens to one job, a panic of `fetch`, of a body or of `progress` included,
/// the others are downloaded. A job that panicked is not tried again.
pub fn download_all<F: Fetch>(
    fetch: &F,
    jobs: &[Job],
    folder: &Path,
    options: &Options,
    progress: impl Fn(Progress) + Sync,
) -> Vec<Result<Downloaded, DownloadError>> {
    let names = Names::of(jobs);
    let receiver = Receiver { fetch, folder, names: &names };
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(place) else { return done };
            let download = || {
                let mut reporter = Reporter::new(place, &progress);
                names.check(job).and_then(|()| download(&receiver, job, options, &mut reporter))
            };
            // Whatever happens in there, it has happened to this job alone.
            let result = panic::catch_unwind(AssertUnwindSafe(download)).unwrap_or(Err(DownloadError::Panicked));
            done.push((place, result));
        }
    };
    let mut results: Vec<_> = jobs.iter().map(|_| Err(DownloadError::Panicked)).collect();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..options.workers.min(jobs.len())).map(|_| scope.spawn(work)).collect();
        // A worker does not panic: it catches what its jobs do.
        for (place, result) in workers.into_iter().filter_map(|worker| worker.join().ok()).flatten() {
            results[place] = result;
        }
    });
    results
}

/// One job: as many requests as it takes and as it may have.
fn download<F: Fetch>(
    receiver: &Receiver<'_, F>,
    job: &Job,
    options: &Options,
    reporter: &mut Reporter<'_>,
) -> Result<Downloaded, DownloadError> {
    reporter.begin();
    let mut pause = options.back_off;
    let mut attempts = 1;
    loop {
        match receiver.receive(job, reporter) {
            Ok((path, bytes)) => return Ok(Downloaded { path, bytes, attempts }),
            Err(error) if attempts < options.attempts && is_temporary(&error) => {
                thread::sleep(pause);
                pause = pause.saturating_mul(2);
                attempts += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Whether the next request may have more luck.
fn is_temporary(error: &DownloadError) -> bool {
    match error {
        DownloadError::Status(status) => (500..600).contains(status),
        DownloadError::Fetch(error) => *error != FetchError::Redirects,
        DownloadError::Short { .. } | DownloadError::Body(_) => true,
        DownloadError::BadName(_) | DownloadError::SameName(_) | DownloadError::File(_) | DownloadError::Panicked => {
            false
        }
    }
}
