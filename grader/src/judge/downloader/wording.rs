//! How the rounds of exercise 2 are put into words.

use protocol::downloader::{HELD, Order, Outcome, Panics, Present};
use protocol::explore::{Awaited, Story};
use site::{Fault as Trouble, Framing, Hold, Reply};

use crate::judge::Fault;
use crate::verdict::{Reason, Witness};

/// The most jobs of a round that are shown with a failure.
const SHOWN: usize = 14;

/// An outcome that is required.
pub(super) fn required(outcome: &Outcome) -> String {
    match outcome {
        Outcome::File(_) => "Err(File)".to_owned(),
        outcome => outcome.to_string(),
    }
}

/// `once`, `twice`, `3 times`.
pub(super) fn times(count: usize) -> String {
    match count {
        0 => "not at all".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// `1 request`, `2 requests`.
pub(super) fn requests(count: usize) -> String {
    if count == 1 { "1 request".to_owned() } else { format!("{count} requests") }
}

/// Microseconds as milliseconds.
pub(super) fn ms(micros: u64) -> String {
    if micros.is_multiple_of(1_000) {
        (micros / 1_000).to_string()
    } else {
        format!("{}.{:03}", micros / 1_000, micros % 1_000)
    }
}

/// A request that was held in vain until others came.
pub(super) fn alone(path: &str, most_in_flight: usize) -> Fault {
    Fault::wrong(
        format!(
            "while `{path}` was under way, other jobs waited to begin, and no worker came for them (most at the same time: {most_in_flight})"
        ),
        "as long as a job has not begun and fewer than `workers` requests are under way, one begins",
    )
}

/// What a modelled round means in which nobody can go on: a request may wait for one beside it that nobody makes.
pub(super) fn stuck(story: &Story) -> Option<Fault> {
    let named = |object: Option<u32>| {
        let object = object.and_then(|object| story.objects.get(usize::try_from(object).ok()?));
        object.is_some_and(|object| object.name.contains(HELD))
    };
    story.waits.iter().find(|wait| wait.place.is_none() && named(wait.object))?;
    let asleep = story.waits.iter().any(|wait| wait.place.is_some() && wait.awaited == Awaited::Notification);
    let (reason, others) = if asleep {
        (Reason::LostWakeUp, "the other worker sleeps, and nobody wakes it")
    } else {
        (Reason::Deadlock, "no other worker is there for them, or the others wait for this one")
    };
    let observed = format!("while one request is under way, other jobs wait to begin: {others}");
    Some(Fault {
        reason,
        ..Fault::wrong(
            observed,
            "as long as a job has not begun and fewer than `workers` requests are under way, one begins",
        )
    })
}

/// A small round as lines to read.
pub(super) fn sketch(order: &Order) -> Witness {
    if order.jobs.len() > SHOWN {
        return Witness::Nothing;
    }
    let (workers, attempts, back_off) = (order.workers, order.attempts, order.back_off_ms);
    let mut lines = vec![format!("workers: {workers}, attempts: {attempts}, back_off: {back_off} ms")];
    lines.extend(order.jobs.iter().enumerate().map(|(place, job)| {
        let name = if job.path.strip_prefix('/') == Some(&job.file_name) {
            String::new()
        } else {
            format!(" as `{}`", job.file_name)
        };
        format!("job {place}: {}{name}: {}", job.path, answers(order, &job.path))
    }));
    lines.extend(order.panics.iter().map(|panics| match panics {
        Panics::Open { path } => format!("`open` panics for {path}"),
        Panics::Body { path, after } => format!("the body of {path} panics after {after} bytes"),
        Panics::Progress { job, received } => format!("`progress` panics for job {job} from {received} bytes on"),
    }));
    lines.extend(order.disk_full_after.map(|bytes| format!("the disk is full when a file has {bytes} bytes")));
    lines.extend(order.present.iter().map(|(name, present)| match present {
        Present::File(_) => format!("in the folder before: the file `{name}`"),
        Present::Folder => format!("in the folder before: a folder `{name}`"),
    }));
    Witness::Lines { lines }
}

/// What a path answers, the same answers together.
fn answers(order: &Order, path: &str) -> String {
    let Some(page) = order.site.pages.get(path) else { return "status 404".to_owned() };
    let mut words: Vec<(String, usize)> = Vec::new();
    // Beyond the allowed requests, nobody should ask.
    for reply in page.replies.iter().take(order.attempts as usize) {
        let said = answer(reply, order.patience_ms);
        match words.last_mut() {
            Some((last, count)) if *last == said => *count += 1,
            _ => words.push((said, 1)),
        }
    }
    let words = words.into_iter().map(|(said, count)| if count > 1 { format!("{count} times {said}") } else { said });
    words.collect::<Vec<_>>().join(", then ")
}

fn answer(reply: &Reply, patience_ms: u64) -> String {
    let length = reply.body.length("");
    let after = match reply.hold {
        Hold::No => String::new(),
        Hold::InFlight(count) => format!(", held until {count} requests are under way"),
        Hold::Answered(count) => format!(", held until {count} requests are answered"),
    };
    if reply.latency_ms > patience_ms {
        return "no answer in time".to_owned();
    }
    let said = match (reply.status, reply.fault) {
        (_, Trouble::Reset) => "no connection".to_owned(),
        (300..400, _) => format!("status {}, a redirect", reply.status),
        (200..300, Trouble::None) if reply.framing == Framing::Chunked => format!("{length} bytes in chunks"),
        (200..300, Trouble::None) => format!("{length} bytes"),
        (200..300, Trouble::ResetAfter(bytes)) => format!("{length} bytes, reset after {bytes}"),
        (200..300, Trouble::EndAfter(bytes)) => format!("{length} bytes, of which {bytes} come"),
        (200..300, Trouble::SilentAfter(bytes)) => format!("{length} bytes, silent after {bytes}"),
        (status, _) => format!("status {status}"),
    };
    said + &after
}
