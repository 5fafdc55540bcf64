//! What the side that answers saw: one [`Entry`] for each request, and how many were under way together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything that was seen of the requests of a round.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Log {
    /// The requests, in the order in which they began.
    pub entries: Vec<Entry>,
    /// The most requests that were under way at one moment.
    pub most_in_flight: usize,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// Its path, with the query if it has one.
    pub path: String,
    /// Which request for this path it was, from 0.
    pub number: usize,
    /// When it began, in ticks that count the beginnings and ends of all requests of the round.
    pub began: u64,
    /// When its reply had been given to the last byte that it has; `None` if that was not seen.
    pub ended: Option<u64>,
    /// The requests under way when it began, this one included.
    pub in_flight: usize,
    /// Whether what its reply was held for did not happen while patience lasted.
    pub gave_up: bool,
}

/// Makes a [`Log`].
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    log: Log,
    numbers: BTreeMap<String, usize>,
    ticks: u64,
    in_flight: usize,
    answered: usize,
}

impl Recorder {
    /// A request has begun; returns its place in the log and its number among those for its path.
    pub fn begin(&mut self, path: &str) -> (usize, usize) {
        let number = self.numbers.entry(path.to_owned()).or_insert(0);
        let entry = Entry {
            path: path.to_owned(),
            number: *number,
            began: self.ticks,
            ended: None,
            in_flight: self.in_flight + 1,
            gave_up: false,
        };
        let identity = (self.log.entries.len(), *number);
        *number += 1;
        self.ticks += 1;
        self.in_flight += 1;
        self.log.most_in_flight = self.log.most_in_flight.max(self.in_flight);
        self.log.entries.push(entry);
        identity
    }

    /// A request's reply has been given. Only the first end of a request counts.
    pub fn end(&mut self, place: usize) {
        if let Some(entry @ Entry { ended: None, .. }) = self.log.entries.get_mut(place) {
            entry.ended = Some(self.ticks);
            self.ticks += 1;
            self.in_flight -= 1;
            self.answered += 1;
        }
    }

    /// What a request was held for did not happen.
    pub fn give_up(&mut self, place: usize) {
        if let Some(entry) = self.log.entries.get_mut(place) {
            entry.gave_up = true;
        }
    }

    /// The most requests that have been under way at one moment.
    pub fn most_in_flight(&self) -> usize {
        self.log.most_in_flight
    }

    /// How many requests have been answered to their end.
    pub fn answered(&self) -> usize {
        self.answered
    }

    /// What has been seen so far.
    pub fn log(&self) -> &Log {
        &self.log
    }
}

impl Log {
    /// How many requests there were for a path.
    pub fn count(&self, path: &str) -> usize {
        self.entries.iter().filter(|entry| entry.path == path).count()
    }

    /// The first request whose reply was held in vain.
    pub fn gave_up(&self) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.gave_up)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_is_counted_and_an_end_counts_once() {
        let mut recorder = Recorder::default();
        let (first, _) = recorder.begin("/a");
        let (second, number) = recorder.begin("/a");
        assert_eq!(number, 1);
        recorder.end(first);
        recorder.end(first);
        recorder.begin("/b");
        recorder.end(second);
        let log = recorder.log();
        assert_eq!((log.most_in_flight, log.count("/a"), recorder.answered()), (2, 2, 2));
        assert_eq!(log.entries[2].in_flight, 2);
        assert_eq!(log.entries[2].ended, None);
    }
}
