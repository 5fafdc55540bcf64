//! Small rounds, written down as what each job's path answers.

use std::collections::BTreeMap;

use protocol::downloader::{Answerer, Job, Notes, Order, Panics, Present};
use site::{Body, Fault, Hold, Reply, Site};

/// How long the server holds a request until others come, in milliseconds: what has to come comes in a few.
const HELD_MS: u64 = 3_000;

/// No job yet; two workers, three requests for each job, and a fetcher in memory.
pub(super) fn order() -> Order {
    Order {
        site: Site { patience_ms: HELD_MS, ..Site::new() },
        answerer: Answerer::Memory,
        jobs: Vec::new(),
        workers: 2,
        attempts: 3,
        back_off_ms: 1,
        patience_ms: 1_000,
        present: BTreeMap::new(),
        panics: Vec::new(),
        disk_full_after: None,
        notes: Notes::Common,
    }
}

/// Jobs with a small file each.
pub(super) fn small(names: &[&str]) -> Order {
    names.iter().fold(order(), |order, name| order.file(name, vec![file(name)]))
}

/// How an order is put together.
pub(super) trait Sketch: Sized {
    /// The same with one more job: its path answers so, and its file is called like its path.
    fn file(self, name: &str, replies: Vec<Reply>) -> Self;
    /// The same with one more job, whose file has a name of its own.
    fn named(self, path: &str, file_name: &str, replies: Vec<Reply>) -> Self;
    /// The same, where every first request is held.
    fn held(self, hold: Hold) -> Self;
    /// The same with so many workers.
    fn workers(self, workers: usize) -> Self;
    /// The same with so many requests for a job, and so long a pause before the second.
    fn attempts(self, attempts: u32, back_off_ms: u64) -> Self;
    /// The same, where the grader's server answers.
    fn served(self) -> Self;
    /// The same, where something is in the folder before.
    fn present(self, name: &str, present: Present) -> Self;
    /// The same, where somebody panics.
    fn panics(self, panics: Panics) -> Self;
    /// The same, where something more is noted.
    fn notes(self, notes: Notes) -> Self;
}

impl Sketch for Order {
    fn file(self, name: &str, replies: Vec<Reply>) -> Self {
        self.named(&format!("/{name}"), name, replies)
    }

    fn named(mut self, path: &str, file_name: &str, replies: Vec<Reply>) -> Self {
        self.jobs.push(Job { path: path.to_owned(), file_name: file_name.to_owned() });
        self.site = self.site.with_replies(path, replies);
        self
    }

    fn held(mut self, hold: Hold) -> Self {
        for page in self.site.pages.values_mut() {
            if let Some(reply) = page.replies.first_mut() {
                reply.hold = hold;
            }
        }
        self
    }

    fn workers(self, workers: usize) -> Self {
        Self { workers, ..self }
    }

    fn attempts(self, attempts: u32, back_off_ms: u64) -> Self {
        Self { attempts, back_off_ms, ..self }
    }

    fn served(self) -> Self {
        // A machine that is busy with something else must not look like a server that is.
        Self { answerer: Answerer::Server, patience_ms: 20_000, ..self }
    }

    fn present(mut self, name: &str, present: Present) -> Self {
        self.present.insert(name.to_owned(), present);
        self
    }

    fn panics(mut self, panics: Panics) -> Self {
        self.panics.push(panics);
        self
    }

    fn notes(self, notes: Notes) -> Self {
        Self { notes, ..self }
    }
}

/// A small file that comes in two pieces.
pub(super) fn file(name: &str) -> Reply {
    let text = format!("{name:.<8}");
    let half = text.len() as u64 / 2 + 1;
    Reply::ok(Body::Text(text)).dripping(half, 0)
}

/// The same, where something goes wrong.
pub(super) fn faulty(name: &str, fault: Fault) -> Reply {
    file(name).but(fault)
}

/// The same bad answer as often as anybody may ask, and a farewell for whoever asks more often than that.
pub(super) fn always(reply: &Reply, attempts: u32) -> Vec<Reply> {
    let mut replies: Vec<Reply> = (0..attempts + 2).map(|_| reply.clone()).collect();
    replies.push(Reply::status(410));
    replies
}

/// Some bad answers, then a good one.
pub(super) fn at_last(bad: &[Reply], good: Reply) -> Vec<Reply> {
    bad.iter().cloned().chain([good]).collect()
}
