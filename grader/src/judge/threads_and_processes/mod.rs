//! The oracle of exercise 6: threads against processes.
//!
//! The workload is the grader's, so what a benchmark says is held against the units of work that were seen.

mod evidence;
mod rendering;
mod rounds;
mod runs;
mod sampling;
mod statistics;
mod wording;

use protocol::threads_and_processes::{Call, Called, Comparison, Happening, Mode, Observation, Order, Outcome, Work};
use protocol::workers::{Fault as WorkerFault, LeftoverState};

use crate::judge::snapshot::Snapshot;
use crate::judge::{Fault, Judge, Plan, Round};
use crate::sandbox::{Source, Usage};
use crate::verdict::{Reason, Repeats};

/// The oracle of exercise 6.
pub(super) struct BenchJudge;

impl Judge for BenchJudge {
    fn rounds(&self, plan: &Plan<'_>) -> Vec<Round> {
        rounds::of(plan)
    }

    fn snapshots(&self) -> Vec<Snapshot> {
        vec![rendering::snapshot()]
    }
}

/// Looks at a call that has returned a comparison.
type Evidence = fn(&Call, &Called, &Comparison) -> Option<Fault>;

/// A call that must return a comparison, of which `evidence` is looked at.
fn compared(call: Call, evidence: Evidence) -> Round {
    round(call, Repeats::Roughly, move |call, called| match &called.outcome {
        Outcome::Compared(comparison) => evidence(call, called, comparison),
        outcome => Some(unexpected(outcome, "a comparison")),
    })
}

/// A call in which something goes wrong, or may.
fn troubled(call: Call) -> Round {
    let repeats = if call.launch.patience_ms.is_some() { Repeats::Roughly } else { Repeats::Exactly };
    round(call, repeats, |call, called| judge_trouble(call, &called.outcome))
}

/// A call after which nothing may be left behind, whatever it returned.
fn leaving(call: Call) -> Round {
    let judge = |_: &Call, called: &Called| panicked(&called.outcome).or_else(|| nothing_left(called));
    round(call, Repeats::Roughly, judge).alone(nobody_left)
}

/// A call that asks for nothing that could be measured.
fn refused(call: Call, due: Outcome) -> Round {
    round(call, Repeats::Exactly, move |_, called| {
        if called.outcome != due {
            return Some(unexpected(&called.outcome, &format!("`{due}`")));
        }
        let done = called.units.len();
        (done > 0).then(|| {
            Fault::wrong(format!("{done} units of work were done before the call returned"), "nothing is run at all")
        })
    })
}

fn round(
    call: Call,
    repeats: Repeats,
    judge: impl Fn(&Call, &Called) -> Option<Fault> + Send + Sync + 'static,
) -> Round {
    let scene = wording::witness(&call);
    Round::new(&Order::Compare(call.clone()), repeats, move |observation: Observation| {
        let Observation::Called(called) = observation else { return Some(out_of_turn()) };
        judge(&call, &called).map(|fault| fault.with_witness(wording::witness(&call)))
    })
    .shown_as(scene)
}

/// An answer to something else than what was asked.
fn out_of_turn() -> Fault {
    Fault { reason: Reason::Tampered, ..Fault::wrong("an answer to another order", "an answer to this order") }
}

fn panicked(outcome: &Outcome) -> Option<Fault> {
    let Outcome::Panicked(panic) = outcome else { return None };
    Some(Fault::panicked("`compare`", panic))
}

/// An outcome that is not the one that is due.
fn unexpected(outcome: &Outcome, due: &str) -> Fault {
    panicked(outcome)
        .unwrap_or_else(|| Fault::wrong(format!("`compare` returned `{outcome}`"), format!("`compare` returns {due}")))
}

/// What goes wrong is an error that names its mode; what goes well, only late, is none.
fn judge_trouble(call: &Call, outcome: &Outcome) -> Option<Fault> {
    let harmless = |fault: &WorkerFault| matches!(fault, WorkerFault::Slow(_));
    // What is cut off can be of no importance, or nothing at all.
    let doubtful = |fault: &WorkerFault| matches!(fault, WorkerFault::ClosesAfterWriting(1..));
    let faults = || call.launch.faults.iter().map(|(_, fault)| fault);
    let goes_wrong = call.work.event.filter(|event| !matches!(event.happening, Happening::Stalls(_)));
    let happens = |happening| goes_wrong.is_some_and(|event| event.happening == happening);
    let (panics, lies) = (happens(Happening::Panics), happens(Happening::Lies));
    let blamed = goes_wrong.map(|event| event.mode.unwrap_or(Mode::Sequential));
    let blamed = blamed.or_else(|| faults().any(|fault| !harmless(fault)).then_some(Mode::Processes));
    let may_go_well = goes_wrong.is_none() && faults().all(|fault| harmless(fault) || doubtful(fault));
    match (outcome, blamed) {
        (Outcome::Compared(comparison), _) if may_go_well => evidence::right_checksum(call, comparison),
        (Outcome::Failed(mode), Some(blamed)) if *mode == blamed && !lies => None,
        (Outcome::Checksum(mode), Some(blamed)) if *mode == blamed && !panics => None,
        (outcome, Some(blamed)) if panics || lies => {
            let kind = if panics { "Failed" } else { "Checksum" };
            Some(unexpected(outcome, &format!("`{kind}` with `Mode::{blamed:?}`")))
        }
        (outcome, Some(blamed)) => Some(unexpected(outcome, &format!("an error that names `Mode::{blamed:?}`"))),
        (outcome, None) => Some(unexpected(outcome, "a comparison")),
    }
}

/// The checksum of all units.
fn checksum(work: &Work) -> u64 {
    (0..work.units).fold(0, |sum, unit| sum.wrapping_add(work.checksum(unit)))
}

fn nothing_left(called: &Called) -> Option<Fault> {
    let count = |state| called.leftovers.iter().filter(|leftover| leftover.state == state).count();
    match (count(LeftoverState::Running), count(LeftoverState::Zombie), called.threads_left) {
        (0, 0, 0) => None,
        (0, 0, threads) => Some(left(format!("{threads} threads were still there when the call had returned"))),
        (0, zombies, _) => Some(left(format!("{zombies} workers had ended, and nobody had waited for them"))),
        (running, ..) => Some(left(format!("{running} workers were still running when the call had returned"))),
    }
}

/// Nothing was left behind, not even by those who were left behind themselves.
fn nobody_left(usage: &Usage) -> Option<Fault> {
    let left_behind = usage.left_behind;
    (left_behind.source != Source::Unavailable && left_behind.value > 0)
        .then(|| left(format!("{} processes outlived the program", left_behind.value)))
}

/// A process or thread that a call has left behind.
fn left(observed: String) -> Fault {
    Fault {
        reason: Reason::LeftRunning,
        ..Fault::wrong(observed, "when the call returns, every thread and worker has ended and was waited for")
    }
}
