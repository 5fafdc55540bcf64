//! Exercise 8 on the wire: a site to crawl, and what came of the crawl.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The message of the panic of [`Answer::Panics`].
pub const ON_PURPOSE: &str = "a panic on purpose, inside `fetch`";

/// The name of what a fetch waits on for the others of its gathering, in a modelled round.
pub const GATHERING: &str = "fetches at the same time";

/// One round: one crawl.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// A crawl of a site in memory.
    Crawl(Crawl),
    /// A crawl of the site that the grader's server has.
    CrawlServed(Served),
    /// A crawl of pages in a row, each of which links to the next; only counts come back.
    Chain {
        /// How many.
        pages: usize,
    },
}

/// A crawl of a site in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crawl {
    /// What stands at each address, by the address without a fragment. Everything else has status 404.
    pub site: BTreeMap<String, Reply>,
    /// Where it begins.
    pub seed: String,
    /// What the crawl may do.
    pub options: Options,
}

/// A crawl of the site that the grader's server has, in place of the host of `seed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// Where it begins.
    pub seed: String,
    /// What the crawl may do.
    pub options: Options,
    /// The addresses that never answer to their end. For these alone the fetcher's patience is short, so that a busy machine
    /// makes no page late and no late page cheap.
    pub silent: BTreeSet<String>,
}

/// What one address answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// How long it takes, in milliseconds, once nothing holds it up.
    pub latency_ms: u64,
    /// With which other fetches it has to be under way at the same time.
    pub gathering: Option<Gathering>,
    /// The addresses that have to be answered before; under stress only.
    pub after: BTreeSet<String>,
}

/// Fetches that wait for each other: none is answered until all are under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathering {
    /// Which of the gatherings of the round.
    pub group: u32,
    /// How many fetches belong to it.
    pub size: usize,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// A page.
    Page {
        /// The status.
        status: u16,
        /// What the body is.
        content_type: String,
        /// Where a redirect leads.
        location: Option<String>,
        /// The body.
        body: String,
    },
    /// No answer in time.
    Timeout,
    /// No connection.
    Connection,
    /// The fetcher panics, with [`ON_PURPOSE`] as the message.
    Panics,
}

/// What a crawl may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// How many fetches may be under way.
    pub workers: usize,
    /// The greatest depth of a page that is fetched.
    pub max_depth: usize,
    /// How many pages may be fetched.
    pub max_pages: usize,
    /// Whether other origins are left out.
    pub same_origin: bool,
    /// Whether each `robots.txt` is obeyed.
    pub obey_robots: bool,
}

/// What a round leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Observation {
    /// Answers [`Order::Crawl`].
    Crawled(Crawled),
    /// Answers [`Order::CrawlServed`].
    CrawledServed(CrawledServed),
    /// Answers [`Order::Chain`].
    Chained {
        /// How many addresses the map has.
        pages: usize,
        /// The greatest depth in it.
        deepest: usize,
    },
}

/// What a crawl returned, and what the fetcher saw of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crawled {
    /// The map, by address.
    pub map: BTreeMap<String, Visit>,
    /// How often each address was fetched.
    pub fetches: BTreeMap<String, u32>,
    /// The most fetches that were under way at the same time.
    pub most_in_flight: usize,
    /// A fetch that waited in vain for the others of its gathering.
    pub alone: Option<String>,
    /// Where `robots.txt` is to be obeyed: a page that was fetched before its origin's was there.
    pub too_early: Option<String>,
}

/// What a crawl of a served site returned. Everything else is seen by the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrawledServed {
    /// The map, by address.
    pub map: BTreeMap<String, Visit>,
    /// How often the fetcher was called for each address: the server may not see more requests than that.
    pub calls: BTreeMap<String, u32>,
}

/// What became of one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Its depth.
    pub depth: usize,
    /// How it ended.
    pub outcome: Outcome,
    /// Where it leads.
    pub links: BTreeSet<String>,
}

/// How an address ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// A page of HTML.
    Html,
    /// Something else.
    NotHtml,
    /// A redirect.
    Redirect,
    /// A bad status.
    Status(u16),
    /// No answer in time.
    Timeout,
    /// No connection.
    Connection,
    /// The fetcher panicked.
    Panicked,
    /// Not fetched: another origin.
    OtherOrigin,
    /// Not fetched: forbidden.
    Disallowed,
    /// Not fetched: one page too many.
    OverLimit,
}

/// As a student's code has it.
impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Html => f.write_str("Html"),
            Self::NotHtml => f.write_str("NotHtml"),
            Self::Redirect => f.write_str("Redirect"),
            Self::Status(status) => write!(f, "Status({status})"),
            Self::Timeout => f.write_str("Failed(Timeout)"),
            Self::Connection => f.write_str("Failed(Connection)"),
            Self::Panicked => f.write_str("Panicked"),
            Self::OtherOrigin => f.write_str("OtherOrigin"),
            Self::Disallowed => f.write_str("Disallowed"),
            Self::OverLimit => f.write_str("OverLimit"),
        }
    }
}
