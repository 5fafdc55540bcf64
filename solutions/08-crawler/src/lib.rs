//! Exercise 8: a web crawler.
//!
//! What is known stands behind one lock: the map, the queue, and how many fetches are under way. Workers hold the lock
//! to take a task and to hand in what came of it, never while they fetch. A worker that finds nothing to do sleeps, for
//! somebody else's page may still bring work; the crawl is over when the queue is empty *and* nobody is busy.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use web::Origin;
pub use web::{Fetch, FetchError, Page, Robots, Url, hrefs};

/// Every address that a crawl has come upon, with what became of it.
///
/// Two ways to write one address are one address: a key has no fragment, and is in the form that [`Url`] gives it.
pub type SiteMap = BTreeMap<Url, Visit>;

/// What a crawl may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many fetches may be under way at the same time; at least 1.
    pub workers: usize,
    /// The greatest depth at which a page is fetched; the seed has depth 0.
    pub max_depth: usize,
    /// How many pages may be fetched in all. A `robots.txt` does not count.
    pub max_pages: usize,
    /// Whether only pages of the seed's origin are fetched.
    pub same_origin: bool,
    /// Whether each site's `robots.txt` is obeyed.
    pub obey_robots: bool,
}

/// What became of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The least number of steps from the seed, where a step is a link or a redirect of a page that was fetched.
    pub depth: usize,
    /// How it ended.
    pub outcome: Outcome,
    /// Where the page leads: its links, or the target of its redirect; without fragments, and only `http` and `https`.
    /// Addresses that cannot be read are left out. Empty for whatever is neither a page of HTML nor a redirect.
    pub links: BTreeSet<Url>,
}

/// How an address ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A page of HTML: the status is from 200 to 299, and [`Page::is_html`].
    Html,
    /// Something else than HTML, with a status from 200 to 299.
    NotHtml,
    /// A redirect: the status is from 300 to 399, and [`Page::location`] is an `http` or `https` address.
    Redirect,
    /// Any other status.
    Status(u16),
    /// No whole answer came.
    Failed(FetchError),
    /// The fetcher panicked.
    Panicked,
    /// Not fetched: it belongs to another origin than the seed, and the crawl stays at home.
    OtherOrigin,
    /// Not fetched: the `robots.txt` of its site forbids it.
    Disallowed,
    /// Not fetched: as many pages as allowed had been fetched by then.
    OverLimit,
}

/// Crawls from `seed` on, and returns when there is nothing left to fetch and every thread that it started has ended.
///
/// **What is in the map.** The seed, and every address that a fetched page leads to, as long as its depth is at most
/// `max_depth`. Farther ones stand only in the `links` of the pages that lead to them.
///
/// **What is fetched.** Every address in the map, unless its [`Outcome`] says why not, and none twice. Which pages are
/// left out when `max_pages` are not enough is up to you. With `obey_robots`, `/robots.txt` is fetched once for each
/// origin, before its first page; if what comes is no page with a status from 200 to 299, everything is allowed. It is
/// not a page: it neither stands in the map nor counts.
///
/// **How many at a time.** Never more than `workers` fetches, and never fewer if there is a page that is known, may be
/// fetched, and waits. A slow page keeps nobody from fetching others.
///
/// **What does not end a crawl.** Errors, bad statuses, redirects in a circle, broken HTML, and a fetcher that panics:
/// each is the outcome of its own page.
///
/// The map depends on nothing but the site and the options: in whatever order the answers come, it is the same
/// (except for which pages `max_pages` leaves out).
///
/// **Sites may be large.** Twenty thousand pages in a row are crawled in a second or so, and without a deep stack.
pub fn crawl<F: Fetch>(fetch: &F, seed: &Url, options: &Options) -> SiteMap {
    let seed = without_fragment(seed.clone());
    let mut state = State::new(options, seed.origin());
    state.discover(seed, 0);
    let crawl = Crawl { fetch, state: Mutex::new(state), changed: Condvar::new() };
    thread::scope(|scope| {
        for _ in 0..options.workers {
            scope.spawn(|| crawl.work());
        }
    });
    crawl.state.into_inner().unwrap_or_else(PoisonError::into_inner).into_map()
}

/// What the workers share.
struct Crawl<'a, F> {
    fetch: &'a F,
    state: Mutex<State<'a>>,
    /// There is more in the queue, or the crawl is over.
    changed: Condvar,
}

/// Something to fetch.
enum Task {
    Rules(Origin, Url),
    Page(Url),
}

/// What came of a page.
struct Answer {
    outcome: Outcome,
    links: BTreeSet<Url>,
}

impl<'a, F: Fetch> Crawl<'a, F> {
    /// One worker: takes tasks until the crawl is over.
    fn work(&self) {
        while let Some(task) = self.next() {
            match task {
                Task::Rules(origin, url) => {
                    let robots = self.robots(&url);
                    self.hand_in(|state| state.obey(&origin, robots));
                }
                Task::Page(url) => {
                    let answer = self.visit(&url);
                    self.hand_in(|state| state.answered(&url, answer));
                }
            }
        }
    }

    /// The next task; waits while others may still bring one. `None` when the crawl is over.
    fn next(&self) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if let Some(task) = state.take() {
                return Some(task);
            }
            if state.busy == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Stores the result of a task. Everybody looks again: there may be several new tasks, or none ever.
    fn hand_in(&self, store: impl FnOnce(&mut State<'a>)) {
        let mut state = self.lock();
        store(&mut state);
        state.busy -= 1;
        drop(state);
        self.changed.notify_all();
    }

    /// Fetches a page, whatever comes of it, and reads it.
    fn visit(&self, url: &Url) -> Answer {
        let without_links = |outcome| Answer { outcome, links: BTreeSet::new() };
        match panic::catch_unwind(AssertUnwindSafe(|| self.fetch.fetch(url))) {
            Ok(Ok(page)) => read(url, &page),
            Ok(Err(error)) => without_links(Outcome::Failed(error)),
            Err(_) => without_links(Outcome::Panicked),
        }
    }

    /// What a site asks of crawlers; nothing, unless it says so.
    fn robots(&self, url: &Url) -> Robots {
        match panic::catch_unwind(AssertUnwindSafe(|| self.fetch.fetch(url))) {
            Ok(Ok(page)) if (200..300).contains(&page.status) => Robots::parse(&page.body),
            _ => Robots::default(),
        }
    }

    /// The lock. Nothing that can panic is called while it is held, so what it guards is whole in any case.
    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the lock guards.
struct State<'a> {
    options: &'a Options,
    home: Origin,
    known: BTreeMap<Url, Known>,
    rules: HashMap<Origin, Rules>,
    queue: VecDeque<Task>,
    /// How many tasks have been taken and not yet handed in.
    busy: usize,
    /// How many more pages may be fetched.
    left: usize,
}

/// An address that the crawl has come upon.
struct Known {
    depth: usize,
    /// `None` until that is settled.
    outcome: Option<Outcome>,
    links: BTreeSet<Url>,
}

/// What is known of a site's `robots.txt`.
enum Rules {
    /// It is being fetched; these pages wait for it.
    Coming(Vec<Url>),
    Here(Robots),
}

impl<'a> State<'a> {
    fn new(options: &'a Options, home: Origin) -> Self {
        Self {
            options,
            home,
            known: BTreeMap::new(),
            rules: HashMap::new(),
            queue: VecDeque::new(),
            busy: 0,
            left: options.max_pages,
        }
    }

    /// The next task that may be begun.
    fn take(&mut self) -> Option<Task> {
        if self.left == 0 {
            return None;
        }
        let task = self.queue.pop_front()?;
        if matches!(task, Task::Page(_)) {
            self.left -= 1;
        }
        self.busy += 1;
        Some(task)
    }

    /// An address was found at `depth`. If it was known at a greater one, whatever lies behind it comes nearer too.
    fn discover(&mut self, url: Url, depth: usize) {
        let mut found = vec![(url, depth)];
        while let Some((url, depth)) = found.pop() {
            if depth > self.options.max_depth {
                continue;
            }
            match self.known.entry(url) {
                Entry::Vacant(entry) => {
                    let url = entry.key().clone();
                    entry.insert(Known { depth, outcome: None, links: BTreeSet::new() });
                    self.consider(url);
                }
                Entry::Occupied(mut entry) if depth < entry.get().depth => {
                    let known = entry.get_mut();
                    known.depth = depth;
                    found.extend(known.links.iter().map(|link| (link.clone(), depth + 1)));
                }
                Entry::Occupied(_) => {}
            }
        }
    }

    /// A new address: settles at once that it is not to be fetched, or sees to it that it is.
    fn consider(&mut self, url: Url) {
        let origin = url.origin();
        if self.options.same_origin && origin != self.home {
            return self.settle(&url, Outcome::OtherOrigin);
        }
        if !self.options.obey_robots {
            return self.queue.push_back(Task::Page(url));
        }
        match self.rules.get_mut(&origin) {
            Some(Rules::Coming(waiting)) => waiting.push(url),
            Some(Rules::Here(robots)) => {
                let allowed = robots.allows(&url);
                self.admit(url, allowed);
            }
            None => {
                let address = url.join("/robots.txt").expect("an address on the web has a root");
                self.rules.insert(origin.clone(), Rules::Coming(vec![url]));
                self.queue.push_back(Task::Rules(origin, address));
            }
        }
    }

    /// A `robots.txt` is here: the pages that waited for it go on.
    fn obey(&mut self, origin: &Origin, robots: Robots) {
        let waiting = self.rules.insert(origin.clone(), Rules::Here(robots.clone()));
        if let Some(Rules::Coming(urls)) = waiting {
            for url in urls {
                let allowed = robots.allows(&url);
                self.admit(url, allowed);
            }
        }
    }

    fn admit(&mut self, url: Url, allowed: bool) {
        if allowed {
            self.queue.push_back(Task::Page(url));
        } else {
            self.settle(&url, Outcome::Disallowed);
        }
    }

    /// A page is here: its links are one step farther away than it is *now*, which may be nearer than when it was taken.
    fn answered(&mut self, url: &Url, answer: Answer) {
        let Some(known) = self.known.get_mut(url) else { return };
        known.outcome = Some(answer.outcome);
        known.links.clone_from(&answer.links);
        let depth = known.depth + 1;
        for link in answer.links {
            self.discover(link, depth);
        }
    }

    fn settle(&mut self, url: &Url, outcome: Outcome) {
        if let Some(known) = self.known.get_mut(url) {
            known.outcome = Some(outcome);
        }
    }

    /// What is still in the queue at the end was one page too many.
    fn into_map(self) -> SiteMap {
        let visits = self.known.into_iter().map(|(url, Known { depth, outcome, links })| {
            (url, Visit { depth, outcome: outcome.unwrap_or(Outcome::OverLimit), links })
        });
        visits.collect()
    }
}

/// What a page is, and where it leads.
fn read(url: &Url, page: &Page) -> Answer {
    let target = page.location.as_deref().and_then(|location| resolve(url, location));
    match (page.status, target) {
        (300..400, Some(target)) => Answer { outcome: Outcome::Redirect, links: BTreeSet::from([target]) },
        (200..300, _) if page.is_html() => {
            let links = hrefs(&page.body).iter().filter_map(|href| resolve(url, href)).collect();
            Answer { outcome: Outcome::Html, links }
        }
        (200..300, _) => Answer { outcome: Outcome::NotHtml, links: BTreeSet::new() },
        (status, _) => Answer { outcome: Outcome::Status(status), links: BTreeSet::new() },
    }
}

/// The address that a link on the page at `base` means, if it is one on the web.
fn resolve(base: &Url, href: &str) -> Option<Url> {
    let url = base.join(href).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| without_fragment(url))
}

/// A fragment names a place on a page, not another page.
fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}
