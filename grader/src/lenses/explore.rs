//! The explore lens: the unmodified submission under a scheduler that walks its interleavings.
//!
//! The search runs inside the driver's process; every observation that it comes upon for the first time is judged here.
//! The first failure has the fewest delays, and so the shortest story.

use std::cell::RefCell;
use std::path::Path;

use protocol::explore::{Awaited, Budget, End, Exploration, Failure as Found, FailureKind, Reached, Replay, Story};
use serde_json::value::RawValue;

use crate::catalog::Limits;
use crate::coverage::{Covered, Exhausted, Halt};
use crate::judge::{Effort, Fault, Plan, Round, Schedules};
use crate::lenses::{LensError, Subject, driver_job, early_end, failure};
use crate::replay::Record;
use crate::report::Build;
use crate::session::{Over, Session};
use crate::verdict::{Failure, Lens, Location, Reason, Repeats, Witness};

/// What the lens saw of one check.
#[derive(Debug)]
pub struct Explored {
    /// How far it got; `None` if no round came to an end.
    pub covered: Option<Covered>,
    /// The failure, if there is one.
    pub failure: Option<Failure>,
    /// The round that failed, as its place among the rounds of the check.
    pub round: usize,
}

/// Explores every round of a check; stops at the first that has a failing schedule.
///
/// # Errors
/// [`LensError`]: the grader's fault.
pub fn look(subject: &Subject<'_>, driver: &Path, check: &str) -> Result<Explored, LensError> {
    let plan = Plan { check, lens: Lens::Explore, seed: subject.seed, effort: subject.effort };
    let rounds = subject.judge.rounds(&plan);
    let budget = budget(subject);
    let mut session = Session::start(subject.sandbox, driver_job(subject, driver), subject.exercise.limits.patience())?;
    let mut covered = None;
    for (index, round) in rounds.iter().enumerate() {
        let outcome = explore(subject, &mut session, round, &budget, &mut covered)?;
        if let Some(fault) = outcome {
            let failure = failure(Lens::Explore, Repeats::Exactly, fault);
            return Ok(Explored { covered, failure: Some(failure), round: index });
        }
    }
    let failure = session
        .finish()?
        .err()
        .map(|over| failure(Lens::Explore, Repeats::Exactly, lost(&over, &subject.exercise.limits)));
    Ok(Explored { covered, failure, round: 0 })
}

/// What a kept schedule shows now.
#[derive(Debug)]
pub enum Shown {
    /// The submission no longer compiles, or can no longer be explored.
    NotBuilt(Build),
    /// The process of the replay ended before its time, in the same way that a check would tell.
    Lost(Box<Failure>),
    /// What was recorded is no schedule, or no round of this version of the grader.
    Outdated,
    /// The schedule was run.
    Told {
        /// What happened.
        replay: Box<Replay>,
        /// The failure, if it still fails.
        failure: Option<Box<Failure>>,
    },
}

/// Shows a failing schedule again.
///
/// # Errors
/// [`LensError`]: the grader's fault.
pub fn show(subject: &Subject<'_>, driver: &Path, record: &Record) -> Result<Shown, LensError> {
    let plan = Plan { check: &record.check, lens: Lens::Explore, seed: record.seed, effort: record.effort() };
    let rounds = subject.judge.rounds(&plan);
    let Some(round) = rounds.get(record.round) else { return Ok(Shown::Outdated) };
    let mut session = Session::start(subject.sandbox, driver_job(subject, driver), subject.exercise.limits.patience())?;
    let rejected: RefCell<Option<Fault>> = RefCell::default();
    let judge = |observation: &RawValue| {
        let fault = round.judge(observation).map_err(LensError::Observation)?;
        let accepted = fault.is_none();
        rejected.replace(fault);
        Ok::<_, LensError>(accepted)
    };
    let replay = match session.replay((&round.order, &record.schedule, round.leftover), judge)? {
        Ok(Some(replay)) => replay,
        Ok(None) => return Ok(Shown::Outdated),
        Err(over) => {
            return Ok(Shown::Lost(Box::new(failure(
                Lens::Explore,
                Repeats::Exactly,
                lost(&over, &subject.exercise.limits),
            ))));
        }
    };
    let failure = replay.failure.clone().map(|kind| {
        let found = Found { kind, found_at: 1, delays: None, story: replay.story.clone() };
        Box::new(failure(Lens::Explore, Repeats::Exactly, told(round, found, rejected.take())))
    });
    Ok(Shown::Told { replay: Box::new(replay), failure })
}

/// How much is searched in each round.
fn budget(subject: &Subject<'_>) -> Budget {
    let (schedules, random) = match subject.effort {
        Effort::Quick => (10_000, 1_000),
        Effort::Full => (60_000, 10_000),
    };
    Budget { schedules, random, seed: subject.seed, wall_ms: subject.exercise.limits.wall_ms / 4, ..Budget::default() }
}

/// The budget of a round with fewer schedules than most.
fn at_most(budget: &Budget, schedules: u64, effort: Effort) -> Budget {
    let schedules = match effort {
        Effort::Quick => schedules,
        Effort::Full => 6 * schedules,
    };
    Budget { schedules, random: schedules / 10, ..budget.clone() }
}

/// Explores one round.
fn explore(
    subject: &Subject<'_>,
    session: &mut Session,
    round: &Round,
    budget: &Budget,
    covered: &mut Option<Covered>,
) -> Result<Option<Fault>, LensError> {
    let rejected: RefCell<Option<Fault>> = RefCell::default();
    let judge = |observation: &RawValue| {
        let fault = round.judge(observation).map_err(LensError::Observation)?;
        let accepted = fault.is_none();
        rejected.replace(fault);
        Ok::<_, LensError>(accepted)
    };
    let undisturbed = Budget { delays: 0, random: 0, ..budget.clone() };
    let budget = match round.schedules {
        Schedules::Many => budget,
        Schedules::AtMost(schedules) => &at_most(budget, schedules, subject.effort),
        Schedules::Undisturbed => &undisturbed,
    };
    let so_far = RefCell::new(None);
    let outcome = session.explore((&round.order, budget, round.leftover), judge, |reached| {
        so_far.replace(Some(reached.clone()));
    })?;
    Ok(match outcome {
        Ok(Exploration { reached, failure }) => {
            if round.schedules != Schedules::Undisturbed {
                add(covered, &reached);
            }
            failure.map(|found| told(round, found, rejected.take()))
        }
        Err(over) => {
            if let Some(reached) = so_far.take() {
                add(covered, &reached);
            }
            Some(round.in_scene(lost(&over, &subject.exercise.limits)))
        }
    })
}

/// What it means that the process of an exploration ended before its time.
fn lost(over: &Over, limits: &Limits) -> Fault {
    let fault = early_end(over, limits);
    match fault.reason {
        // The model's threads never sleep: this process waits for something real.
        Reason::Deadlock => Fault {
            observed: "a thread went to sleep outside of the threads, locks and clocks of `std`, and was never woken"
                .to_owned(),
            ..fault
        },
        Reason::TimeLimit => Fault {
            reason: Reason::Livelock,
            observed: "a thread kept computing and never came to an operation of `std`".to_owned(),
            required: "every call returns".to_owned(),
            ..fault
        },
        _ => fault,
    }
}

/// A failing schedule as a fault; `rejected` is what the judge had against its observation.
pub(super) fn told(round: &Round, found: Found, rejected: Option<Fault>) -> Fault {
    let fault = match &found.kind {
        FailureKind::Rejected { .. } => {
            rejected.unwrap_or_else(|| Fault::wrong("an answer that may not be", "answers that may be"))
        }
        FailureKind::Deadlock => round.judge_stuck(&found.story).unwrap_or_else(|| stuck(&found.story)),
        FailureKind::Livelock { steps } => fault(
            Reason::Livelock,
            format!("after {steps} steps the threads were still busy with each other"),
            "every call returns",
        ),
        FailureKind::Panic(panic) => Fault::panicked("a call", panic),
        FailureKind::LeftBehind { threads } => fault(
            Reason::LeftRunning,
            format!("{} of the threads that were started never end", threads.len()),
            "every thread that is started ends",
        ),
        FailureKind::TooManyThreads { threads } => {
            fault(Reason::ProcessLimit, format!("{threads} threads were alive at once"), "a bounded number of threads")
        }
    };
    let location = fault.location.clone().or_else(|| place_of_panic(&found.story)).or_else(|| last_place(&found.story));
    Fault { location, witness: Witness::Interleaving { failure: Box::new(found) }, ..fault }
}

/// Nobody can go on.
fn stuck(story: &Story) -> Fault {
    let waits = story.waits.iter().filter(|wait| wait.place.is_some());
    let notification = waits.clone().any(|wait| wait.awaited == Awaited::Notification);
    let count = waits.count();
    if notification {
        let who = if count == 1 { "a thread waits".to_owned() } else { format!("{count} threads wait") };
        return fault(
            Reason::LostWakeUp,
            format!("{who} to be woken, and nobody is left to wake who waits"),
            "whoever waits is woken when what it waits for has happened",
        );
    }
    let observed = match count {
        0 | 1 => "a thread waits for ever, and nobody can end its wait".to_owned(),
        2 => "2 threads wait for each other for ever".to_owned(),
        count => format!("{count} threads wait, and none of them can go on"),
    };
    fault(Reason::Deadlock, observed, "every call returns")
}

fn place_of_panic(story: &Story) -> Option<Location> {
    let place = story.panics.iter().rev().find(|panic| panic.panic.file.starts_with("src/"))?;
    Some(Location { file: place.panic.file.clone(), line: place.panic.line })
}

/// Where somebody waits, or else the last line of the submission that a thread reached beside others: the main thread
/// only looks at what they left.
fn last_place(story: &Story) -> Option<Location> {
    let waiting = story.waits.iter().find_map(|wait| wait.place.as_ref());
    let mut last = story.events.iter().rev();
    let place = waiting
        .or_else(|| last.clone().filter(|event| event.thread != 0).find_map(|event| event.place.as_ref()))
        .or_else(|| last.find_map(|event| event.place.as_ref()))?;
    // A helper that everybody calls says less than who called it.
    let place = place.from.as_deref().unwrap_or(place);
    Some(Location { file: place.file.clone(), line: place.line })
}

fn fault(reason: Reason, observed: String, required: &str) -> Fault {
    Fault { reason, ..Fault::wrong(observed, required) }
}

/// How far the exploration of one round got.
fn reach(reached: &Reached) -> Covered {
    let exhausted = match reached.end {
        End::Everything => Exhausted::Everything,
        _ => reached.levels.len().checked_sub(1).map_or(Exhausted::Nothing, Exhausted::Delays),
    };
    let halted = match reached.end {
        End::Schedules => Some(Halt::Budget),
        End::Time => Some(Halt::Clock),
        End::NotDeterministic { .. } => Some(Halt::NotDeterministic),
        End::Everything | End::Delays | End::Failed => None,
    };
    Covered::Interleavings { rounds: 1, schedules: reached.schedules, exhausted, halted }
}

fn add(covered: &mut Option<Covered>, reached: &Reached) {
    let more = reach(reached);
    *covered = covered.map_or(Some(more), |so_far| so_far.and(more));
}
