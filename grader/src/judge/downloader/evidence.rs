//! What the observations of exercise 2 mean.

use protocol::downloader::{Entry, Outcome, Times};

use super::Evidence;
use super::due::{due, folder};
use super::wording;
use crate::judge::Fault;
use crate::sandbox::{Source, Usage};
use crate::verdict::Reason;

/// How many bytes of a file may come without a report.
pub(super) const UNREPORTED: u64 = 256 << 10;
/// The most memory that the process of a download may have at a time, in bytes, however long the file is.
pub(super) const CONSTANT: u64 = 64 << 20;

/// Every outcome is the right one. Whether they stand in the order of the jobs is another question: see [`in_order`].
pub(super) fn outcomes(evidence: &Evidence<'_>) -> Option<Fault> {
    let Evidence { order, observation, .. } = evidence;
    let (found, jobs) = (observation.outcomes.len(), order.jobs.len());
    if found != jobs {
        return Some(Fault::wrong(format!("{found} results came for {jobs} jobs"), "one result for each job"));
    }
    let due: Vec<Outcome> = (0..jobs).map(|place| due(order, place).outcome).collect();
    let mut unclaimed: Vec<&Outcome> = observation.outcomes.iter().collect();
    for due in &due {
        if let Some(place) = unclaimed.iter().position(|outcome| is_the_same(due, outcome)) {
            unclaimed.swap_remove(place);
        }
    }
    if unclaimed.is_empty() {
        return None;
    }
    let mut pairs = due.iter().zip(&observation.outcomes).enumerate();
    let (place, (due, outcome)) = pairs.find(|(_, (due, outcome))| !is_the_same(due, outcome))?;
    let name = &order.jobs[place].file_name;
    Some(Fault::wrong(
        format!("result {place} is {outcome}"),
        format!("job {place}, `{name}`, comes to {}", wording::required(due)),
    ))
}

/// Whether an outcome is the one that is due. Why a file could not be written is the system's business.
fn is_the_same(due: &Outcome, outcome: &Outcome) -> bool {
    matches!((due, outcome), (Outcome::File(_), Outcome::File(_))) || due == outcome
}

/// The results are those of the jobs at their places, whatever else is wrong with them.
pub(super) fn in_order(evidence: &Evidence<'_>) -> Option<Fault> {
    let Evidence { order, observation, .. } = evidence;
    let (found, jobs) = (observation.outcomes.len(), order.jobs.len());
    if found != jobs {
        return Some(Fault::wrong(format!("{found} results came for {jobs} jobs"), "one result for each job"));
    }
    let mut pairs = order.jobs.iter().zip(&observation.outcomes).enumerate();
    pairs.find_map(|(place, (job, outcome))| match outcome {
        Outcome::Downloaded { path, .. } if *path == job.file_name => None,
        Outcome::Downloaded { path, .. } => Some(Fault::wrong(
            format!("result {place} is that of `{path}`"),
            format!("result {place} is that of job {place}, `{}`", job.file_name),
        )),
        other => Some(Fault::wrong(
            format!("result {place} is {other}"),
            format!("job {place}, `{}`, is downloaded", job.file_name),
        )),
    })
}

/// The folder holds the right files, and nothing else.
pub(super) fn files(evidence: &Evidence<'_>) -> Option<Fault> {
    arrived(evidence).or_else(|| strays(&folder(evidence.order), &evidence.observation.folder))
}

/// Every file that should be there is, whole, and no job's file that should not. What else is there is not looked at.
pub(super) fn arrived(evidence: &Evidence<'_>) -> Option<Fault> {
    let required = folder(evidence.order);
    let found = &evidence.observation.folder;
    let unasked = || {
        let jobs = &evidence.order.jobs;
        let is_a_jobs = |entry: &&Entry| jobs.iter().any(|job| job.file_name == entry.name);
        let entry = found.iter().filter(is_a_jobs).find(|entry| required.iter().all(|due| due.name != entry.name))?;
        Some(Fault::wrong(
            format!("`{}` is in the folder, although its job failed", entry.name),
            "under its name there is a file only if its job was done",
        ))
    };
    missing(&required, found).or_else(|| damaged(&required, found)).or_else(unasked)
}

/// Nothing is left in the folder but the files of jobs that were done, and what was there before is as it was.
pub(super) fn nothing_left(evidence: &Evidence<'_>) -> Option<Fault> {
    let Evidence { order, observation, .. } = evidence;
    let required = folder(order);
    let done = |name: &str| {
        let place = order.jobs.iter().position(|job| job.file_name == name);
        place.is_some_and(|place| due(order, place).content.is_some())
    };
    let kept: Vec<Entry> = required.iter().filter(|entry| !done(&entry.name)).cloned().collect();
    strays(&required, &observation.folder)
        .or_else(|| damaged(&kept, &observation.folder))
        .or_else(|| missing(&kept, &observation.folder))
}

fn missing(required: &[Entry], found: &[Entry]) -> Option<Fault> {
    let lost = required.iter().find(|entry| found.iter().all(|other| other.name != entry.name))?;
    Some(Fault::wrong(
        format!("`{}` is not in the folder", lost.name),
        "every file that was downloaded is there, and what was there before",
    ))
}

fn damaged(required: &[Entry], found: &[Entry]) -> Option<Fault> {
    required.iter().find_map(|entry| {
        let other = found.iter().find(|other| other.name == entry.name)?;
        let observed = match (entry.content, other.content) {
            (due, content) if due == content => return None,
            (Some(due), Some(content)) if due.bytes != content.bytes => {
                format!("`{}` has {} bytes, not {}", entry.name, content.bytes, due.bytes)
            }
            (Some(_), Some(_)) => format!("`{}` has other bytes than were sent", entry.name),
            _ => format!("`{}` has become something else", entry.name),
        };
        Some(Fault::wrong(observed, "a file is whole, byte for byte; what was there before is replaced or left alone"))
    })
}

fn strays(required: &[Entry], found: &[Entry]) -> Option<Fault> {
    let stray = found.iter().find(|entry| required.iter().all(|other| other.name != entry.name))?;
    Some(Fault::wrong(
        format!("`{}` was left in the folder", stray.name),
        "at the end the folder has whole files, under their own names, and nothing else",
    ))
}

/// Every path was requested as often as it should.
pub(super) fn counts(evidence: &Evidence<'_>) -> Option<Fault> {
    let Evidence { order, requests, .. } = evidence;
    (0..order.jobs.len()).find_map(|place| {
        let (job, due) = (&order.jobs[place], due(order, place));
        let found = requests.counts.get(&job.path).copied().unwrap_or(0);
        // A client asks the same address several times before it gives up on its redirects.
        if found == due.requests || due.outcome == Outcome::Redirects {
            return None;
        }
        let why = match &due.outcome {
            Outcome::BadName | Outcome::SameName => "a job that is refused is never requested".to_owned(),
            Outcome::Downloaded { .. } => format!("it takes {} until it comes", wording::requests(due.requests)),
            _ if due.requests == order.attempts as usize => {
                format!("{} are allowed for each job, and all are used", wording::requests(due.requests))
            }
            _ => format!("this is tried {} and not again", wording::times(due.requests)),
        };
        Some(Fault::wrong(format!("`{}` was requested {}", job.path, wording::times(found)), why))
    })
}

/// Redirects that never end were followed once.
pub(super) fn redirects(evidence: &Evidence<'_>) -> Option<Fault> {
    /// More than a client follows for one request, and fewer than for two.
    const ONCE: usize = 15;
    let Evidence { order, requests, .. } = evidence;
    (0..order.jobs.len()).find_map(|place| {
        let path = &order.jobs[place].path;
        let found = requests.counts.get(path).copied().unwrap_or(0);
        (due(order, place).outcome == Outcome::Redirects && found > ONCE).then(|| {
            Fault::wrong(
                format!("`{path}`, which redirects to itself, was opened again and again"),
                "`FetchError::Redirects` is final: the job is not tried again",
            )
        })
    })
}

/// Never more requests than workers.
pub(super) fn in_flight(evidence: &Evidence<'_>) -> Option<Fault> {
    let (most, workers) = (evidence.requests.most_in_flight, evidence.order.workers);
    (most > workers).then(|| {
        Fault::wrong(
            format!("{most} requests were under way at the same time"),
            format!("with `workers: {workers}` never more than {workers}"),
        )
    })
}

/// Requests that have to be under way together are.
pub(super) fn gathered(evidence: &Evidence<'_>) -> Option<Fault> {
    let path = evidence.requests.alone.as_ref()?;
    Some(wording::alone(path, evidence.requests.most_in_flight))
}

/// No file under its final name before it is whole.
pub(super) fn whole(evidence: &Evidence<'_>) -> Option<Fault> {
    let name = evidence.observation.early.as_ref()?;
    let observed = if evidence.order.present.contains_key(name) {
        format!("`{name}`, which was there before, was changed or gone while the new one was still coming")
    } else {
        format!("`{name}` was there while its body was still coming")
    };
    Some(Fault::wrong(observed, "under its name a file is there when it is whole, and not before"))
}

/// Nothing was written outside the folder.
pub(super) fn inside(evidence: &Evidence<'_>) -> Option<Fault> {
    let name = evidence.observation.beside.first()?;
    Some(Fault::wrong(format!("`{name}` was written beside the folder"), "nothing is written outside the folder"))
}

/// What was reported of each job begins at nothing, never goes back, and adds up.
pub(super) fn reports(evidence: &Evidence<'_>) -> Option<Fault> {
    let Evidence { order, observation, .. } = evidence;
    order.jobs.iter().enumerate().find_map(|(place, job)| {
        let due = due(order, place);
        let reports = observation.reports.get(place)?;
        let name = &job.file_name;
        if due.requests == 0 {
            return None;
        }
        if reports.unannounced || reports.first != Some(0) {
            let first = match reports.first {
                _ if reports.unannounced => "was requested before anything was reported of it".to_owned(),
                Some(bytes) => format!("was first reported with {bytes} bytes"),
                None => "was never reported".to_owned(),
            };
            let required = "each job is reported with 0 bytes before its first request";
            return Some(Fault::wrong(format!("job {place}, `{name}`, {first}"), required));
        }
        if let Some((before, after)) = reports.went_back {
            return Some(Fault::wrong(
                format!("job {place}, `{name}`, was reported with {before} bytes, and then with {after}"),
                "no report of a job has fewer bytes than the one before",
            ));
        }
        if let Some(bytes) = reports.no_farther {
            return Some(Fault::wrong(
                format!(
                    "job {place}, `{name}`, had been reported with {bytes} bytes, and was again when it was tried again"
                ),
                "what is tried again is reported only when it gets farther than before",
            ));
        }
        if reports.unreported > UNREPORTED {
            return Some(Fault::wrong(
                format!("{} bytes of `{name}` had come and were not reported when more was read", reports.unreported),
                format!("there is a report for every {} KiB at least", UNREPORTED >> 10),
            ));
        }
        if let Some(length) = reports.wrong_length {
            return Some(Fault::wrong(
                format!("`{name}` was reported with `length: {length:?}`"),
                "`length` is what the server said",
            ));
        }
        let is_done = |outcome: &Outcome| matches!(outcome, Outcome::Downloaded { path, .. } if path == name);
        let done = observation.outcomes.iter().any(is_done);
        let bytes = due.content.filter(|_| done).map(|content| content.bytes)?;
        (reports.last != Some(bytes)).then(|| {
            Fault::wrong(
                format!("the last report of `{name}` has {} bytes", reports.last.unwrap_or(0)),
                format!("the last report of a job has the length of its file, here {bytes}"),
            )
        })
    })
}

/// The pauses between the requests for one path, in microseconds, with what each should be.
fn pauses<'a>(evidence: &'a Evidence<'_>) -> impl Iterator<Item = (&'a Times, Option<u64>, u64)> {
    let times = &evidence.observation.times;
    let back_off = evidence.order.back_off_ms * 1_000;
    times.iter().zip(times.iter().skip(1)).filter(|(one, other)| one.path == other.path).map(move |(one, other)| {
        let pause = one.ended.map(|ended| other.began.saturating_sub(ended));
        (other, pause, back_off << one.number)
    })
}

/// Each pause is long enough.
pub(super) fn pauses_enough(evidence: &Evidence<'_>) -> Option<Fault> {
    let (times, pause, due) = pauses(evidence).find(|(_, pause, due)| pause.is_none_or(|pause| pause < *due))?;
    Some(pause_differs(times, pause.unwrap_or(0), due))
}

/// Each pause is as long as it should be, on a clock that tells exactly; who looks now and then may be a little late.
pub(super) fn pauses_exactly(evidence: &Evidence<'_>) -> Option<Fault> {
    let exact = |pause: u64, due: u64| (due..=due + due / 20).contains(&pause);
    let mut pauses = pauses(evidence);
    let (times, pause, due) = pauses.find(|(_, pause, due)| !pause.is_some_and(|pause| exact(pause, *due)))?;
    Some(pause_differs(times, pause.unwrap_or(0), due))
}

fn pause_differs(times: &Times, pause: u64, due: u64) -> Fault {
    let Times { path, number, .. } = times;
    Fault::wrong(
        format!("request {} for `{path}` came {} ms after the one before had failed", number + 1, wording::ms(pause)),
        format!("the pause before it is {} ms: each is twice as long as the one before", wording::ms(due)),
    )
}

/// There were pauses.
pub(super) fn retried(evidence: &Evidence<'_>) -> Option<Fault> {
    let Evidence { order, .. } = evidence;
    let place = (0..order.jobs.len()).find(|place| {
        let found = evidence.requests.counts.get(&order.jobs[*place].path).copied().unwrap_or(0);
        found < due(order, *place).requests
    })?;
    Some(Fault::wrong(
        format!("`{}` was not requested again", order.jobs[place].path),
        "after the pause a failed request is made again",
    ))
}

/// While one job pauses, all others go on.
pub(super) fn nobody_waits(evidence: &Evidence<'_>) -> Option<Fault> {
    let times = &evidence.observation.times;
    let failed = times.iter().find(|times| times.number == 0 && evidence.requests.counts[&times.path] > 1)?;
    let over = failed.ended? + evidence.order.back_off_ms * 1_000;
    let late = times.iter().find(|times| times.path != failed.path && times.began >= over)?;
    Some(Fault::wrong(
        format!("`{}` was not requested before the pause of `{}` was over", late.path, failed.path),
        "the pause of one job keeps at most its own worker from the other jobs",
    ))
}

/// Memory does not grow with the file.
pub(super) fn constant_memory(bytes: u64) -> impl Fn(&Usage) -> Option<Fault> {
    move |usage| {
        let memory = usage.memory;
        (memory.source != Source::Unavailable && memory.value > CONSTANT).then(|| Fault {
            reason: Reason::MemoryLimit,
            ..Fault::wrong(
                format!("the process had {} MiB of memory for a file of {} MiB", memory.value >> 20, bytes >> 20),
                format!("it never has more than {} MiB, however long the file is", CONSTANT >> 20),
            )
        })
    }
}
