//! The rounds of exercise 8: a fetcher that answers from memory, another that asks the grader's server, and what they see
//! of a crawl.
//!
//! Compiled ahead of any submission, so everything here goes through [`Subject`], which the driver program implements
//! for the submission it is linked with.

mod interleaved;
mod memory;
mod served;
mod stressed;

use std::collections::BTreeMap;
use std::process::ExitCode;

use driver::Rounds;
use protocol::crawler::{Answer, Crawl, Observation, Options, Order, Reply, Visit};
use web::{Fetch, Url};

/// What the rounds need of a submission.
pub trait Subject: Sync {
    /// Crawls.
    fn crawl(&self, fetch: &dyn Fetch, seed: &Url, options: &Options) -> BTreeMap<String, Visit>;
}

/// Serves the grader with rounds on `subject`.
pub fn drive(subject: &dyn Subject) -> ExitCode {
    driver::serve(&CrawlerRounds { subject })
}

struct CrawlerRounds<'a> {
    subject: &'a dyn Subject,
}

impl Rounds for CrawlerRounds<'_> {
    type Order = Order;
    type Observation = Observation;

    fn perform(&self, order: &Order) -> Observation {
        match order {
            Order::Crawl(crawl) => Observation::Crawled(stressed::run(self.subject, crawl)),
            Order::CrawlServed(crawl) => Observation::CrawledServed(served::run(self.subject, crawl)),
            Order::Chain { pages } => {
                let map = stressed::run(self.subject, &chain(*pages)).map;
                let deepest = map.values().map(|visit| visit.depth).max().unwrap_or(0);
                Observation::Chained { pages: map.len(), deepest }
            }
        }
    }

    fn model(&self, order: &Order) -> Observation {
        match order {
            Order::Crawl(crawl) => Observation::Crawled(interleaved::run(self.subject, crawl)),
            Order::CrawlServed(_) => panic!("nothing real is waited for under the model's scheduler"),
            Order::Chain { .. } => panic!("a long chain is too much to interleave"),
        }
    }
}

/// Where a crawl begins.
///
/// # Panics
/// If the order is none of the grader's.
fn parsed(address: &str) -> Url {
    Url::parse(address).expect("the addresses of the grader are addresses")
}

/// Pages in a row.
fn chain(pages: usize) -> Crawl {
    let address = |page: usize| format!("http://chain.test/{page}");
    let page = |body| {
        let content_type = "text/html".to_owned();
        let answer = Answer::Page { status: 200, content_type, location: None, body };
        Reply { answer, latency_ms: 0, gathering: None, after: [].into() }
    };
    let site = (0..pages).map(|number| {
        let link = if number + 1 < pages { format!("<a href=\"{}\">", number + 1) } else { String::new() };
        (address(number), page(link))
    });
    let options =
        Options { workers: 1, max_depth: usize::MAX, max_pages: usize::MAX, same_origin: true, obey_robots: false };
    Crawl { site: site.collect(), seed: address(0), options }
}
