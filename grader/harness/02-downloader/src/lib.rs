//! The rounds of exercise 2: fetchers that are watched, a folder that is looked at, and a progress callback.
//!
//! Compiled ahead of any submission, so everything here goes through [`Subject`], which the driver program implements
//! for the submission it is linked with.

mod disk;
mod double;
mod folder;
mod scene;
mod through;
mod world;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use driver::Rounds;
use protocol::downloader::{Answerer, Observation, Order, Outcome};
use remote::{Fetch, Http, Url};

use crate::disk::FullDisk;
use crate::double::Double;
use crate::scene::Scene;
use crate::through::Through;
use crate::world::{Interleaved, Stressed, World};

/// What the rounds need of a submission.
pub trait Subject: Sync {
    /// Calls `download_all`.
    fn download_all(&self, call: &Call<'_>) -> Vec<Outcome>;
}

/// The arguments of one call.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Who opens files.
    pub fetch: &'a dyn Fetch,
    /// The jobs: where each file is, and what it is called.
    pub jobs: &'a [(Url, String)],
    /// Where the files go.
    pub folder: &'a Path,
    /// How many requests may be under way.
    pub workers: usize,
    /// How many requests there may be for one job.
    pub attempts: u32,
    /// The pause before the second of them.
    pub back_off: Duration,
    /// Who is told how far a job has come.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The job's place.
    pub job: usize,
    /// How many bytes have come.
    pub received: u64,
    /// How many there will be.
    pub length: Option<u64>,
}

/// Serves the grader with rounds on `subject`.
pub fn drive(subject: &dyn Subject) -> ExitCode {
    driver::serve(&DownloaderRounds { subject })
}

struct DownloaderRounds<'a> {
    subject: &'a dyn Subject,
}

impl Rounds for DownloaderRounds<'_> {
    type Order = Order;
    type Observation = Observation;

    fn perform(&self, order: &Order) -> Observation {
        let patience = Duration::from_millis(order.site.patience_ms);
        download(self.subject, order, Box::new(Stressed::new(patience)))
    }

    fn model(&self, order: &Order) -> Observation {
        let held = order.site.pages.values().flat_map(|page| &page.replies).any(|reply| reply.hold != site::Hold::No);
        download(self.subject, order, Box::new(Interleaved::new(held)))
    }
}

/// Runs one round.
///
/// # Panics
/// If the order is none of the grader's.
fn download(subject: &dyn Subject, order: &Order, world: Box<dyn World>) -> Observation {
    let scene = Arc::new(Scene::open(order, world));
    let origin = match order.answerer {
        Answerer::Memory => "http://site.test",
        Answerer::Server => driver::origin(),
    };
    let address = |path: &str| Url::parse(&format!("{origin}{path}")).expect("the grader's paths are paths");
    let jobs: Vec<(Url, String)> = order.jobs.iter().map(|job| (address(&job.path), job.file_name.clone())).collect();
    let fetch: Box<dyn Fetch> = match order.answerer {
        Answerer::Memory => Box::new(Double(Arc::clone(&scene))),
        Answerer::Server => {
            Box::new(Through::new(Arc::clone(&scene), Http::new(Duration::from_millis(order.patience_ms))))
        }
    };
    let full = order.disk_full_after.map(|bytes| FullDisk::after(bytes).expect("a process may limit its own files"));
    let outcomes = subject.download_all(&Call {
        fetch: &*fetch,
        jobs: &jobs,
        folder: scene.folder(),
        workers: order.workers,
        attempts: order.attempts,
        back_off: Duration::from_millis(order.back_off_ms),
        progress: &|progress| scene.report(progress),
    });
    drop(full);
    scene.close(outcomes)
}
