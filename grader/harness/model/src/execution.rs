//! One execution of a scenario and what is wrong with it: [`Runner`].
//!
//! Searches, replays and makespans all run their schedules here, ask the judge here, and tell their failures here.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

use protocol::explore::{Budget, Failure, FailureKind, Leftover, Place, Reached, Story, Told};

use crate::choice::{Chooser, Follow, Random};
use crate::clock::TimeMode;
use crate::engine::{Ending, Engine, Limits, Stop, run};
use crate::scenario::Scenario;
use crate::schedule::{Deviation, Schedule};
use crate::story::Log;

/// What an oracle says of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is allowed.
    Accepted,
    /// It must not happen.
    Rejected,
}

/// Watches a search from outside of it: judges what was observed, and hears how far the search got.
pub trait Observer {
    /// Judges an observation. It is asked once for each different one.
    fn judge(&mut self, observation: &[u8]) -> Judgement;

    /// A level of the systematic search is exhausted, or half a second has passed. What is passed on here survives a
    /// submission that never comes back.
    fn reached(&mut self, reached: &Reached) {
        let _ = reached;
    }
}

impl<F: FnMut(&[u8]) -> Judgement> Observer for F {
    fn judge(&mut self, observation: &[u8]) -> Judgement {
        self(observation)
    }
}

/// Runs schedules of one scenario.
pub(crate) struct Runner<'a> {
    engine: RefCell<Engine>,
    scenario: Scenario<'a>,
    judged: HashMap<Vec<u8>, Judgement, BuildHasherDefault<DefaultHasher>>,
    /// The thread and the line at which the program left the schedule that was told last.
    pub(crate) lost: Option<(String, Option<Place>)>,
}

impl<'a> Runner<'a> {
    pub(crate) fn new(budget: &Budget, scenario: Scenario<'a>) -> Self {
        let limits = Limits { steps: budget.steps, threads: budget.threads, leftover: scenario.leftover };
        let engine = RefCell::new(Engine::new(limits, Chooser::Follow(Follow::default())));
        Self { engine, scenario, judged: HashMap::default(), lost: None }
    }

    /// How many different observations there were.
    pub(crate) fn observations(&self) -> u64 {
        self.judged.len() as u64
    }

    /// Runs a schedule, noting branches if `spare` delays are left for them.
    pub(crate) fn follow(&mut self, schedule: &Schedule, spare: u32, mode: TimeMode) -> Ending {
        let engine = self.engine.get_mut();
        engine.features = schedule.features;
        match &mut engine.chooser {
            Chooser::Follow(follow) => follow.start(&schedule.deviations, spare),
            chooser @ Chooser::Random(_) => {
                let mut follow = Follow::default();
                follow.start(&schedule.deviations, spare);
                *chooser = Chooser::Follow(follow);
            }
        }
        run(&self.engine, mode, self.scenario.body)
    }

    /// Runs a random schedule.
    pub(crate) fn random(&mut self, random: Random) -> Ending {
        self.engine.get_mut().chooser = Chooser::Random(random);
        run(&self.engine, TimeMode::Search, self.scenario.body)
    }

    /// The chooser of the last execution, if it followed a schedule.
    pub(crate) fn followed(&mut self) -> Option<&Follow> {
        match &self.engine.get_mut().chooser {
            Chooser::Follow(follow) => Some(follow),
            Chooser::Random(_) => None,
        }
    }

    /// The schedule of the last execution.
    pub(crate) fn taken(&mut self) -> Schedule {
        let engine = self.engine.get_mut();
        Schedule { features: engine.features, deviations: engine.chooser.taken().to_vec() }
    }

    /// What is wrong with an execution, if anything.
    pub(crate) fn verdict(&mut self, ending: &Ending, observer: &mut dyn Observer, steps: u32) -> Option<FailureKind> {
        match &ending.stop {
            Stop::Deadlock => Some(FailureKind::Deadlock),
            Stop::Livelock => Some(FailureKind::Livelock { steps }),
            Stop::Panicked(panic) => Some(FailureKind::Panic(panic.clone())),
            Stop::TooManyThreads { threads } => Some(FailureKind::TooManyThreads { threads: *threads }),
            Stop::Returned { left } => {
                let observation = ending.observation.as_deref().unwrap_or_default();
                if self.judge(observation, observer) == Judgement::Rejected {
                    return Some(FailureKind::Rejected { observation: observation.to_vec() });
                }
                let forbidden = !left.is_empty() && self.scenario.leftover == Leftover::Forbidden;
                forbidden.then(|| FailureKind::LeftBehind { threads: left.clone() })
            }
        }
    }

    fn judge(&mut self, observation: &[u8], observer: &mut dyn Observer) -> Judgement {
        if let Some(&judgement) = self.judged.get(observation) {
            return judgement;
        }
        let judgement = observer.judge(observation);
        self.judged.insert(observation.to_vec(), judgement);
        judgement
    }

    /// Runs a schedule with the log on.
    pub(crate) fn tell(&mut self, schedule: &Schedule, mode: TimeMode) -> (Ending, Story) {
        self.engine.get_mut().log = Some(Log::new(self.scenario.sources));
        let ending = self.follow(schedule, 0, mode);
        let log = self.engine.get_mut().log.take();
        let (story, lost) = log.map(|log| log.into_story(schedule.to_string())).unwrap_or_default();
        self.lost = lost;
        (ending, story)
    }

    /// Tells the story of a failing schedule.
    pub(crate) fn failure(&mut self, found: Found, observer: &mut dyn Observer, mode: TimeMode) -> Failure {
        let Found { kind, schedule, number, delays, steps } = found;
        let (ending, mut story) = self.tell(&schedule, mode);
        let again = self.verdict(&ending, observer, steps);
        if again.as_ref() != Some(&kind) || self.followed().is_some_and(|follow| diverged(follow).is_some()) {
            story.told = Told::Differently;
        }
        Failure { kind, found_at: number, delays, story }
    }
}

/// A failing schedule before it is told.
pub(crate) struct Found {
    pub(crate) kind: FailureKind,
    pub(crate) schedule: Schedule,
    pub(crate) number: u64,
    pub(crate) delays: Option<u32>,
    /// The bound in steps.
    pub(crate) steps: u32,
}

/// The number of the first deviation that the program did not fit.
pub(crate) fn diverged(follow: &Follow) -> Option<usize> {
    follow.diverged.or_else(|| follow.unreached())
}

/// Leaves out a deviation.
pub(crate) fn without(deviations: &[Deviation], place: usize) -> Vec<Deviation> {
    let mut fewer = deviations.to_vec();
    fewer.remove(place);
    fewer
}
