//! The site map of the generated site, as it is stored: every address with its depth and outcome, and every link.

use std::collections::BTreeMap;
use std::fmt::Write;

use protocol::crawler::{Crawl, Visit};

use super::large::generated;
use super::reference::due;
use super::served::in_memory;
use super::sites::politely_by;
use super::wording::{self, short};
use crate::diff;
use crate::judge::Fault;
use crate::judge::snapshot::{Snapshot, Source};
use crate::verdict::Witness;

/// One line for each address: address, depth, outcome. Then one for each of its links: address, "links to", address.
const STORED: &str = include_str!("sitemap.tsv");
/// The most lines of a difference that a report shows.
const SHOWN: usize = 16;

/// Where the map is stored, and what it is made of.
pub(super) fn snapshot() -> Snapshot {
    let source = Source::Oracle(|| text_of(&due(&in_memory(&generated(), politely_by(8)), None)));
    Snapshot { path: "grader/src/judge/crawler/sitemap.tsv", source }
}

/// In how far a map of the generated site is not the stored one; what differs shows as a diff.
pub(super) fn difference(crawl: &Crawl, map: &BTreeMap<String, Visit>) -> Option<Fault> {
    difference_from(STORED, crawl, map)
}

fn difference_from(stored: &str, crawl: &Crawl, map: &BTreeMap<String, Visit>) -> Option<Fault> {
    let found = text_of(map);
    if found == stored {
        return None;
    }
    let fault = wording::difference(&due(crawl, None), map)
        .unwrap_or_else(|| Fault::wrong("the site map is another one than the stored one", "it is the stored one"));
    let mut lines = vec![format!("the site map, - as it is due and + as it came ({} addresses):", map.len())];
    lines.extend(diff::lines(stored, &found, SHOWN).into_iter().map(|line| line.replace('\t', "  ")));
    Some(fault.with_witness(Witness::Lines { lines }))
}

/// A map as text: the same bytes for the same map.
fn text_of(map: &BTreeMap<String, Visit>) -> String {
    let mut text = String::new();
    for (url, Visit { depth, outcome, links }) in map {
        let url = short(url);
        // Writing to a string does not fail.
        let _ = writeln!(text, "{url}\t{depth}\t{outcome}");
        for link in links {
            let _ = writeln!(text, "{url}\tlinks to\t{}", short(link));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use protocol::crawler::Outcome;

    use super::*;

    fn made() -> String {
        let Source::Oracle(make) = snapshot().source else { panic!("it is the oracle's") };
        make()
    }

    #[test]
    fn the_stored_map_is_the_oracles() {
        assert!(STORED == made(), "`cargo run -- bless 8` renews it");
        for outcome in
            ["Html", "NotHtml", "Redirect", "Status(404)", "Status(500)", "Disallowed", "OtherOrigin", "links to"]
        {
            assert!(STORED.lines().any(|line| line.split('\t').any(|field| field == outcome)), "{outcome}");
        }
        assert!(STORED.lines().filter(|line| line.ends_with("Html")).count() > 250);
    }

    #[test]
    fn a_hundred_searches_give_the_same_bytes() {
        assert!((0..100).all(|_| made() == STORED));
    }

    #[test]
    fn a_difference_is_told_in_words_and_shown_as_a_diff() {
        let crawl = in_memory(&generated(), politely_by(8));
        let mut map = due(&crawl, None);
        assert_eq!(difference(&crawl, &map), None);
        let far = map
            .iter()
            .find(|(_, visit)| visit.depth == 3 && visit.outcome == Outcome::Html)
            .map(|(url, _)| url.clone())
            .unwrap();
        map.get_mut(&far).unwrap().depth = 4;
        let fault = difference(&crawl, &map).unwrap();
        assert!(fault.observed.contains("has depth 4"), "{}", fault.observed);
        let Witness::Lines { lines } = fault.witness else { panic!("lines to read") };
        let path = short(&far);
        assert_eq!(lines[1..], [format!("- {path}  3  Html"), format!("+ {path}  4  Html")]);
    }
}
