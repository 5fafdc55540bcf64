//! One round: what was ordered, where it takes place, and what is seen of it.

use std::mem;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::downloader::{Notes, ON_PURPOSE, Observation, Order, Outcome, Panics, Reports, Requests, Times};
use remote::Url;
use site::{Hold, Recorder};

use crate::Progress;
use crate::folder::Folder;
use crate::world::World;

/// A round under way.
pub(crate) struct Scene {
    pub(crate) order: Order,
    pub(crate) world: Box<dyn World>,
    folder: Folder,
    /// Not the model's: it is never held while threads are switched.
    seen: Mutex<Seen>,
}

/// What has been seen.
#[derive(Default)]
struct Seen {
    recorder: Recorder,
    early: Option<String>,
    reports: Vec<Reports>,
    /// How many requests of each job there were, and how many before its last report.
    requests: Vec<(usize, usize)>,
    /// What the server says of each job's length.
    lengths: Vec<Option<u64>>,
    times: Vec<Times>,
}

/// One request, as a scene knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    /// Its place among all requests.
    pub(crate) place: usize,
    /// Its number among those of its path.
    pub(crate) number: usize,
}

impl Scene {
    /// Prepares a round.
    ///
    /// # Panics
    /// If there is no scratch space.
    pub(crate) fn open(order: &Order, world: Box<dyn World>) -> Self {
        let folder = Folder::open(&order.present).expect("there is scratch space for a folder");
        let jobs = order.jobs.len();
        let (reports, requests, lengths) = (vec![Reports::default(); jobs], vec![(0, 0); jobs], vec![None; jobs]);
        let seen = Seen { reports, requests, lengths, ..Seen::default() };
        Self { order: order.clone(), world, folder, seen: Mutex::new(seen) }
    }

    /// Where the files go.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The job whose file is at an address; `None` for an address that nobody was asked to request.
    pub(crate) fn job(&self, url: &Url) -> Option<usize> {
        self.order.jobs.iter().position(|job| job.path == path_of(url))
    }

    /// A job's request begins.
    pub(crate) fn announced(&self, job: Option<usize>) {
        if let Some(job) = job {
            let mut seen = self.seen();
            seen.requests[job].0 += 1;
            let reports = &mut seen.reports[job];
            reports.unannounced |= reports.first.is_none();
        }
    }

    /// What the server says of the length of a job's file.
    pub(crate) fn promised(&self, job: Option<usize>, length: Option<u64>) {
        if let Some(job) = job {
            self.seen().lengths[job] = length;
        }
    }

    /// More is asked for of a job's body, of which `given` bytes have come and which has not ended.
    pub(crate) fn look(&self, job: Option<usize>, given: u64) {
        let Some(job) = job else { return };
        let name = &self.order.jobs[job].file_name;
        let early = self.folder.has_new(name, self.order.present.get(name));
        let mut seen = self.seen();
        if early {
            seen.early.get_or_insert_with(|| name.clone());
        }
        let reports = &mut seen.reports[job];
        reports.unreported = reports.unreported.max(given.saturating_sub(reports.last.unwrap_or(0)));
    }

    /// The progress callback.
    ///
    /// # Panics
    /// If the round asks it to.
    pub(crate) fn report(&self, progress: Progress) {
        let Progress { job, received, length } = progress;
        let mut seen = self.seen();
        let promised = seen.lengths.get(job).copied().flatten();
        let is_tried_again = seen.requests.get_mut(job).is_some_and(|(all, before)| mem::replace(before, *all) < *all);
        if let Some(reports) = seen.reports.get_mut(job) {
            reports.first.get_or_insert(received);
            if let Some(last) = reports.last.filter(|last| *last > received) {
                reports.went_back.get_or_insert((last, received));
            }
            if received > 0 && is_tried_again && reports.last == Some(received) {
                reports.no_farther.get_or_insert(received);
            }
            reports.last = Some(received);
            if received > 0 && length != promised {
                reports.wrong_length.get_or_insert(length);
            }
        }
        drop(seen);
        let panics = self.order.panics.iter().any(|panics| {
            matches!(panics, Panics::Progress { job: place, received: least } if *place == job && received >= *least)
        });
        assert!(!panics, "{ON_PURPOSE}");
    }

    /// A request to the fetcher in memory begins.
    pub(crate) fn begin(&self, path: &str) -> Request {
        let (place, number) = self.seen().recorder.begin(path);
        if self.order.notes == Notes::Times {
            let began = micros(self.world.now());
            self.seen().times.push(Times { path: path.to_owned(), number, began, ended: None });
        }
        self.world.tell();
        Request { place, number }
    }

    /// Waits until what a request is held for has happened.
    pub(crate) fn hold(&self, request: Request, hold: Hold) {
        let happened = || {
            let seen = self.seen();
            // When one has waited in vain, there is no use in waiting for others.
            match hold {
                _ if seen.recorder.log().gave_up().is_some() => true,
                Hold::No => true,
                Hold::InFlight(count) => seen.recorder.most_in_flight() >= count,
                Hold::Answered(count) => seen.recorder.answered() >= count,
            }
        };
        if !self.world.wait(&happened) {
            self.seen().recorder.give_up(request.place);
        }
    }

    /// It is known how a request ended, and nothing more comes of it.
    pub(crate) fn answered(&self, request: Request) {
        self.settled(request);
        self.gone(request);
    }

    /// It is known how a request ended.
    pub(crate) fn settled(&self, request: Request) {
        if self.order.notes == Notes::Times {
            let now = micros(self.world.now());
            let mut seen = self.seen();
            let path = seen.recorder.log().entries[request.place].path.clone();
            let mine = seen.times.iter_mut().find(|times| times.path == path && times.number == request.number);
            if let Some(times) = mine {
                times.ended.get_or_insert(now);
            }
        }
    }

    /// A request is no longer under way.
    pub(crate) fn gone(&self, request: Request) {
        let mut seen = self.seen();
        let before = seen.recorder.answered();
        seen.recorder.end(request.place);
        let news = seen.recorder.answered() > before;
        drop(seen);
        if news {
            self.world.tell();
        }
    }

    /// Drops what is in the files that are being written.
    pub(crate) fn drop_content(&self) {
        self.folder.drop_content();
    }

    /// Everything seen, with what the call returned.
    ///
    /// # Panics
    /// If the folder cannot be read.
    pub(crate) fn close(&self, outcomes: Vec<Outcome>) -> Observation {
        let mut seen = self.seen();
        seen.times.sort_by(|one, other| (&one.path, one.number).cmp(&(&other.path, other.number)));
        Observation {
            outcomes,
            requests: Some(Requests::from(seen.recorder.log())),
            folder: self.folder.listing(self.order.notes).expect("the folder can be read"),
            beside: self.folder.beside().expect("the folder's place can be read"),
            early: seen.early.clone(),
            reports: seen.reports.clone(),
            times: seen.times.clone(),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a server sees of an address.
pub(crate) fn path_of(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
