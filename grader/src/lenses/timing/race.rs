//! The reference and the submission as processes: one fresh process for every run.
//!
//! Nothing of a run is left when the next one begins: no thread that would slow the other contestant down, no answer
//! kept from before. The clock is the grader's, and runs from the order to the last answer.

use std::path::Path;
use std::time::{Duration, Instant};

use super::pairs::{Contest, Contestant, Run, RunEnd};
use crate::clock;
use crate::interrupt;
use crate::judge::{Fault, Round};
use crate::lane::machine::{Gate, Reading, await_quiet};
use crate::lenses::rounds::{Companion, Need};
use crate::lenses::{LensError, Subject, driver_job, early_end};
use crate::sandbox::{Ending, Finished, Limit, Paused, Source, Usage};
use crate::session::{Answer, Over, Patience, SessionError};

/// How long a run waits for a quiet machine.
const GATE: Duration = Duration::from_millis(250);
/// What a process may take to start, besides its work.
const START: Duration = Duration::from_millis(300);

/// Two programs that do the same rounds.
pub(super) struct Race<'a> {
    pub(super) subject: &'a Subject<'a>,
    pub(super) reference: &'a Path,
    pub(super) submission: &'a Path,
    pub(super) rounds: &'a [Round],
    /// How long a run is waited for.
    pub(super) cut: Duration,
    pub(super) began: Instant,
    /// Everything else of ours, frozen until the race is over.
    pub(super) paused: Vec<Paused>,
}

/// Why there can be no more runs.
#[derive(Debug)]
pub(super) enum Stop {
    /// The submission did something wrong.
    Fault(Box<Fault>),
    /// The grader did.
    Lens(LensError),
}

impl<E: Into<LensError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Lens(error.into())
    }
}

impl Contest for Race<'_> {
    type Stop = Stop;

    fn run(&mut self, contestant: Contestant) -> Result<Run, Stop> {
        if interrupt::requested() {
            return Err(SessionError::Interrupted.into());
        }
        // Between two runs nothing of this race is alive; whatever else was started meanwhile waits from here on.
        self.paused.push(self.subject.sandbox.pause_others(&[]));
        let gate = await_quiet(GATE);
        let program = match contestant {
            Contestant::Reference => self.reference,
            Contestant::Submission => self.submission,
        };
        let before = Reading::take();
        let own_before = clock::own_cpu();
        let began = clock::now();
        let Performed { wall, end, usage } = self.perform(program).map_err(|stop| match (contestant, stop) {
            (Contestant::Reference, Stop::Fault(fault)) => {
                let Fault { observed, required, .. } = *fault;
                Stop::Lens(LensError::Reference { observed, required })
            }
            (_, stop) => stop,
        })?;
        let whole = began.elapsed();
        let cpu = usage.filter(|usage| usage.cpu.source != Source::Unavailable).map(|usage| usage.cpu.value);
        let everybody = before.zip(Reading::take()).map(|(before, after)| after.busy.saturating_sub(before.busy));
        // What the server of a round computes is ours too.
        let own = clock::own_cpu().saturating_sub(own_before);
        let foreign = everybody.zip(cpu).map(|(everybody, theirs)| everybody.saturating_sub(theirs + own));
        Ok(Run { wall, end, cpu, foreign, whole, gate })
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

/// What a process did with the rounds.
struct Performed {
    wall: Duration,
    end: RunEnd,
    usage: Option<Usage>,
}

impl Race<'_> {
    /// Runs every round in one new process.
    fn perform(&self, program: &Path) -> Result<Performed, Stop> {
        let mut job = driver_job(self.subject, program);
        job.limits.wall = job.limits.wall.min(self.cut + START);
        let patience = Patience { asleep: self.cut, ..self.subject.exercise.limits.patience() };
        let mut companion = Companion::begin(self.subject, (job, patience), Need::of(self.rounds))?;
        if let Some(over) = companion.ready()? {
            return self.lost(over, self.cut);
        }
        for round in self.rounds {
            if let Some(over) = companion.prepare(round)? {
                return self.lost(over, self.cut);
            }
        }
        let began = clock::now();
        let mut observations = Vec::new();
        for round in self.rounds {
            match companion.answer(round)? {
                (Answer::Observed(observation), log) => observations.push((observation, log)),
                (Answer::Panicked(panic), _) => return Err(Stop::Fault(Box::new(Fault::panicked("a call", &panic)))),
                (Answer::Over(over), _) => return self.lost(over, began.elapsed()),
            }
        }
        let wall = began.elapsed();
        let usage = match companion.end()? {
            Ok(finished) => finished.usage,
            Err(over) => return self.lost(over, wall),
        };
        for (round, (observation, log)) in self.rounds.iter().zip(&observations) {
            let fault = round.judge_served(observation, log).map_err(LensError::Observation)?;
            if let Some(fault) = fault.or_else(|| round.judge_usage(&usage)) {
                return Err(Stop::Fault(Box::new(fault)));
            }
        }
        Ok(Performed { wall, end: RunEnd::Done, usage: Some(usage) })
    }

    /// A process that gave no answer: it was too slow, or something is wrong with it.
    fn lost(&self, over: Over, wall: Duration) -> Result<Performed, Stop> {
        let cut = |usage| Performed { wall: wall.max(self.cut), end: RunEnd::Cut, usage };
        match over {
            Over::Ended(finished) => match *finished {
                Finished { ending: Ending::Stopped(Limit::Wall | Limit::Cpu), usage, .. } => Ok(cut(Some(usage))),
                finished => Err(Stop::Fault(Box::new(early_end(
                    &Over::Ended(Box::new(finished)),
                    &self.subject.exercise.limits,
                )))),
            },
            Over::Asleep { .. } | Over::Busy { .. } => Ok(cut(None)),
            over @ Over::Forged(_) => Err(Stop::Fault(Box::new(early_end(&over, &self.subject.exercise.limits)))),
        }
    }
}

impl Run {
    /// Whether nobody else ran when it began.
    pub(super) fn began_quietly(&self) -> bool {
        self.gate == Gate::Quiet
    }
}
