//! What a crawl of exercise 8 has to find: a plain search, breadth first, over the site as data.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use protocol::crawler::{Answer, Crawl, Outcome, Visit};
use web::{Origin, Robots, Url, hrefs};

/// The map of a crawl.
///
/// `fetched` says which pages were fetched, for a crawl that had to stop at its limit; `None` is for one that had not.
pub(super) fn due(crawl: &Crawl, fetched: Option<&BTreeSet<String>>) -> BTreeMap<String, Visit> {
    let Some(seed) = address(&crawl.seed) else { return BTreeMap::new() };
    let home = seed.origin();
    let mut map = BTreeMap::new();
    let mut queue = VecDeque::from([(seed, 0)]);
    while let Some((url, depth)) = queue.pop_front() {
        // First come is nearest, since the queue is in the order of depth.
        if map.contains_key(url.as_str()) {
            continue;
        }
        let (outcome, links) = match kept_out(crawl, &home, &url, fetched) {
            Some(outcome) => (outcome, BTreeSet::new()),
            None => answered(crawl, &url),
        };
        if depth < crawl.options.max_depth {
            queue.extend(links.iter().map(|link| (link.clone(), depth + 1)));
        }
        let links = links.into_iter().map(String::from).collect();
        map.insert(url.into(), Visit { depth, outcome, links });
    }
    map
}

/// Whether a page with this outcome was fetched.
pub(super) fn is_fetched(outcome: Outcome) -> bool {
    !matches!(outcome, Outcome::OtherOrigin | Outcome::Disallowed | Outcome::OverLimit)
}

/// Where the `robots.txt` of an address stands.
pub(super) fn rules_of(url: &str) -> Option<String> {
    address(url)?.join("/robots.txt").ok().map(String::from)
}

/// An address without its fragment.
fn address(text: &str) -> Option<Url> {
    Url::parse(text).ok().map(without_fragment)
}

/// Why an address is not fetched.
fn kept_out(crawl: &Crawl, home: &Origin, url: &Url, fetched: Option<&BTreeSet<String>>) -> Option<Outcome> {
    if crawl.options.same_origin && url.origin() != *home {
        return Some(Outcome::OtherOrigin);
    }
    if crawl.options.obey_robots && !robots(crawl, url).allows(url) {
        return Some(Outcome::Disallowed);
    }
    fetched.is_some_and(|fetched| !fetched.contains(url.as_str())).then_some(Outcome::OverLimit)
}

fn robots(crawl: &Crawl, url: &Url) -> Robots {
    let reply = rules_of(url.as_str()).and_then(|rules| crawl.site.get(&rules));
    match reply.map(|reply| &reply.answer) {
        Some(Answer::Page { status: 200..300, body, .. }) => Robots::parse(body),
        _ => Robots::default(),
    }
}

/// What came for an address, and where it leads.
fn answered(crawl: &Crawl, url: &Url) -> (Outcome, BTreeSet<Url>) {
    let none = BTreeSet::new();
    let Some(reply) = crawl.site.get(url.as_str()) else { return (Outcome::Status(404), none) };
    match &reply.answer {
        Answer::Timeout => (Outcome::Timeout, none),
        Answer::Connection => (Outcome::Connection, none),
        Answer::Panics => (Outcome::Panicked, none),
        Answer::Page { status, content_type, location, body } => {
            let target = location.as_deref().and_then(|location| resolved(url, location));
            match (*status, target) {
                (300..400, Some(target)) => (Outcome::Redirect, BTreeSet::from([target])),
                (200..300, _) if is_html(content_type) => {
                    (Outcome::Html, hrefs(body).iter().filter_map(|href| resolved(url, href)).collect())
                }
                (200..300, _) => (Outcome::NotHtml, none),
                (status, _) => (Outcome::Status(status), none),
            }
        }
    }
}

fn resolved(base: &Url, href: &str) -> Option<Url> {
    let url = base.join(href).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| without_fragment(url))
}

fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}

fn is_html(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case("text/html"))
}
