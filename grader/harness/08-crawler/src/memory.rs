//! A site in memory: what it answers, and what it saw.

use std::collections::{BTreeMap, BTreeSet};

use protocol::crawler::{Answer, Crawled, ON_PURPOSE, Options, Reply, Visit};
use web::{FetchError, Page, Url};

/// Where a site says what it asks of crawlers.
const RULES: &str = "/robots.txt";

/// What a site has seen of a crawl.
#[derive(Debug, Default)]
pub(crate) struct Log {
    fetches: BTreeMap<String, u32>,
    answered: BTreeSet<String>,
    in_flight: usize,
    most_in_flight: usize,
    /// How many fetches of each gathering have begun.
    gathered: BTreeMap<u32, usize>,
    alone: Option<String>,
    rules_first: bool,
    too_early: Option<String>,
}

impl Log {
    /// Nothing seen yet of a crawl with these options.
    pub(crate) fn new(options: &Options) -> Self {
        Self { rules_first: options.obey_robots, ..Self::default() }
    }

    /// A fetch of `url` begins, which the server sees as `address`.
    pub(crate) fn begin(&mut self, url: &Url, address: &str, reply: Option<&Reply>) {
        if self.rules_first && url.path() != RULES && !self.has_rules(url) {
            self.too_early.get_or_insert_with(|| address.to_owned());
        }
        *self.fetches.entry(address.to_owned()).or_insert(0) += 1;
        self.in_flight += 1;
        self.most_in_flight = self.most_in_flight.max(self.in_flight);
        if let Some(gathering) = reply.and_then(|reply| reply.gathering) {
            *self.gathered.entry(gathering.group).or_insert(0) += 1;
        }
    }

    /// Whether the `robots.txt` of an address's origin has been answered.
    fn has_rules(&self, url: &Url) -> bool {
        url.join(RULES).is_ok_and(|rules| self.answered.contains(rules.as_str()))
    }

    /// Whether all fetches of the reply's gathering are under way.
    pub(crate) fn is_gathered(&self, reply: &Reply) -> bool {
        let begun = |group| self.gathered.get(&group).copied().unwrap_or(0);
        reply.gathering.is_none_or(|gathering| begun(gathering.group) >= gathering.size)
    }

    /// Whether everything that has to come before the reply has been answered.
    pub(crate) fn is_due(&self, reply: &Reply) -> bool {
        reply.after.is_subset(&self.answered)
    }

    /// A fetch has waited in vain.
    pub(crate) fn give_up(&mut self, address: &str) {
        self.alone.get_or_insert_with(|| address.to_owned());
    }

    /// Whether a fetch has waited in vain: there is no use in waiting for others.
    pub(crate) fn gave_up(&self) -> bool {
        self.alone.is_some()
    }

    /// A fetch ends.
    pub(crate) fn end(&mut self, address: &str) {
        self.in_flight -= 1;
        self.answered.insert(address.to_owned());
    }

    /// Everything seen, with the map that the crawl returned.
    pub(crate) fn with_map(self, map: BTreeMap<String, Visit>) -> Crawled {
        let Self { fetches, most_in_flight, alone, too_early, .. } = self;
        Crawled { map, fetches, most_in_flight, alone, too_early }
    }
}

/// What a server sees of an address: no fragment.
pub(crate) fn requested(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.into()
}

/// What comes for a reply; what the site does not have is not found.
///
/// # Panics
/// If the site is asked to.
pub(crate) fn answer(reply: Option<&Reply>) -> Result<Page, FetchError> {
    match reply.map(|reply| &reply.answer) {
        None => Ok(Page { status: 404, content_type: "text/html".to_owned(), location: None, body: String::new() }),
        Some(Answer::Page { status, content_type, location, body }) => Ok(Page {
            status: *status,
            content_type: content_type.clone(),
            location: location.clone(),
            body: body.clone(),
        }),
        Some(Answer::Timeout) => Err(FetchError::Timeout),
        Some(Answer::Connection) => Err(FetchError::Connection),
        Some(Answer::Panics) => panic!("{ON_PURPOSE}"),
    }
}
