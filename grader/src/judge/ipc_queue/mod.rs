//! The oracle of exercise 7: the queue between processes.

mod gathering;
mod pairs;
mod rounds;
mod sharing;
mod streams;

use protocol::Panic;
use protocol::ipc_queue::{Observation, Order, Receipt, Work};

use crate::judge::{Fault, Judge, Plan, Round};
use crate::verdict::{Reason, Repeats, Witness};

/// The oracle of exercise 7.
pub(super) struct IpcQueueJudge;

impl Judge for IpcQueueJudge {
    fn rounds(&self, plan: &Plan<'_>) -> Vec<Round> {
        rounds::of(plan)
    }
}

/// An observation of another kind than the order asked for, or none.
fn unasked(observation: &Observation) -> Fault {
    match observation {
        Observation::NotBegun(error) => {
            Fault::wrong(format!("the workers of the round could not be started: {error}"), "workers are started")
        }
        _ => Fault { reason: Reason::Tampered, ..Fault::wrong("a record of another round", "a record of this round") },
    }
}

/// A panic in `call`.
fn panicked(call: &str, panic: &Panic) -> Fault {
    Fault::panicked(&format!("`{call}`"), panic)
}

/// A few lines to read.
fn lines(lines: impl IntoIterator<Item = String>) -> Witness {
    Witness::Lines { lines: lines.into_iter().collect() }
}

/// A few messages through a pipe between two processes.
fn piped(work: Work) -> Round {
    Round::new(&Order::Work(work), Repeats::Exactly, move |observation| match observation {
        Observation::Worked(worked) if worked.messages == work.messages => None,
        Observation::Worked(worked) => Some(match &worked.last {
            Receipt::Panicked(panic) => panicked("recv", panic),
            last => Fault::wrong(
                format!(
                    "of {} texts of {} MiB that another process sent, {} arrived; then `recv` returned {last}",
                    work.messages,
                    work.length >> 20,
                    worked.messages
                ),
                "every message arrives",
            ),
        }),
        other => Some(unasked(&other)),
    })
}

/// Work to be timed; everything must have arrived.
fn work(work: Work) -> Round {
    Round::new(&Order::Work(work), Repeats::Roughly, move |observation| match observation {
        Observation::Worked(worked) if worked.messages == work.messages && worked.last == Receipt::End => None,
        Observation::Worked(worked) => Some(Fault::wrong(
            format!("of {} messages {} arrived; then `recv` returned {}", work.messages, worked.messages, worked.last),
            format!("{} messages arrive, and then the end", work.messages),
        )),
        other => Some(unasked(&other)),
    })
}
