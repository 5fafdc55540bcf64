//! The stress lens and the chaos lens: real threads and processes, one round after the other, in one process for each
//! check. What makes the rounds of chaos different is in their orders: faults on purpose.

use std::path::Path;

use crate::coverage::Covered;
use crate::judge::{Fault, Plan, Round};
use crate::lenses::{LensError, Subject, driver_job, early_end, failure};
use crate::session::{Answer, Session};
use crate::verdict::{Failure, Lens, Repeats};

/// Runs every round of a check; stops at the first that shows a failure. Returns how many were run, and the failure.
///
/// # Errors
/// [`LensError`]: the grader's fault.
pub fn look(
    subject: &Subject<'_>,
    driver: &Path,
    check: &str,
    lens: Lens,
) -> Result<(Covered, Option<Failure>), LensError> {
    let plan = Plan { check, lens, seed: subject.seed, effort: subject.effort };
    let start = || Session::start(subject.sandbox, driver_job(subject, driver), subject.exercise.limits.patience());
    let mut shared: Option<Session> = None;
    let mut count = 0;
    for round in subject.judge.rounds(&plan) {
        count += 1;
        let fault = if round.is_alone() {
            let mut session = start()?;
            match perform(&mut session, &round)? {
                Some(fault) => Some(fault),
                None => finish(session, &round)?,
            }
        } else {
            let session = match &mut shared {
                Some(session) => session,
                None => shared.insert(start()?),
            };
            perform(session, &round)?
        };
        if let Some(fault) = fault {
            return Ok((Covered::Rounds { rounds: count }, Some(failure(lens, round.repeats, fault))));
        }
    }
    let covered = Covered::Rounds { rounds: count };
    let Some(session) = shared else { return Ok((covered, None)) };
    let complete = session.finish()?;
    Ok((covered, complete.err().map(|over| failure(lens, Repeats::Exactly, early_end(&over)))))
}

/// Runs one round.
fn perform(session: &mut Session, round: &Round) -> Result<Option<Fault>, LensError> {
    Ok(match session.perform(&round.order)? {
        Answer::Observed(observation) => round.judge(&observation).map_err(LensError::Observation)?,
        Answer::Panicked(panic) => Some(Fault::panicked("a call", &panic)),
        Answer::Over(over) => Some(early_end(&over)),
    })
}

/// Ends the process of a round that had one of its own.
fn finish(session: Session, round: &Round) -> Result<Option<Fault>, LensError> {
    Ok(match session.finish()? {
        Ok(finished) => round.judge_usage(&finished.usage),
        Err(over) => Some(early_end(&over)),
    })
}
