//! One schedule at a time: [`replay`] runs a given one again, [`makespan`] the default one on an exact clock.

#[cfg(doc)]
use protocol::explore::Story;
use protocol::explore::{Budget, Divergence, Makespan, Replay};

use crate::clock::TimeMode;
use crate::execution::{Found, Observer, Runner, diverged};
use crate::scenario::Scenario;
use crate::schedule::{Schedule, ScheduleError};

/// Runs a schedule again, as [`Story::schedule`] gave it.
///
/// The program may have changed since. As long as it makes the same choices it is led the same way; where it no longer
/// does, [`Replay::divergence`] says so, and the default schedule goes on from there.
///
/// # Errors
/// [`ScheduleError`] if the text is no schedule.
///
/// # Panics
/// If it is called from inside an execution, or if the observer panics.
pub fn replay(
    schedule: &str,
    budget: &Budget,
    scenario: &Scenario<'_>,
    observer: &mut dyn Observer,
) -> Result<Replay, ScheduleError> {
    let schedule: Schedule = schedule.parse()?;
    let mut runner = Runner::new(budget, *scenario);
    let (ending, story) = runner.tell(&schedule, TimeMode::Search);
    let failure = runner.verdict(&ending, observer, budget.steps);
    let lost = runner.followed().and_then(diverged);
    let divergence = lost.map(|choices| {
        let (thread, place) = runner.lost.take().unwrap_or_default();
        Divergence { choices: choices as u32, thread, place }
    });
    Ok(Replay { failure, story, divergence })
}

/// Runs the default schedule with a clock that moves only when nobody else can.
///
/// # Panics
/// If it is called from inside an execution, or if the observer panics.
pub fn makespan(budget: &Budget, scenario: &Scenario<'_>, observer: &mut dyn Observer) -> Makespan {
    let mut runner = Runner::new(budget, *scenario);
    let schedule = Schedule::default();
    let ending = runner.follow(&schedule, 0, TimeMode::Makespan);
    let failure = runner.verdict(&ending, observer, budget.steps).map(|kind| {
        let found = Found { kind, schedule, number: 1, delays: Some(0), steps: budget.steps };
        runner.failure(found, observer, TimeMode::Makespan)
    });
    Makespan { virtual_ns: ending.virtual_ns, observation: ending.observation.unwrap_or_default(), failure }
}
