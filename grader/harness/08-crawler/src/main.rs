//! The driver of exercise 8: the rounds, linked with one submission.

use std::collections::BTreeMap;
use std::process::ExitCode;

use crawler::{Outcome, Visit, crawl};
use crawler_driver::{Subject, drive};
use protocol::crawler as wire;
use web::{Fetch, FetchError, Page, Url};

fn main() -> ExitCode {
    drive(&Submission)
}

struct Submission;

impl Subject for Submission {
    fn crawl(&self, fetch: &dyn Fetch, seed: &Url, options: &wire::Options) -> BTreeMap<String, wire::Visit> {
        let wire::Options { workers, max_depth, max_pages, same_origin, obey_robots } = *options;
        let options = crawler::Options { workers, max_depth, max_pages, same_origin, obey_robots };
        let map = crawl(&Through(fetch), seed, &options);
        map.into_iter().map(|(url, visit)| (url.into(), on_the_wire(visit))).collect()
    }
}

struct Through<'a>(&'a dyn Fetch);

impl Fetch for Through<'_> {
    fn fetch(&self, url: &Url) -> Result<Page, FetchError> {
        self.0.fetch(url)
    }
}

fn on_the_wire(visit: Visit) -> wire::Visit {
    let outcome = match visit.outcome {
        Outcome::Html => wire::Outcome::Html,
        Outcome::NotHtml => wire::Outcome::NotHtml,
        Outcome::Redirect => wire::Outcome::Redirect,
        Outcome::Status(status) => wire::Outcome::Status(status),
        Outcome::Failed(FetchError::Timeout) => wire::Outcome::Timeout,
        Outcome::Failed(FetchError::Connection) => wire::Outcome::Connection,
        Outcome::Panicked => wire::Outcome::Panicked,
        Outcome::OtherOrigin => wire::Outcome::OtherOrigin,
        Outcome::Disallowed => wire::Outcome::Disallowed,
        Outcome::OverLimit => wire::Outcome::OverLimit,
    };
    wire::Visit { depth: visit.depth, outcome, links: visit.links.into_iter().map(String::from).collect() }
}
