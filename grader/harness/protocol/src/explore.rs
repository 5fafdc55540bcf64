//! What an exploration is asked to do and what it found: the plain data of the explore lens.
//!
//! The scheduler inside the submission's process fills these types, the grader outside reads them. [`Exploration`] says
//! how far a search got, [`Failure`] which schedule failed first, and [`Story`] what happened in that one schedule, step
//! by step. Nothing here renders, judges or schedules.

use serde::{Deserialize, Serialize};

use crate::Panic;

/// How long and how deep to search. Everything but `wall_ms` is deterministic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Budget {
    /// The most schedules to run, the random ones included.
    pub schedules: u64,
    /// How many of `schedules` are random priority schedules, run after the systematic search.
    pub random: u64,
    /// The systematic search runs every schedule with at most this many delays.
    pub delays: u32,
    /// The most steps (scheduling points) that one execution may take before it counts as a livelock.
    pub steps: u32,
    /// The most threads that one execution may start, its main thread included.
    pub threads: u32,
    /// Where the random schedules start.
    pub seed: u64,
    /// The safety net in milliseconds of real time; [`End::Time`] says that it struck.
    pub wall_ms: u64,
}

impl Default for Budget {
    /// A search of a few hundred milliseconds for a scenario of two or three threads.
    fn default() -> Self {
        Self { schedules: 60_000, random: 5_000, delays: 3, steps: 100_000, threads: 4_096, seed: 1, wall_ms: 10_000 }
    }
}

/// What becomes of threads that still run or wait when the scenario's main thread has returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Leftover {
    /// A thread that never ends is a failure of its own: [`FailureKind::LeftBehind`].
    Forbidden,
    /// It is only counted, in [`Reached::left_behind`].
    Allowed,
}

/// The outcome of a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Exploration {
    /// How far the search got.
    pub reached: Reached,
    /// The first failing schedule; the search stopped there.
    pub failure: Option<Failure>,
}

/// How far a search got. Only what is in `levels` may be called exhausted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reached {
    /// All executions, those of a search that had to start again included.
    pub schedules: u64,
    /// `levels[d]` is the number of schedules with exactly `d` delays; a level stands here only if all of them were run.
    pub levels: Vec<u64>,
    /// How many random priority schedules were run.
    pub random: u64,
    /// How many different observations the schedules gave.
    pub observations: u64,
    /// The most steps of one execution.
    pub longest: u32,
    /// In how many executions a thread was left behind.
    pub left_behind: u64,
    /// Why the search ended.
    pub end: End,
}

impl Reached {
    /// How many schedules have at most the given number of delays, if all of them were run.
    #[must_use]
    pub fn exhausted(&self, delays: usize) -> Option<u64> {
        self.levels.get(..=delays).map(|levels| levels.iter().sum())
    }
}

/// Why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum End {
    /// No schedule is left, however many delays one allows.
    Everything,
    /// Every schedule within [`Budget::delays`] was run, then the random ones.
    Delays,
    /// The budget in schedules ended before the last level did.
    Schedules,
    /// The safety net in real time struck.
    Time,
    /// A schedule failed.
    Failed,
    /// The same choices led the program to different places, so that nothing can be called exhausted.
    NotDeterministic {
        /// In how many executions that was seen.
        diverged: u64,
    },
}

/// A failing schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Failure {
    /// What is wrong.
    pub kind: FailureKind,
    /// Which schedule of the search it was, from 1.
    pub found_at: u64,
    /// The number of delays of the schedule; `None` for a random one.
    pub delays: Option<u32>,
    /// What happened.
    pub story: Story,
}

/// The kinds of failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum FailureKind {
    /// The judge rejected the observation.
    Rejected {
        /// What the scenario returned.
        observation: Vec<u8>,
    },
    /// Nobody can run, nobody sleeps, and the main thread has not returned.
    Deadlock,
    /// Threads keep running, but after this many steps the main thread has not returned.
    Livelock {
        /// The bound in steps.
        steps: u32,
    },
    /// A panic left the scenario's main thread.
    Panic(Panic),
    /// The main thread returned, but the threads with these numbers never end.
    LeftBehind {
        /// Indices into [`Story::threads`].
        threads: Vec<u32>,
    },
    /// More threads were started than [`Budget::threads`] or the machine allows.
    TooManyThreads {
        /// How many there were.
        threads: u32,
    },
}

/// One execution, told for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Story {
    /// The schedule in the form that a replay takes.
    pub schedule: String,
    /// Whether this is exactly the execution that failed.
    pub told: Told,
    /// The threads; number 0 is the scenario's main thread.
    pub threads: Vec<Thread>,
    /// The locks, condvars, atomics … that events, waits and holds speak of.
    pub objects: Vec<Object>,
    /// What the threads did at lines of the submission, and the calls of the scenario around it, in order.
    pub events: Vec<Event>,
    /// How many events came before `events`, and are left out because there were too many.
    pub skipped: u64,
    /// Who waits at the end, and for what.
    pub waits: Vec<Wait>,
    /// Which locks are held at the end.
    pub holds: Vec<Hold>,
    /// The panics of all threads, in order.
    pub panics: Vec<ThreadPanic>,
    /// The virtual time at the end, in nanoseconds.
    pub virtual_ns: u64,
}

/// How a [`Story`] came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Told {
    /// The schedule was run again, with the log on, and did the same.
    #[default]
    Exactly,
    /// Running the schedule again did something else: the events may not be those of the failure.
    Differently,
}

/// A thread of an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Thread {
    /// Its name, or `thread 2` if it has none.
    pub name: String,
    /// Whether it ended.
    pub ended: bool,
}

/// An object that threads share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Object {
    /// What a person calls it: lock in `a`, atomic #2.
    pub name: String,
    /// Where the submission used it first.
    pub first: Option<Place>,
}

/// A line of the submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Place {
    /// The file, as the compiler was given it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The line that called the function around this one, if that belongs to the submission as well.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<Box<Place>>,
}

/// One thing that a thread did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    /// The thread, an index into [`Story::threads`].
    pub thread: u32,
    /// What it did.
    pub action: Action,
    /// The line of the submission; `None` for what the scenario itself did.
    pub place: Option<Place>,
}

/// What a thread can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Action {
    /// The scenario calls the submission.
    Call {
        /// The call, as the scenario words it.
        label: String,
    },
    /// That call returns.
    Return {
        /// The same words.
        label: String,
        /// The result in its `Debug` form.
        result: String,
    },
    /// An operation of the standard library.
    Operation {
        /// What: `load`, `lock`, `notify_one` …
        what: String,
        /// On which object, an index into [`Story::objects`].
        object: Option<u32>,
        /// What came of it: the value read or written, `would block`, `timed out` …
        outcome: String,
    },
}

/// What a thread can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Awaited {
    /// A mutex, or a `RwLock` for writing.
    Lock,
    /// A `RwLock` for reading.
    Read,
    /// A notification of a condvar.
    Notification,
    /// The end of a thread.
    End,
    /// The end of all threads of a scope.
    Scope,
    /// A message, or the end of a channel.
    Message,
    /// Room in a channel, or its receiver.
    Room,
    /// An `unpark`.
    Unpark,
    /// The other threads of a barrier.
    Barrier,
    /// The end of an initialisation by another thread.
    Initialised,
    /// The clock.
    Time,
    /// Nothing: it could run, and was stopped by the bound in steps.
    Turn,
}

/// A thread that waits when an execution ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Wait {
    /// The thread, an index into [`Story::threads`].
    pub thread: u32,
    /// What it waits for.
    pub awaited: Awaited,
    /// The object, an index into [`Story::objects`].
    pub object: Option<u32>,
    /// The thread it waits for, an index into [`Story::threads`].
    pub other: Option<u32>,
    /// The line of the submission where it waits; `None` in the scenario itself.
    pub place: Option<Place>,
}

/// A lock that is held when an execution ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hold {
    /// The thread, an index into [`Story::threads`].
    pub thread: u32,
    /// The lock, an index into [`Story::objects`].
    pub object: u32,
    /// Where it was taken.
    pub place: Option<Place>,
}

/// A panic of a thread, whether or not somebody caught it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ThreadPanic {
    /// The thread, an index into [`Story::threads`].
    pub thread: u32,
    /// What it said, and where.
    pub panic: Panic,
}

/// The outcome of running one schedule again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Replay {
    /// What is wrong; `None` if the schedule no longer fails.
    pub failure: Option<FailureKind>,
    /// What happened.
    pub story: Story,
    /// Where the program took another way than it did when the schedule was found.
    pub divergence: Option<Divergence>,
}

/// The first place at which a program no longer fits a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Divergence {
    /// How many choices of the schedule still fitted.
    pub choices: u32,
    /// The thread that was running, by name.
    pub thread: String,
    /// The line of the submission that it had reached.
    pub place: Option<Place>,
}

/// The outcome of one run on the virtual clock, in which a deadline fires at its moment and not before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Makespan {
    /// The virtual duration of the run, in nanoseconds.
    pub virtual_ns: u64,
    /// What the scenario returned; empty if it failed.
    pub observation: Vec<u8>,
    /// What is wrong, and what happened then.
    pub failure: Option<Failure>,
}
