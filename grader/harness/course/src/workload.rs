//! Work for a benchmark.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A way of doing work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One thread does everything.
    Sequential,
    /// Several threads of this process, all at once.
    Threads,
    /// Several threads of this process under one lock, as Python has them.
    GlobalLock,
    /// Several other processes, all at once.
    Processes,
}

impl Mode {
    /// Every mode, in the order of a report.
    pub const ALL: [Self; 4] = [Self::Sequential, Self::Threads, Self::GlobalLock, Self::Processes];
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sequential => "sequential",
            Self::Threads => "threads",
            Self::GlobalLock => "global lock",
            Self::Processes => "processes",
        })
    }
}

/// Work that is cut into units. A unit can be done in any thread of any process, before or after any other.
///
/// A worker process has a workload of its own, which is the same work.
pub trait Workload {
    /// How many units there are. They are numbered from 0.
    fn units(&self) -> u64;

    /// Does a unit, on behalf of a run of `mode`, and returns the unit's checksum.
    ///
    /// The checksum of several units is the sum of theirs, with wrapping.
    ///
    /// # Panics
    /// If the unit goes wrong.
    fn run(&self, mode: Mode, unit: u64) -> u64;
}
