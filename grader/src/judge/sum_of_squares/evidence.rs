//! What is looked at besides the result of a call: the processes that did the work.

use protocol::sum_of_squares::{Input, Observation, Order};
use protocol::workers::{LeftoverState, Roll};

use super::left;
use crate::judge::Fault;
use crate::sandbox::{Source, Usage};
use crate::verdict::Reason;

/// The most memory that a process may take for a file of any length, in bytes: several times what buffers need, and less
/// than the share of one of two workers in the files that this is looked at with.
const CONSTANT: u64 = 20 << 20;

/// What a process may read of a file beyond its own part, in bytes: a buffer of generous size, and the loading of the
/// program.
const BEYOND: u64 = 512 << 10;

/// The workers were processes, all alive at once, no more than were asked for, and each had its share.
pub(super) fn all_at_once(order: &Order, observation: &Observation) -> Option<Fault> {
    let required = format!("{} worker processes are alive at the same time", order.workers);
    let roll = observation.roll.as_ref()?;
    let started = roll.workers.len();
    if started == 0 {
        return Some(Fault::wrong("no worker process was started", required));
    }
    if started > order.workers {
        return Some(Fault::wrong(format!("{started} workers were started"), format!("{} are", order.workers)));
    }
    if order.launch.muster.is_some_and(|size| size > 1) && !roll.met {
        let most = roll.most_at_once;
        return Some(Fault::wrong(
            format!("{started} workers were started, and at most {most} were alive at the same time"),
            required,
        ));
    }
    strangers(roll).or_else(|| fair_shares(order, observation, roll))
}

/// As many workers as were asked for came, at once or not, and each had its share.
pub(super) fn all_came(order: &Order, observation: &Observation) -> Option<Fault> {
    let started = observation.roll.as_ref().map_or(0, |roll| roll.workers.len());
    if started < order.workers {
        return Some(Fault::wrong(
            format!("worker processes started: {started}"),
            format!("{} worker processes do the work that is timed", order.workers),
        ));
    }
    all_at_once(order, observation)
}

/// Each worker has read at least half of a fair share of the input.
fn fair_shares(order: &Order, observation: &Observation, roll: &Roll) -> Option<Fault> {
    let input = match &order.input {
        // A number of 50 bits cannot be told in fewer bytes.
        Input::Drawn(numbers) if numbers.bits >= 50 => numbers.count * 6,
        Input::Long(..) => observation.file_bytes,
        _ => return None,
    };
    let fair = input / order.workers as u64;
    let idle = roll.workers.iter().find_map(|worker| {
        let read = worker.service?.bytes_read?;
        (read < fair / 2).then_some((worker.index, read))
    });
    let (worker, read) = idle?;
    Some(Fault::wrong(
        format!("worker {worker} read {read} bytes of an input of {input}"),
        format!("each of {} workers reads about {fair} bytes", order.workers),
    ))
}

/// Each worker has read its own part of the file, and all of them together the whole.
pub(super) fn own_parts(order: &Order, observation: &Observation) -> Option<Fault> {
    let roll = observation.roll.as_ref()?;
    let length = observation.file_bytes;
    let part = length / order.workers as u64;
    let most = part + (part / 2).max(BEYOND);
    let reads: Option<Vec<u64>> = roll.workers.iter().map(|worker| worker.service?.bytes_read).collect();
    // Where the kernel tells nothing, nothing can be said.
    let reads = reads?;
    if let Some((worker, read)) = (0..).zip(&reads).find(|(_, read)| **read > most) {
        return Some(Fault::wrong(
            format!("worker {worker} read {read} bytes of a file of {length}"),
            format!("each of {} workers reads its own part, about {part} bytes", order.workers),
        ));
    }
    let together: u64 = reads.iter().sum();
    (together < length).then(|| {
        Fault::wrong(
            format!("the workers read {together} bytes together, of a file of {length}"),
            "the workers read the file, each its own part",
        )
    })
}

/// Neither the parent nor a worker took memory for the whole of the file, or for its part of it.
pub(super) fn constant_memory(_: &Order, observation: &Observation) -> Option<Fault> {
    let length = observation.file_bytes >> 20;
    let too_much = |who: String, bytes: u64| {
        Some(Fault {
            reason: Reason::MemoryLimit,
            ..Fault::wrong(
                format!("{who} took {} MiB of memory for a file of {length} MiB", bytes >> 20),
                format!("no process takes more than {} MiB, however long the file is", CONSTANT >> 20),
            )
        })
    };
    if let Some(growth) = observation.growth.filter(|growth| *growth > CONSTANT) {
        return too_much("the parent".to_owned(), growth);
    }
    let roll = observation.roll.as_ref()?;
    let peaks = roll.workers.iter().filter_map(|worker| Some((worker.index, worker.service?.peak_memory?)));
    let (worker, peak) = peaks.max_by_key(|(_, peak)| *peak).filter(|(_, peak)| *peak > CONSTANT)?;
    too_much(format!("worker {worker}"), peak)
}

/// A worker that writes without end costs no memory without end.
pub(super) fn bounded_answer(_: &Order, observation: &Observation) -> Option<Fault> {
    let growth = observation.growth.filter(|growth| *growth > 2 * CONSTANT)?;
    Some(Fault {
        reason: Reason::MemoryLimit,
        ..Fault::wrong(
            format!("the parent took {} MiB of memory for a worker's endless answer", growth >> 20),
            "the parent reads no more of an answer than an answer can be long",
        )
    })
}

/// Nothing was left behind.
pub(super) fn nothing_left(_: &Order, observation: &Observation) -> Option<Fault> {
    let count = |state| observation.leftovers.iter().filter(|leftover| leftover.state == state).count();
    match (count(LeftoverState::Running), count(LeftoverState::Zombie), observation.threads_left) {
        (0, 0, 0) => None,
        (0, 0, threads) => Some(left(format!("{threads} threads were still there when the call had returned"))),
        (0, zombies, _) => Some(left(format!("{zombies} workers had ended, and nobody had waited for them"))),
        (running, ..) => Some(left(format!("{running} workers were still running when the call had returned"))),
    }
}

/// Nothing was left behind, not even by those who were left behind themselves.
pub(super) fn nobody_left(usage: &Usage) -> Option<Fault> {
    let left_behind = usage.left_behind;
    (left_behind.source != Source::Unavailable && left_behind.value > 0)
        .then(|| left(format!("{} processes outlived the program", left_behind.value)))
}

fn strangers(roll: &Roll) -> Option<Fault> {
    (roll.strangers > 0).then(|| Fault {
        reason: Reason::Tampered,
        ..Fault::wrong("something else than a worker spoke in a worker's name", "only workers speak for workers")
    })
}

#[cfg(test)]
mod tests {
    use protocol::sum_of_squares::Outcome;
    use protocol::workers::{Attendance, Launch};

    use super::*;

    #[test]
    fn a_timed_call_needs_every_worker() {
        let launch = Launch { muster: Some(1), ..Launch::default() };
        let order = Order { input: Input::Listed(vec![1, 2]), workers: 2, launch };
        let with = |count| Observation {
            outcome: Outcome::Sum(5),
            roll: Some(Roll {
                workers: (0..count)
                    .map(|index| Attendance { launcher: 0, index, pid: 7, reports: Vec::new(), service: None })
                    .collect(),
                ..Roll::default()
            }),
            leftovers: Vec::new(),
            threads_left: 0,
            file_bytes: 0,
            growth: None,
        };
        let is_fault = [0, 1, 2, 3].map(|count| all_came(&order, &with(count)).is_some());
        assert_eq!(is_fault, [true, true, false, true]);
    }
}
