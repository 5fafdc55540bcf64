//! Crawls under the model's scheduler: the same site, answered in every order.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model_std::sync::atomic::{AtomicBool, Ordering};
use model_std::sync::{Condvar, Mutex as ModelMutex, PoisonError as Poison};
use model_std::thread;
use protocol::crawler::{Crawl, Crawled, GATHERING, Reply};
use web::{Fetch, FetchError, Page, Url};

use crate::memory::{Log, answer, requested};
use crate::{Subject, parsed};

/// Runs one interleaving of a crawl.
pub(crate) fn run(subject: &dyn Subject, crawl: &Crawl) -> Crawled {
    let memory = Memory {
        crawl,
        log: Mutex::new(Log::new(&crawl.options)),
        on_the_way: AtomicBool::new(false),
        gate: ModelMutex::new(()),
        gathered: Condvar::new(),
    };
    driver::name(&memory.gathered, GATHERING);
    let map = subject.crawl(&memory, &parsed(&crawl.seed), &crawl.options);
    memory.log.into_inner().unwrap_or_else(PoisonError::into_inner).with_map(map)
}

struct Memory<'a> {
    crawl: &'a Crawl,
    /// Not the model's: it is never held while threads are switched.
    log: Mutex<Log>,
    /// The model's: a point at which others can go on while a page is on its way.
    on_the_way: AtomicBool,
    gate: ModelMutex<()>,
    gathered: Condvar,
}

impl Fetch for Memory<'_> {
    fn fetch(&self, url: &Url) -> Result<Page, FetchError> {
        let address = requested(url);
        driver::call(format!("fetch({address})"), || {
            let reply = self.crawl.site.get(&address);
            self.log().begin(url, &address, reply);
            // Or the page would be on its way for no time at all in a thread that was started for it alone.
            driver::acted();
            match reply.filter(|reply| reply.gathering.is_some()) {
                Some(reply) => self.gather(reply),
                None => {
                    self.on_the_way.load(Ordering::SeqCst);
                }
            }
            if let Some(reply) = reply.filter(|reply| reply.latency_ms > 0) {
                thread::sleep(Duration::from_millis(reply.latency_ms));
            }
            self.log().end(&address);
            Fetched(answer(reply))
        })
        .0
    }
}

impl Memory<'_> {
    /// Waits for ever, if need be: the scheduler knows when nobody can come any more.
    fn gather(&self, reply: &Reply) {
        let mut gate = self.gate.lock().unwrap_or_else(Poison::into_inner);
        while !self.log().is_gathered(reply) {
            gate = self.gathered.wait(gate).unwrap_or_else(Poison::into_inner);
        }
        drop(gate);
        self.gathered.notify_all();
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A result in the words of a story.
struct Fetched(Result<Page, FetchError>);

impl std::fmt::Display for Fetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Ok(page) => write!(f, "status {}", page.status),
            Err(error) => write!(f, "{error}"),
        }
    }
}
