//! How a program ended and what it used.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a job ended.
#[derive(Debug)]
pub struct Finished {
    /// The end.
    pub ending: Ending,
    /// What it used.
    pub usage: Usage,
    /// Its standard output.
    pub stdout: Captured,
    /// Its standard error.
    pub stderr: Captured,
}

/// Output, up to the limit.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether there was more.
    pub truncated: bool,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this status.
    Exited(i32),
    /// By this signal.
    Signaled(i32),
    /// At a limit.
    Stopped(Limit),
}

/// A limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limit {
    /// Wall time.
    Wall,
    /// CPU time.
    Cpu,
    /// Memory.
    Memory,
    /// Output.
    Output,
    /// Processes.
    Processes,
    /// The grader's own decision.
    Killed,
}

/// What a job used. "Of the tree" is the first process with everything that it started, directly or not.
#[derive(Clone, Debug)]
pub struct Usage {
    /// Wall time.
    pub wall: Duration,
    /// CPU time of the tree.
    pub cpu: Figure<Duration>,
    /// The most memory that the tree had at a time, in bytes.
    pub memory: Figure<u64>,
    /// Processes created besides the first.
    pub processes: Figure<u64>,
    /// Threads created besides the first of each process.
    pub threads: Figure<u64>,
    /// The most tasks (processes and threads) alive at a time.
    pub alive: Figure<u64>,
    /// Processes still alive, or dead and not waited for, when the first process ended.
    pub left_behind: Figure<u64>,
}

/// A number, and how far it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure<T> {
    /// The number.
    pub value: T,
    /// Where it came from.
    pub source: Source,
}

/// Where a [`Figure`] came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The kernel's books.
    Exact,
    /// Samples: the truth may be higher.
    Polled,
    /// Nowhere: the number means nothing.
    Unavailable,
}

impl<T> Figure<T> {
    /// From the kernel's books.
    pub fn exact(value: T) -> Self {
        Self { value, source: Source::Exact }
    }

    /// From samples.
    pub fn polled(value: T) -> Self {
        Self { value, source: Source::Polled }
    }

    /// Nobody knows.
    pub fn unavailable(value: T) -> Self {
        Self { value, source: Source::Unavailable }
    }
}
