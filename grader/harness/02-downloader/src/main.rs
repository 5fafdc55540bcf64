//! The driver of exercise 2: the rounds, linked with one submission.

use std::path::Path;
use std::process::ExitCode;

use downloader::{DownloadError, Downloaded, Job, Options, download_all};
use downloader_driver::{Call, Subject, drive};
use protocol::downloader::Outcome;
use remote::{Fetch, FetchError, Response, Url};

fn main() -> ExitCode {
    drive(&Submission)
}

struct Submission;

impl Subject for Submission {
    fn download_all(&self, call: &Call<'_>) -> Vec<Outcome> {
        let Call { fetch, jobs, folder, workers, attempts, back_off, progress } = *call;
        let jobs: Vec<Job> = jobs.iter().map(|(url, name)| Job { url: url.clone(), file_name: name.clone() }).collect();
        let options = Options { workers, attempts, back_off };
        let results = download_all(&Through(fetch), &jobs, folder, &options, |report| {
            progress(downloader_driver::Progress { job: report.job, received: report.received, length: report.length });
        });
        results.into_iter().map(|result| on_the_wire(result, folder)).collect()
    }
}

struct Through<'a>(&'a dyn Fetch);

impl Fetch for Through<'_> {
    fn open(&self, url: &Url) -> Result<Response, FetchError> {
        self.0.open(url)
    }
}

fn on_the_wire(result: Result<Downloaded, DownloadError>, folder: &Path) -> Outcome {
    match result {
        Ok(Downloaded { path, bytes, attempts }) => {
            let path = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            Outcome::Downloaded { path, bytes, attempts }
        }
        Err(DownloadError::BadName(_)) => Outcome::BadName,
        Err(DownloadError::SameName(_)) => Outcome::SameName,
        Err(DownloadError::Status(status)) => Outcome::Status(status),
        Err(DownloadError::Fetch(FetchError::Timeout)) => Outcome::Timeout,
        Err(DownloadError::Fetch(FetchError::Connection)) => Outcome::Connection,
        Err(DownloadError::Fetch(FetchError::Redirects)) => Outcome::Redirects,
        Err(DownloadError::Short { received, length }) => Outcome::Short { received, length },
        Err(DownloadError::Body(_)) => Outcome::Body,
        Err(DownloadError::File(error)) => Outcome::File(error.kind().to_string()),
        Err(DownloadError::Panicked) => Outcome::Panicked,
    }
}
