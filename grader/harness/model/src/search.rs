//! The search: [`explore`].
//!
//! First every schedule with no delay, then all with one, and so on up to the budget's bound, each once; then the
//! budget's random priority schedules. It stops at the first failure, which in the systematic part has
//! the fewest delays of all, and tells it. It claims as exhausted only what it has run completely.

use std::time::Duration;

use protocol::explore::{Budget, End, Exploration, Failure, FailureKind, Reached};

use crate::choice::{Generator, Random};
use crate::clock::TimeMode;
use crate::engine::{Ending, Stop};
use crate::execution::{Found, Observer, Runner, diverged, without};
use crate::frontier::Frontier;
use crate::scenario::Scenario;
use crate::schedule::Schedule;
use crate::stopwatch::{Stopwatch, Time};

/// A random schedule has up to so many priority changes; with `n` of them it finds bugs of depth `n + 1`.
const MOST_DROPS: u64 = 3;
/// The most executions that are spent on making a random failing schedule shorter.
const MOST_TRIES: usize = 2_000;

/// Searches the schedules of a scenario for one that fails.
///
/// # Panics
/// If it is called from inside an execution, or if the observer panics.
pub fn explore(budget: &Budget, scenario: &Scenario<'_>, observer: &mut dyn Observer) -> Exploration {
    let mut search = Search {
        budget,
        runner: Runner::new(budget, *scenario),
        observer,
        frontier: Frontier::new(budget.delays, budget.schedules),
        schedule: Schedule::default(),
        stopwatch: Stopwatch::new(Duration::from_millis(budget.wall_ms)),
        diverged: 0,
        reached: Reached {
            schedules: 0,
            levels: Vec::new(),
            random: 0,
            observations: 0,
            longest: 0,
            left_behind: 0,
            end: End::Everything,
        },
    };
    let outcome = search.run();
    search.finish(outcome)
}

/// Why a search breaks off.
enum Halt {
    Time,
    Failure(Box<Failure>),
}

/// How far a level got.
enum Level {
    /// All of its schedules were run: so many.
    Exhausted(u64),
    /// The program turned out to need more points than it was given.
    BeginAgain,
    /// The budget ended first, or schedules were dropped.
    Unfinished,
}

struct Search<'a> {
    budget: &'a Budget,
    runner: Runner<'a>,
    observer: &'a mut dyn Observer,
    frontier: Frontier,
    /// The schedule that is run; its features are those of the search.
    schedule: Schedule,
    stopwatch: Stopwatch,
    diverged: u64,
    reached: Reached,
}

impl Search<'_> {
    fn run(&mut self) -> Result<End, Halt> {
        let end = self.systematic()?;
        if end != End::Everything || self.diverged > 0 {
            self.random()?;
        }
        Ok(end)
    }

    /// Runs all schedules up to the bound in delays, as far as the budget goes.
    fn systematic(&mut self) -> Result<End, Halt> {
        let mut delays = 0;
        while delays <= self.budget.delays as usize {
            let count = match self.level(delays)? {
                Level::Exhausted(count) => count,
                Level::BeginAgain => {
                    delays = 0;
                    continue;
                }
                Level::Unfinished => return Ok(End::Schedules),
            };
            self.reached.levels.push(count);
            if self.diverged == 0 {
                self.reached.observations = self.runner.observations();
                self.observer.reached(&self.reached);
            }
            if self.frontier.is_empty() && !self.frontier.beyond {
                return Ok(End::Everything);
            }
            delays += 1;
        }
        Ok(End::Delays)
    }

    /// Runs all schedules with this number of delays.
    fn level(&mut self, delays: usize) -> Result<Level, Halt> {
        let bound = self.budget.schedules.saturating_sub(self.budget.random);
        let mut count = 0;
        while let Some(number) = self.frontier.take(delays, &mut self.schedule.deviations) {
            if self.reached.schedules >= bound {
                return Ok(Level::Unfinished);
            }
            if self.step(number, delays)? {
                return Ok(Level::BeginAgain);
            }
            count += 1;
        }
        Ok(if self.frontier.incomplete(delays) { Level::Unfinished } else { Level::Exhausted(count) })
    }

    /// Runs one schedule of the frontier. True if the search has to begin again.
    fn step(&mut self, number: u32, delays: usize) -> Result<bool, Halt> {
        let spare = self.budget.delays - delays as u32;
        let ending = self.runner.follow(&self.schedule, spare, TimeMode::Search);
        self.count(&ending)?;
        if let Some(kind) = self.runner.verdict(&ending, self.observer, self.budget.steps) {
            let schedule = self.schedule.clone();
            return Err(self.failed(kind, schedule, Some(delays as u32)));
        }
        let needs = self.schedule.features.or(ending.needs);
        if needs != self.schedule.features {
            self.begin_again();
            self.schedule.features = needs;
            return Ok(true);
        }
        let Some(follow) = self.runner.followed() else { return Ok(false) };
        if diverged(follow).is_some() {
            self.diverged += 1;
        } else {
            self.frontier.beyond |= spare == 0 && follow.beyond;
            self.frontier.extend(number, delays, &follow.branches);
        }
        Ok(false)
    }

    /// The program needs points that the executions so far did not have: nothing of what was counted holds.
    fn begin_again(&mut self) {
        self.frontier = Frontier::new(self.budget.delays, self.budget.schedules);
        self.reached.levels.clear();
    }

    /// Runs random schedules, as many as the budget says.
    fn random(&mut self) -> Result<(), Halt> {
        let mut generator = Generator(self.budget.seed);
        while self.reached.random < self.budget.random && self.reached.schedules < self.budget.schedules {
            let drops = (self.reached.random % (MOST_DROPS + 1)) as usize;
            let random = Random::new(generator.next(), drops, self.reached.longest);
            let ending = self.runner.random(random);
            self.reached.random += 1;
            self.count(&ending)?;
            if let Some(kind) = self.runner.verdict(&ending, self.observer, self.budget.steps) {
                let schedule = self.runner.taken();
                let (kind, schedule) = self.shorten(kind, schedule);
                return Err(self.failed(kind, schedule, None));
            }
        }
        Ok(())
    }

    fn count(&mut self, ending: &Ending) -> Result<(), Halt> {
        self.reached.schedules += 1;
        self.reached.longest = self.reached.longest.max(ending.steps);
        let left = matches!(&ending.stop, Stop::Returned { left } if !left.is_empty());
        self.reached.left_behind += u64::from(left);
        match self.stopwatch.look() {
            Time::Over => return Err(Halt::Time),
            Time::Beat => self.observer.reached(&self.reached),
            Time::Enough => {}
        }
        Ok(())
    }

    /// Makes a random failing schedule shorter as long as it fails in the same way: without one deviation, then another.
    fn shorten(&mut self, kind: FailureKind, schedule: Schedule) -> (FailureKind, Schedule) {
        let (mut best, mut place, mut tries) = ((kind, schedule), 0, 0);
        while place < best.1.deviations.len() && tries < MOST_TRIES && self.stopwatch.look() != Time::Over {
            tries += 1;
            let deviations = without(&best.1.deviations, place);
            let shorter = Schedule { features: best.1.features, deviations };
            let ending = self.runner.follow(&shorter, 0, TimeMode::Search);
            let verdict = self.runner.verdict(&ending, self.observer, self.budget.steps);
            let same = |kind: &FailureKind| std::mem::discriminant(kind) == std::mem::discriminant(&best.0);
            match verdict.filter(same) {
                Some(kind) => best = (kind, self.runner.taken()),
                None => place += 1,
            }
        }
        best
    }

    fn failed(&mut self, kind: FailureKind, schedule: Schedule, delays: Option<u32>) -> Halt {
        let found = Found { kind, schedule, number: self.reached.schedules, delays, steps: self.budget.steps };
        Halt::Failure(Box::new(self.runner.failure(found, self.observer, TimeMode::Search)))
    }

    fn finish(mut self, outcome: Result<End, Halt>) -> Exploration {
        let (end, failure) = match outcome {
            Ok(end) => (end, None),
            Err(Halt::Time) => (End::Time, None),
            Err(Halt::Failure(failure)) => (End::Failed, Some(*failure)),
        };
        self.reached.end = end;
        if self.diverged > 0 {
            self.reached.levels.clear();
            if failure.is_none() {
                self.reached.end = End::NotDeterministic { diverged: self.diverged };
            }
        }
        self.reached.observations = self.runner.observations();
        Exploration { reached: self.reached, failure }
    }
}
