//! What is said of one check: plain data about a submission, never about the grader.
//!
//! A fault of the grader is an `Err` somewhere else and voids the grade; nothing here can express one.

use std::fmt;

use protocol::explore;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The end of a check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Verdict {
    /// Every lens of the check looked, and none found a failure.
    Passed,
    /// A lens found a failure.
    Failed(Box<Failure>),
    /// The check was not run.
    NotRun {
        /// Why not.
        cause: Cause,
    },
    /// Everything is right, but slower than it takes for all points.
    Slower {
        /// The share of the points, between 0 and 1.
        share: f64,
    },
    /// The machine was too busy to time anything. Nothing is decided; these points are for now.
    Provisional {
        /// The share of the points at the favourable end of what is known, from 0 to 1.
        share: f64,
        /// Why, in words for the student.
        why: String,
    },
    /// The check was run, and nothing can be said.
    Inconclusive {
        /// Why, in a sentence for the student.
        why: String,
    },
}

/// A failure, with the smallest witness that there is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// Its kind.
    pub reason: Reason,
    /// The lens that found it.
    pub lens: Lens,
    /// What was observed.
    pub observed: String,
    /// What the property requires instead.
    pub required: String,
    /// What shows it.
    #[serde(skip_serializing_if = "Witness::is_empty", default)]
    pub witness: Witness,
    /// Where in the student's files, if that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub location: Option<Location>,
    /// Whether another run would show the very same.
    pub repeats: Repeats,
}

/// Whether another run of a failed check shows the same failure in the same words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Repeats {
    /// In the same words.
    Exactly,
    /// It fails again, but real threads interleave as they like: numbers and witness may differ.
    Roughly,
}

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// An answer that the property forbids.
    WrongAnswer,
    /// Threads or processes wait for each other for ever.
    Deadlock,
    /// Threads are busy, and get nowhere.
    Livelock,
    /// A thread sleeps although what it waits for has happened.
    LostWakeUp,
    /// A part that is still `todo!()` or `unimplemented!()`.
    NotImplemented,
    /// A panic, or death by a signal.
    Crashed,
    /// More time than the limit.
    TimeLimit,
    /// More memory than the limit.
    MemoryLimit,
    /// More output than the limit.
    OutputLimit,
    /// More processes or threads than the limit.
    ProcessLimit,
    /// Slower than the threshold.
    TooSlow,
    /// Something that a submission may not do.
    Forbidden,
    /// The record of the run is incomplete or forged.
    Tampered,
    /// Threads or processes were left running.
    LeftRunning,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WrongAnswer => "wrong answer",
            Self::Deadlock => "deadlock",
            Self::Livelock => "livelock",
            Self::LostWakeUp => "lost wake-up",
            Self::NotImplemented => "not implemented yet",
            Self::Crashed => "crashed",
            Self::TimeLimit => "time limit",
            Self::MemoryLimit => "memory limit",
            Self::OutputLimit => "output limit",
            Self::ProcessLimit => "process limit",
            Self::TooSlow => "too slow",
            Self::Forbidden => "forbidden",
            Self::Tampered => "tampered",
            Self::LeftRunning => "left running",
        })
    }
}

/// Why a check was not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The submission does not compile.
    NotBuilt,
    /// Timing is left out of a quick run.
    Quick,
    /// Timing is only measured once everything else passes.
    ChecksFailed,
    /// Times differ from run to run, and were taken out so that reports can be compared.
    Redacted,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotBuilt => "the submission does not compile",
            Self::Quick => "left out of a quick run",
            Self::ChecksFailed => "measured once every other check passes",
            Self::Redacted => "times are left out of a comparison",
        })
    }
}

/// A way of looking at a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lens {
    /// Every interleaving that matters, under a scheduler of the grader's.
    Explore,
    /// Real threads and processes, many rounds.
    Stress,
    /// Faults on purpose.
    Chaos,
    /// Speed, as a ratio to the reference solution.
    Timing,
}

impl fmt::Display for Lens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Explore => "explore",
            Self::Stress => "stress",
            Self::Chaos => "chaos",
            Self::Timing => "timing",
        })
    }
}

/// A place in the student's files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// The file, relative to the submission.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What shows a failure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Witness {
    /// Nothing beyond the words.
    #[default]
    Nothing,
    /// Lines to read.
    Lines {
        /// The lines.
        lines: Vec<String>,
    },
    /// One interleaving, step by step, in which the failure happens every time.
    Interleaving {
        /// The failing schedule with its story.
        failure: Box<explore::Failure>,
    },
    /// Calls of several threads, side by side in time.
    Calls {
        /// The calls, in the order in which they began.
        calls: Vec<WitnessCall>,
    },
}

impl Witness {
    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Nothing)
    }
}

/// One call in a [`Witness::Calls`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WitnessCall {
    /// The thread, from 1.
    pub thread: usize,
    /// Whether it is the main thread, which calls before the others are there, or after them.
    #[serde(default)]
    pub main: bool,
    /// The call, as a student would write it.
    pub call: String,
    /// What it came to.
    pub answer: String,
    /// When it began, in ticks that all threads share.
    pub began: u64,
    /// When it returned, in the same ticks.
    pub ended: u64,
}
