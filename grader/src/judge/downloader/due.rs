//! What has to come of each job: worked out from what its path answers, request by request.

use std::collections::BTreeSet;

use protocol::downloader::{Answerer, Content, Entry, Notes, Order, Outcome, Panics, Present};
use site::{Fault, Framing, Reply};

/// More redirects than any client follows.
const MANY: usize = 50;

/// What has to come of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Due {
    /// Its outcome.
    pub(super) outcome: Outcome,
    /// How many requests it takes.
    pub(super) requests: usize,
    /// What is in its file; `None` if there is none.
    pub(super) content: Option<Content>,
}

/// What comes of one request.
enum Answer {
    Whole(Content),
    /// It may go better the next time.
    Temporary(Outcome),
    Final(Outcome),
}

/// What has to come of the job at a place.
pub(super) fn due(order: &Order, place: usize) -> Due {
    let job = &order.jobs[place];
    let failed = |outcome, requests| Due { outcome, requests, content: None };
    if !is_plain(&job.file_name) {
        return failed(Outcome::BadName, 0);
    }
    if order.jobs.iter().filter(|other| other.file_name == job.file_name).count() > 1 {
        return failed(Outcome::SameName, 0);
    }
    if panics_at(order, place, 0) {
        return failed(Outcome::Panicked, 0);
    }
    let attempts = order.attempts as usize;
    for number in 0..attempts {
        match answer(order, place, number) {
            Answer::Whole(_) if order.present.get(&job.file_name) == Some(&Present::Folder) => {
                return failed(Outcome::File("it is a folder".to_owned()), number + 1);
            }
            Answer::Whole(content) if order.disk_full_after.is_some_and(|most| content.bytes > most) => {
                return failed(Outcome::File("the disk is full".to_owned()), number + 1);
            }
            Answer::Whole(content) => {
                let path = job.file_name.clone();
                let attempts = u32::try_from(number + 1).unwrap_or(u32::MAX);
                let outcome = Outcome::Downloaded { path, bytes: content.bytes, attempts };
                return Due { outcome, requests: number + 1, content: Some(content) };
            }
            Answer::Temporary(_) if number + 1 < attempts => {}
            Answer::Temporary(outcome) | Answer::Final(outcome) => return failed(outcome, number + 1),
        }
    }
    failed(Outcome::Panicked, 0)
}

/// What has to be in the folder at the end, by name.
pub(super) fn folder(order: &Order) -> Vec<Entry> {
    let dues = (0..order.jobs.len()).filter_map(|place| {
        let content = due(order, place).content?;
        Some(Entry { name: order.jobs[place].file_name.clone(), content: Some(content) })
    });
    let mut entries: Vec<Entry> = dues.collect();
    let replaced: BTreeSet<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    entries.extend(order.present.iter().filter(|(name, _)| !replaced.contains(*name)).map(|(name, present)| {
        let content = match present {
            Present::Folder => None,
            Present::File(text) => {
                let body = site::Body::Text(text.clone());
                Some(Content { bytes: body.length(""), digest: body.digest("") })
            }
        };
        Entry { name: name.clone(), content }
    }));
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    entries
}

/// Whether a name is that of a file in the folder itself.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains('/')
}

fn answer(order: &Order, place: usize, number: usize) -> Answer {
    let job = &order.jobs[place];
    if order.panics.iter().any(|panics| matches!(panics, Panics::Open { path } if *path == job.path)) {
        return Answer::Final(Outcome::Panicked);
    }
    let Some(reply) = landing(order, &job.path, number) else { return Answer::Final(Outcome::Redirects) };
    if reply.latency_ms > order.patience_ms {
        return Answer::Temporary(Outcome::Timeout);
    }
    if reply.fault == Fault::Reset {
        return Answer::Temporary(Outcome::Connection);
    }
    match reply.status {
        200..300 => {}
        500..600 => return Answer::Temporary(Outcome::Status(reply.status)),
        status => return Answer::Final(Outcome::Status(status)),
    }
    let length = reply.body.length("");
    let given = reply.cut().unwrap_or(length).min(length);
    let panics = order
        .panics
        .iter()
        .any(|panics| matches!(panics, Panics::Body { path, after } if *path == job.path && *after <= given));
    if panics || panics_at(order, place, given) {
        return Answer::Final(Outcome::Panicked);
    }
    match reply.fault {
        Fault::ResetAfter(_) | Fault::SilentAfter(_) => Answer::Temporary(Outcome::Body),
        // A real client notices, and fails to read on.
        Fault::EndAfter(_) if order.answerer == Answerer::Server => Answer::Temporary(Outcome::Body),
        Fault::EndAfter(_) if reply.framing == Framing::Length && given < length => {
            Answer::Temporary(Outcome::Short { received: given, length })
        }
        Fault::EndAfter(_) | Fault::None | Fault::Reset => {
            let digest = if order.notes == Notes::Lengths { 0 } else { reply.body.digest("") };
            Answer::Whole(Content { bytes: given, digest })
        }
    }
}

/// Whether the progress callback panics at a job of which so many bytes have come.
fn panics_at(order: &Order, place: usize, received: u64) -> bool {
    order.panics.iter().any(
        |panics| matches!(panics, Panics::Progress { job, received: least } if *job == place && *least <= received),
    )
}

/// What a path answers in the end, when its redirects have been followed; `None` if they never end.
fn landing(order: &Order, path: &str, number: usize) -> Option<Reply> {
    let mut reply = order.site.reply(path, number);
    for _ in 0..MANY {
        let location = reply.headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value);
        match location.filter(|_| order.answerer == Answerer::Server && (300..400).contains(&reply.status)) {
            None => return Some(reply),
            Some(path) => reply = order.site.reply(path.trim_start_matches(site::ORIGIN), number),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use site::Body;

    use super::super::orders::{Sketch, always, at_last, faulty, file, order};
    use super::*;

    fn of(replies: Vec<Reply>) -> (Outcome, usize) {
        let Due { outcome, requests, .. } = due(&order().file("a", replies).attempts(3, 1), 0);
        (outcome, requests)
    }

    fn downloaded(attempts: u32) -> Outcome {
        Outcome::Downloaded { path: "a".to_owned(), bytes: 8, attempts }
    }

    #[test]
    fn what_may_go_better_is_tried_up_to_the_limit_and_nothing_else() {
        let busy = Reply::status(503);
        assert_eq!(of(vec![file("a")]), (downloaded(1), 1));
        assert_eq!(of(at_last(&[busy.clone(), faulty("a", Fault::Reset)], file("a"))), (downloaded(3), 3));
        assert_eq!(of(always(&busy, 3)), (Outcome::Status(503), 3));
        assert_eq!(of(at_last(&[busy.clone(), busy.clone(), busy], file("a"))), (Outcome::Status(503), 3));
        assert_eq!(of(at_last(&[Reply::not_found()], file("a"))), (Outcome::Status(404), 1));
        assert_eq!(of(vec![file("a").after_ms(1_001), file("a").after_ms(1_000)]), (downloaded(2), 2));
    }

    #[test]
    fn a_body_that_just_ends_is_short_in_memory_and_broken_over_a_real_connection() {
        let short = |length| faulty("a", Fault::EndAfter(length));
        assert_eq!(of(always(&short(5), 3)), (Outcome::Short { received: 5, length: 8 }, 3));
        assert_eq!(of(always(&short(8), 3)), (downloaded(1), 1));
        let served = order().file("a", always(&short(5), 3)).served();
        assert_eq!(due(&served, 0).outcome, Outcome::Body);
    }

    #[test]
    fn redirects_are_followed_to_their_end_if_they_have_one() {
        let order = order()
            .file("a", vec![Reply::redirect(302, "/b")])
            .file("b", vec![Reply::ok(Body::pattern(1, 5))])
            .file("c", vec![Reply::redirect(302, "/c")])
            .served();
        assert_eq!(due(&order, 0).content, due(&order, 1).content);
        assert_eq!(due(&order, 2).outcome, Outcome::Redirects);
    }

    #[test]
    fn names_are_looked_at_before_anything_else() {
        for (name, plain) in [("", false), ("..", false), ("a/b", false), ("a/", false), ("..a", true), ("a b", true)] {
            assert_eq!(is_plain(name), plain, "`{name}`");
        }
        let twins = order().named("/1", "a", vec![file("1")]).named("/2", "a", vec![file("2")]);
        assert_eq!(due(&twins, 0).outcome, Outcome::SameName);
        assert_eq!(folder(&twins), []);
    }
}
