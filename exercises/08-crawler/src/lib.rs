//! Exercise 8: a web crawler.
//!
//! A crawler begins at one page, fetches it, and follows its links to further pages, several of them at a time. Replace
//! the `todo!`; add private items and modules as you like, but keep the public signatures.
//!
//! The course gives you [`Fetch`], which gets a page, [`hrefs`], which finds the links in it, and [`Robots`], which reads
//! a `robots.txt`; their documentation stands in `grader/harness/web`. [`Url`] knows how addresses work: `Url::join`
//! resolves a relative one, `Url::set_fragment` takes a fragment off, `Url::origin` tells sites apart.
//!
//! Check your work with `grader check 8`.

use std::collections::{BTreeMap, BTreeSet};

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
    let _ = fetch;
    todo!("crawl from {seed} with {options:?}")
}
