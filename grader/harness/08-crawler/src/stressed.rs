//! Crawls with real threads.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use protocol::crawler::{Crawl, Crawled, Reply};
use web::{Fetch, FetchError, Page, Url};

use crate::memory::{Log, answer, requested};
use crate::{Subject, parsed};

/// How long a fetch looks on before it asks again whether anybody comes.
const LOOK: Duration = Duration::from_millis(50);
/// How many such looks in a row, during which no fetch began or ended, it takes until it gives up. A look that took much
/// longer does not count: the machine was busy, and whoever is to come may have been held up like the look.
const LOOKS: u32 = 20;
/// The most looks of any length during which nothing happened.
const MOST_LOOKS: u32 = 3 * LOOKS;

/// Runs one crawl.
pub(crate) fn run(subject: &dyn Subject, crawl: &Crawl) -> Crawled {
    let memory = Memory { crawl, log: Mutex::new(Log::new(&crawl.options)), changed: Condvar::new() };
    let map = subject.crawl(&memory, &parsed(&crawl.seed), &crawl.options);
    memory.log.into_inner().unwrap_or_else(PoisonError::into_inner).with_map(map)
}

struct Memory<'a> {
    crawl: &'a Crawl,
    log: Mutex<Log>,
    changed: Condvar,
}

impl Fetch for Memory<'_> {
    fn fetch(&self, url: &Url) -> Result<Page, FetchError> {
        let address = requested(url);
        let reply = self.crawl.site.get(&address);
        self.lock().begin(url, &address, reply);
        self.changed.notify_all();
        if let Some(reply) = reply {
            self.hold(&address, reply);
            thread::sleep(Duration::from_millis(reply.latency_ms));
        }
        self.lock().end(&address);
        self.changed.notify_all();
        answer(reply)
    }
}

impl Memory<'_> {
    /// Waits for the fetches that have to be under way, and for the answers that have to come first.
    fn hold(&self, address: &str, reply: &Reply) {
        let mut log = self.lock();
        let (mut looks, mut counted) = (0, 0);
        while counted < LOOKS && looks < MOST_LOOKS {
            if log.gave_up() || (log.is_gathered(reply) && log.is_due(reply)) {
                return;
            }
            #[expect(clippy::disallowed_methods, reason = "only how patient a fetch is hangs on it")]
            let now = Instant::now;
            let began = now();
            let (guard, waited) = self.changed.wait_timeout(log, LOOK).unwrap_or_else(PoisonError::into_inner);
            log = guard;
            if !waited.timed_out() {
                (looks, counted) = (0, 0);
                continue;
            }
            looks += 1;
            if began.elapsed() < 2 * LOOK {
                counted += 1;
            }
        }
        log.give_up(address);
        drop(log);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
