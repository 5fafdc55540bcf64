//! The oracle of exercise 8: the web crawler.

mod large;
mod reference;
mod rounds;
mod served;
mod sites;
mod stored;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use protocol::crawler::{Crawl, Crawled, Observation, Order, Outcome, Visit};

use self::reference::{due, is_fetched, rules_of};
use crate::judge::snapshot::Snapshot;
use crate::judge::{Fault, Judge, Plan, Round, VirtualWork};
use crate::verdict::{Reason, Repeats};

/// The oracle of exercise 8.
pub(super) struct CrawlerJudge;

impl Judge for CrawlerJudge {
    fn rounds(&self, plan: &Plan<'_>) -> Vec<Round> {
        rounds::of(plan)
    }

    fn virtual_work(&self, plan: &Plan<'_>) -> Option<VirtualWork> {
        rounds::virtual_work(plan.check)
    }

    fn snapshots(&self) -> Vec<Snapshot> {
        vec![stored::snapshot()]
    }
}

/// What a round looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aspect {
    /// No page is fetched twice.
    Once,
    /// Never more fetches than workers.
    InFlight,
    /// Fetches that have to be under way together are.
    Gathered,
    /// Not more pages than the limit, and not fewer.
    Limit,
    /// The map.
    Map,
    /// The map of the generated site, which is stored.
    Stored,
    /// Nothing is fetched that must not be.
    Allowed,
    /// Each `robots.txt` is fetched once, before its pages.
    Rules,
}

/// A crawl of which some aspects are looked at.
fn crawled(crawl: Crawl, aspects: &[Aspect]) -> Round {
    let aspects = aspects.to_vec();
    let repeats = if crawl.options.workers > 1 { Repeats::Roughly } else { Repeats::Exactly };
    let scene = wording::sketch(&crawl);
    Round::new(&Order::Crawl(crawl.clone()), repeats, move |observation| match observation {
        Observation::Crawled(crawled) => first_fault(&aspects, &crawl, &crawled),
        Observation::CrawledServed(_) | Observation::Chained { .. } => Some(unasked()),
    })
    .shown_as(scene)
    .stuck(wording::stuck)
}

/// A crawl of pages in a row.
fn chain(pages: usize) -> Round {
    Round::new(&Order::Chain { pages }, Repeats::Exactly, move |observation| match observation {
        Observation::Chained { pages: found, deepest } => (found != pages || deepest + 1 != pages).then(|| {
            Fault::wrong(
                format!("of {pages} pages in a row, {found} are in the map, the last at depth {deepest}"),
                format!("all {pages} are in the map, the last at depth {}", pages - 1),
            )
        }),
        Observation::Crawled(_) | Observation::CrawledServed(_) => Some(unasked()),
    })
}

/// An observation of another kind than the order asked for; only a forged driver would send one.
fn unasked() -> Fault {
    Fault { reason: Reason::Tampered, ..Fault::wrong("a record of another round", "a record of this round") }
}

fn first_fault(aspects: &[Aspect], crawl: &Crawl, crawled: &Crawled) -> Option<Fault> {
    aspects.iter().find_map(|aspect| judge(*aspect, crawl, crawled))
}

fn judge(aspect: Aspect, crawl: &Crawl, crawled: &Crawled) -> Option<Fault> {
    match aspect {
        Aspect::Once => {
            let (url, times) = crawled.fetches.iter().find(|(_, times)| **times > 1)?;
            Some(Fault::wrong(format!("`{url}` was fetched {times} times"), "no page is fetched twice"))
        }
        Aspect::InFlight => (crawled.most_in_flight > crawl.options.workers).then(|| {
            Fault::wrong(
                format!("{} fetches were under way at the same time", crawled.most_in_flight),
                format!("with {} workers never more than {0}", crawl.options.workers),
            )
        }),
        Aspect::Gathered => crawled.alone.as_ref().map(|url| wording::alone(url, crawled.most_in_flight)),
        Aspect::Limit => judge_limit(crawl, crawled),
        Aspect::Map => wording::difference(&expected(crawl, crawled), &crawled.map),
        Aspect::Stored => stored::difference(crawl, &crawled.map),
        Aspect::Allowed => judge_allowed(crawl, crawled),
        Aspect::Rules => judge_rules(crawl, crawled),
    }
}

/// The map that is due, given which pages were fetched if the limit was too low for all.
fn expected(crawl: &Crawl, crawled: &Crawled) -> BTreeMap<String, Visit> {
    let all = due(crawl, None);
    if pages_of(&all) <= crawl.options.max_pages {
        return all;
    }
    let fetched: BTreeSet<String> = crawled.fetches.keys().cloned().collect();
    due(crawl, Some(&fetched))
}

fn pages_of(map: &BTreeMap<String, Visit>) -> usize {
    map.values().filter(|visit| is_fetched(visit.outcome)).count()
}

fn judge_limit(crawl: &Crawl, crawled: &Crawled) -> Option<Fault> {
    let fetched: u32 = crawled.fetches.values().sum();
    let fetched = fetched as usize;
    let limit = crawl.options.max_pages;
    if fetched > limit {
        return Some(Fault::wrong(
            format!("{fetched} pages were fetched"),
            format!("with `max_pages: {limit}` never more than {limit}"),
        ));
    }
    let available = pages_of(&due(crawl, None)).min(limit);
    (fetched < available).then(|| {
        Fault::wrong(
            format!("only {fetched} pages were fetched"),
            format!("with `max_pages: {limit}`, {available} pages of this site are fetched"),
        )
    })
}

/// Nothing is fetched but pages that are due, and rules.
fn judge_allowed(crawl: &Crawl, crawled: &Crawled) -> Option<Fault> {
    let map = due(crawl, None);
    let rules: BTreeSet<String> = map.keys().filter_map(|url| rules_of(url)).collect();
    crawled.fetches.keys().find_map(|url| match map.get(url).map(|visit| visit.outcome) {
        Some(Outcome::OtherOrigin) => Some(Fault::wrong(
            format!("`{url}` was fetched"),
            "with `same_origin`, pages of other origins are listed and not fetched",
        )),
        Some(Outcome::Disallowed) => Some(Fault::wrong(
            format!("`{url}` was fetched, which `robots.txt` forbids"),
            "with `obey_robots`, what `robots.txt` forbids is not fetched",
        )),
        None if !rules.contains(url) => {
            Some(Fault::wrong(format!("`{url}` was fetched, to which no page leads"), "only what is linked is fetched"))
        }
        _ => None,
    })
}

fn judge_rules(crawl: &Crawl, crawled: &Crawled) -> Option<Fault> {
    if let Some(url) = &crawled.too_early {
        return Some(Fault::wrong(
            format!("`{url}` was fetched before the `robots.txt` of its site was there"),
            "with `obey_robots`, a site's `robots.txt` comes before its first page",
        ));
    }
    let map = due(crawl, None);
    let rules: BTreeSet<String> = map.keys().filter_map(|url| rules_of(url)).collect();
    rules.iter().find_map(|url| {
        let times = crawled.fetches.get(url).copied().unwrap_or(0);
        let home = !crawl.options.same_origin || rules_of(&crawl.seed).as_ref() == Some(url);
        (home && times != 1)
            .then(|| Fault::wrong(format!("`{url}` was fetched {times} times"), "each `robots.txt` is fetched once"))
    })
}
