//! How the crawls of exercise 8 are put into words.

use std::collections::BTreeMap;

use protocol::crawler::{Answer, Crawl, GATHERING, Visit};
use protocol::explore::{Awaited, Story};
use web::hrefs;

use super::sites::HOME;
use crate::judge::Fault;
use crate::verdict::{Reason, Witness};

/// The most pages of a site that is shown with a failure.
const SHOWN: usize = 12;

/// The first difference between the map that is due and the one that came.
pub(super) fn difference(due: &BTreeMap<String, Visit>, map: &BTreeMap<String, Visit>) -> Option<Fault> {
    if let Some(url) = due.keys().find(|url| !map.contains_key(*url)) {
        return Some(Fault::wrong(
            format!("`{url}` is not in the map"),
            format!("`{url}` is in the map: {}", way(due, url)),
        ));
    }
    if let Some(url) = map.keys().find(|url| !due.contains_key(*url)) {
        return Some(Fault::wrong(
            format!("`{url}` is in the map"),
            "the map has the seed and what fetched pages lead to, without fragments, up to `max_depth`",
        ));
    }
    due.iter().find_map(|(url, due_visit)| {
        let visit = &map[url];
        if visit.depth != due_visit.depth {
            return Some(Fault::wrong(
                format!("`{url}` has depth {}", visit.depth),
                format!("its depth is {}: {}", due_visit.depth, way(due, url)),
            ));
        }
        if visit.outcome != due_visit.outcome {
            return Some(Fault::wrong(
                format!("the outcome of `{url}` is `{}`", visit.outcome),
                format!("it is `{}`", due_visit.outcome),
            ));
        }
        let list = |visit: &Visit| format!("{:?}", visit.links);
        (visit.links != due_visit.links).then(|| {
            Fault::wrong(format!("the links of `{url}` are {}", list(visit)), format!("they are {}", list(due_visit)))
        })
    })
}

/// A shortest way from the seed to an address.
fn way(due: &BTreeMap<String, Visit>, url: &str) -> String {
    let mut steps = vec![short(url)];
    let mut at = url;
    while let Some(depth) = due.get(at).map(|visit| visit.depth).filter(|depth| *depth > 0) {
        let before = due.iter().find(|(_, visit)| visit.depth + 1 == depth && visit.links.contains(at));
        let Some((before, _)) = before else { break };
        steps.push(short(before));
        at = before;
    }
    if steps.len() == 1 {
        return "it is the seed".to_owned();
    }
    steps.reverse();
    if steps.len() > 8 {
        steps.splice(4..steps.len() - 3, ["…".to_owned()]);
    }
    steps.join(" → ")
}

/// A fetch that waited in vain for others.
pub(super) fn alone(url: &str, most_in_flight: usize) -> Fault {
    Fault::wrong(
        format!(
            "while `{url}` was under way, other pages waited to be fetched, and no worker came for them (most at the same time: {most_in_flight})"
        ),
        "as long as a known page waits and a worker is free, its fetch begins",
    )
}

/// What a modelled round means in which nobody can go on: a fetch may wait for one beside it that nobody begins.
pub(super) fn stuck(story: &Story) -> Option<Fault> {
    let named = |object: Option<u32>| {
        let object = object.and_then(|object| story.objects.get(usize::try_from(object).ok()?));
        object.is_some_and(|object| object.name.contains(GATHERING))
    };
    story.waits.iter().find(|wait| wait.place.is_none() && named(wait.object))?;
    let asleep = story.waits.iter().any(|wait| wait.place.is_some() && wait.awaited == Awaited::Notification);
    let (reason, others) = if asleep {
        (Reason::LostWakeUp, "the other worker sleeps, and nobody wakes it")
    } else {
        (Reason::Deadlock, "no other worker is there for them, or the others wait for this one")
    };
    let observed = format!("while one page is under way, known pages wait to be fetched: {others}");
    Some(Fault {
        reason,
        ..Fault::wrong(observed, "as long as a known page waits and a worker is free, its fetch begins")
    })
}

/// A small site as lines to read.
pub(super) fn sketch(crawl: &Crawl) -> Witness {
    if crawl.site.len() > SHOWN {
        return Witness::Nothing;
    }
    let lines = crawl.site.iter().map(|(url, reply)| {
        let said = match &reply.answer {
            Answer::Page { location: Some(location), status, .. } => format!("{status}, Location: {location}"),
            Answer::Page { status: 200, content_type, body, .. }
                if content_type.to_lowercase().starts_with("text/html") =>
            {
                match hrefs(body) {
                    links if links.is_empty() => "no links".to_owned(),
                    links => format!(
                        "links to {}",
                        links.iter().map(|link| format!("`{link}`")).collect::<Vec<_>>().join(" ")
                    ),
                }
            }
            Answer::Page { status: 200, content_type, .. } => content_type.clone(),
            Answer::Page { status, .. } => format!("status {status}"),
            Answer::Timeout => "no answer in time".to_owned(),
            Answer::Connection => "no connection".to_owned(),
            Answer::Panics => "the fetcher panics".to_owned(),
        };
        format!("{}: {said}", short(url))
    });
    Witness::Lines { lines: lines.collect() }
}

/// An address without the origin that all pages share.
pub(super) fn short(url: &str) -> String {
    url.strip_prefix(HOME).unwrap_or(url).to_owned()
}
