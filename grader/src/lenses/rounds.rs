//! The stress lens and the chaos lens: real threads and processes, one round after the other, in one process for each
//! check. What makes the rounds of chaos different is in their orders: faults on purpose.

use std::path::Path;

use serde_json::value::RawValue;
use site::Log;

use crate::catalog::Limits;
use crate::coverage::Covered;
use crate::judge::{Fault, Plan, Round};
use crate::lenses::{LensError, Subject, driver_job, early_end, failure};
use crate::sandbox::{Finished, Job, Network};
use crate::server::Server;
use crate::session::{Answer, Over, Patience, Session};
use crate::verdict::{Failure, Lens, Repeats};

/// The port of the exercise server, where the sandbox has ports of its own to give.
const PORT: u16 = 8080;

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
    let rounds = subject.judge.rounds(&plan);
    let shared_need = Need::of(&rounds);
    let mut shared: Option<Companion> = None;
    let limits = &subject.exercise.limits;
    let mut count = 0;
    for round in rounds {
        count += 1;
        let fault = if round.is_alone() {
            let mut alone = Companion::start(subject, driver, shared_need)?;
            match alone.perform(&round, limits)? {
                Some(fault) => Some(fault),
                None => alone.finish(&round, limits)?,
            }
        } else {
            let companion = match &mut shared {
                Some(companion) => companion,
                None => shared.insert(Companion::start(subject, driver, shared_need)?),
            };
            companion.perform(&round, limits)?
        };
        if let Some(fault) = fault {
            return Ok((Covered::Rounds { rounds: count }, Some(failure(lens, round.repeats, fault))));
        }
    }
    let covered = Covered::Rounds { rounds: count };
    let Some(Companion { session, server }) = shared else { return Ok((covered, None)) };
    let complete = session.finish()?;
    drop(server);
    Ok((covered, complete.err().map(|over| failure(lens, Repeats::Exactly, early_end(&over, limits)))))
}

/// What a driver sees of these orders, one after the other, in one process. Nobody judges it.
///
/// # Errors
/// [`LensError`]; `Reference` if an order has no answer, since only a reference solution is asked like this.
pub(crate) fn observe(
    subject: &Subject<'_>,
    driver: &Path,
    orders: &[Box<RawValue>],
) -> Result<Vec<Box<RawValue>>, LensError> {
    let mut session = Session::start(subject.sandbox, driver_job(subject, driver), subject.exercise.limits.patience())?;
    let wrong = |Fault { observed, required, .. }| LensError::Reference { observed, required };
    let mut observations = Vec::new();
    for order in orders {
        observations.push(match session.perform(order)? {
            Answer::Observed(observation) => observation,
            Answer::Panicked(panic) => return Err(wrong(Fault::panicked("a call", &panic))),
            Answer::Over(over) => return Err(wrong(early_end(&over, &subject.exercise.limits))),
        });
    }
    session.finish()?.map_err(|over| wrong(early_end(&over, &subject.exercise.limits)))?;
    Ok(observations)
}

/// What the process of a check has beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing.
    Nothing,
    /// The exercise server.
    Server,
}

impl Need {
    /// What these rounds need together.
    pub(crate) fn of(rounds: &[Round]) -> Self {
        if rounds.iter().any(|round| round.site.is_some()) { Self::Server } else { Self::Nothing }
    }
}

/// A driver process with what it has beside it.
pub(crate) struct Companion {
    session: Session,
    server: Option<Server>,
}

impl Companion {
    /// Starts the process.
    pub(crate) fn start(subject: &Subject<'_>, driver: &Path, need: Need) -> Result<Self, LensError> {
        Self::begin(subject, (driver_job(subject, driver), subject.exercise.limits.patience()), need)
    }

    /// Starts `job`.
    pub(crate) fn begin(
        subject: &Subject<'_>,
        (mut job, patience): (Job, Patience),
        need: Need,
    ) -> Result<Self, LensError> {
        if need == Need::Server {
            job.network = Network::Served { port: PORT };
        }
        let mut session = Session::start(subject.sandbox, job, patience)?;
        let server = if need == Need::Server { Some(session.serve()?) } else { None };
        Ok(Self { session, server })
    }

    /// Waits until the process takes orders; `None` if it does.
    pub(crate) fn ready(&mut self) -> Result<Option<Over>, LensError> {
        Ok(self.session.ready()?)
    }

    /// Ends the process; what it used, or how it ended before its time.
    pub(crate) fn end(self) -> Result<Result<Finished, Over>, LensError> {
        Ok(self.session.finish()?)
    }

    /// Has a round prepared; how the process ended instead, if it did.
    pub(crate) fn prepare(&mut self, round: &Round) -> Result<Option<Over>, LensError> {
        let Some(order) = &round.preparation else { return Ok(None) };
        Ok(match self.session.perform(order)? {
            Answer::Over(over) => Some(over),
            Answer::Observed(_) | Answer::Panicked(_) => None,
        })
    }

    /// What comes of a round's order, and what the server saw of it.
    pub(crate) fn answer(&mut self, round: &Round) -> Result<(Answer, Log), LensError> {
        if let (Some(server), Some(site)) = (&self.server, &round.site) {
            server.open(site.clone());
        }
        let answer = self.session.perform(&round.order)?;
        let log = self.server.as_ref().map(Server::close).unwrap_or_default();
        Ok((answer, log))
    }

    /// Runs one round; says what is wrong with it.
    fn perform(&mut self, round: &Round, limits: &Limits) -> Result<Option<Fault>, LensError> {
        let (answer, log) = self.answer(round)?;
        Ok(match answer {
            Answer::Observed(observation) => round.judge_served(&observation, &log).map_err(LensError::Observation)?,
            Answer::Panicked(panic) => Some(round.in_scene(Fault::panicked("a call", &panic))),
            Answer::Over(over) => Some(round.in_scene(early_end(&over, limits))),
        })
    }

    /// Ends the process of a round that had one of its own.
    fn finish(self, round: &Round, limits: &Limits) -> Result<Option<Fault>, LensError> {
        Ok(match self.session.finish()? {
            Ok(finished) => round.judge_usage(&finished.usage),
            Err(over) => Some(round.in_scene(early_end(&over, limits))),
        })
    }
}
