//! Crawls of a site that the grader's server has: the server's log is the evidence, and the same site in memory says what
//! is due.

use std::collections::BTreeMap;
use std::io::Read;

use protocol::crawler::{Answer, Crawl, Crawled, CrawledServed, Observation, Options, Order, Reply, Served};
use site::{Body, Log, ORIGIN, Reply as ServedReply, Site};

use super::reference::rules_of;
use super::sites::HOME;
use super::wording::sketch;
use super::{Aspect, first_fault, unasked};
use crate::judge::{Fault, Round};
use crate::verdict::{Reason, Repeats};

/// A crawl, from the front page, of a site that the grader's server has.
pub(super) fn served(site: Site, options: Options, aspects: &[Aspect]) -> Round {
    let site = at_home(site);
    let crawl = in_memory(&site, options);
    let scene = sketch(&crawl);
    let silent = crawl.site.iter().filter(|(_, reply)| reply.answer == Answer::Timeout).map(|(url, _)| url.clone());
    let order = Order::CrawlServed(Served {
        seed: crawl.seed.clone(),
        options: crawl.options.clone(),
        silent: silent.collect(),
    });
    let aspects = aspects.to_vec();
    let judge = move |observation, log: &Log| match observation {
        Observation::CrawledServed(crawled) => {
            around_the_fetcher(&crawled, log).or_else(|| first_fault(&aspects, &crawl, &seen(&crawl, crawled, log)))
        }
        Observation::Crawled(_) | Observation::Chained { .. } => Some(unasked()),
    };
    Round::served(site, &order, Repeats::Roughly, judge).shown_as(scene)
}

/// The same site in memory, crawled from its front page. What a page is held for is left out.
pub(super) fn in_memory(site: &Site, options: Options) -> Crawl {
    let site = at_home(site.clone());
    let replies = site.pages.iter().filter_map(|(path, page)| {
        let reply = page.replies.first()?;
        let answer = answer(reply);
        Some((
            format!("{HOME}{path}"),
            Reply { answer, latency_ms: reply.latency_ms, gathering: None, after: [].into() },
        ))
    });
    Crawl { site: replies.collect(), seed: format!("{HOME}/"), options }
}

/// What a client makes of a reply.
fn answer(reply: &ServedReply) -> Answer {
    match reply.fault {
        site::Fault::None => {}
        site::Fault::Reset | site::Fault::ResetAfter(_) | site::Fault::EndAfter(_) => return Answer::Connection,
        site::Fault::SilentAfter(_) => return Answer::Timeout,
    }
    let header = |name| reply.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
    let mut body = Vec::new();
    // Neither a text nor a pattern fails to be read.
    let _ = reply.body.reader(HOME).read_to_end(&mut body);
    Answer::Page {
        status: reply.status,
        content_type: header("content-type").unwrap_or_default(),
        location: header("location"),
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

/// The site with the origin that its pages name, wherever it is served.
fn at_home(mut site: Site) -> Site {
    for reply in site.pages.values_mut().flat_map(|page| &mut page.replies) {
        if let Body::Text(text) = &mut reply.body {
            *text = text.replace(ORIGIN, HOME);
        }
        for (_, value) in &mut reply.headers {
            *value = value.replace(ORIGIN, HOME);
        }
    }
    site
}

/// What was asked of the server past the fetcher.
fn around_the_fetcher(crawled: &CrawledServed, log: &Log) -> Option<Fault> {
    requests(log).into_iter().find_map(|(url, times)| {
        let calls = crawled.calls.get(&url).copied().unwrap_or(0);
        (times > calls).then(|| Fault {
            reason: Reason::Forbidden,
            ..Fault::wrong(
                format!("the server was asked for `{url}` {times} times, and `fetch` was called for it {calls} times"),
                "pages come through `fetch` alone",
            )
        })
    })
}

/// How often each address was asked for.
fn requests(log: &Log) -> BTreeMap<String, u32> {
    let mut requests = BTreeMap::new();
    for entry in &log.entries {
        *requests.entry(format!("{HOME}{}", entry.path)).or_insert(0) += 1;
    }
    requests
}

/// A crawl as the server saw it. Of other origins it sees nothing: there the fetcher's word counts.
fn seen(crawl: &Crawl, crawled: CrawledServed, log: &Log) -> Crawled {
    let CrawledServed { map, calls } = crawled;
    let mut fetches = requests(log);
    let home = crawl.seed.as_str();
    fetches.extend(calls.into_iter().filter(|(url, _)| !url.starts_with(home)));
    let alone = log.gave_up().map(|entry| format!("{HOME}{}", entry.path));
    let too_early = if crawl.options.obey_robots { before_the_rules(crawl, log) } else { None };
    Crawled { map, fetches, most_in_flight: log.most_in_flight, alone, too_early }
}

/// The first page that was asked for before its `robots.txt` was there.
fn before_the_rules(crawl: &Crawl, log: &Log) -> Option<String> {
    let rules = rules_of(&crawl.seed)?;
    let address = |path: &str| format!("{HOME}{path}");
    let there = log.entries.iter().filter(|entry| address(&entry.path) == rules).filter_map(|entry| entry.ended).min();
    let early = |began| there.is_none_or(|there| began < there);
    let page = log.entries.iter().find(|entry| address(&entry.path) != rules && early(entry.began))?;
    Some(address(&page.path))
}

#[cfg(test)]
mod tests {
    use site::Recorder;

    use super::super::sites::{by, politely_by};
    use super::*;

    fn recorded(paths: &[&str]) -> Log {
        let mut recorder = Recorder::default();
        for path in paths {
            let (place, _) = recorder.begin(path);
            recorder.end(place);
        }
        recorder.log().clone()
    }

    fn called(paths: &[&str]) -> CrawledServed {
        let calls = paths.iter().map(|path| (format!("{HOME}{path}"), 1)).collect();
        CrawledServed { map: BTreeMap::new(), calls }
    }

    #[test]
    fn requests_past_the_fetcher_are_told() {
        assert_eq!(around_the_fetcher(&called(&["/", "/late"]), &recorded(&["/"])), None);
        let fault = around_the_fetcher(&called(&["/"]), &recorded(&["/", "/"])).unwrap();
        assert_eq!(fault.reason, Reason::Forbidden);
        assert!(fault.observed.contains("`http://site.test/` 2 times"), "{}", fault.observed);
        assert!(around_the_fetcher(&called(&[]), &recorded(&["/a?b"])).is_some());
    }

    #[test]
    fn pages_before_the_rules_are_told() {
        let crawl = in_memory(&Site::new(), politely_by(2));
        let too_early = |log: &Log| seen(&crawl, called(&[]), log).too_early;
        assert_eq!(too_early(&recorded(&["/robots.txt", "/"])), None);
        assert_eq!(too_early(&recorded(&["/", "/robots.txt"])).as_deref(), Some("http://site.test/"));
        assert_eq!(too_early(&recorded(&["/a"])).as_deref(), Some("http://site.test/a"));
        let mut overlapping = Recorder::default();
        let (rules, _) = overlapping.begin("/robots.txt");
        overlapping.begin("/");
        overlapping.end(rules);
        assert!(too_early(overlapping.log()).is_some(), "asked for is not there yet");
        let impolite = in_memory(&Site::new(), by(2));
        assert_eq!(seen(&impolite, called(&[]), &recorded(&["/"])).too_early, None);
    }

    #[test]
    fn what_breaks_on_the_way_is_no_page_in_memory_either() {
        let page = || ServedReply::html("<a href={origin}/b>");
        let site = Site::new()
            .with("/", page())
            .with("/cut", page().but(site::Fault::EndAfter(3)))
            .with("/silent", page().but(site::Fault::SilentAfter(3)))
            .with("/moved", ServedReply::redirect(301, "{origin}/b"));
        let crawl = in_memory(&site, by(1));
        let at = |path: &str| &crawl.site[&format!("{HOME}{path}")].answer;
        assert!(matches!(at("/"), Answer::Page { body, .. } if body == "<a href=http://site.test/b>"));
        assert_eq!((at("/cut"), at("/silent")), (&Answer::Connection, &Answer::Timeout));
        assert!(matches!(at("/moved"), Answer::Page { location: Some(to), .. } if to == "http://site.test/b"));
    }
}
