//! Worker processes on the wire: what a driver knows of the workers that a submission started, none of it by the
//! submission's word.

pub use course::Fault;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// How the workers of one round are started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// What goes wrong in which worker, counted from 0 in the order in which they are started.
    pub faults: Vec<(usize, Fault)>,
    /// How long a worker may take before it counts as hung, in milliseconds; `None` for as long as it likes.
    pub patience_ms: Option<u64>,
    /// Workers are watched, and wait for each other until this many are alive at the same time.
    pub muster: Option<usize>,
}

/// The workers of one round.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Roll {
    /// Every worker that came, in the order in which they came.
    pub workers: Vec<Attendance>,
    /// The most workers that were alive at one time.
    pub most_at_once: usize,
    /// Whether the muster came together: as many workers as it waits for were alive at the same time.
    pub met: bool,
    /// How often something else than a worker of the course tried to speak as one.
    pub strangers: usize,
}

/// One worker process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attendance {
    /// Which of the round's launchers started it, in the order in which the driver made them.
    pub launcher: usize,
    /// How many workers that launcher had started before.
    pub index: usize,
    /// Its process, by the kernel's word.
    pub pid: u32,
    /// What the course's code in it reported, in order.
    pub reports: Vec<Box<RawValue>>,
    /// What it did, if it came to its end in order.
    pub service: Option<Service>,
}

/// What a worker process did in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// The most memory that it had at a time, in bytes; `None` if the kernel did not tell.
    pub peak_memory: Option<u64>,
    /// The bytes that it read from anywhere, pipes and files; `None` if the kernel did not tell.
    pub bytes_read: Option<u64>,
    /// The bytes that it wrote to anywhere; `None` if the kernel did not tell.
    pub bytes_written: Option<u64>,
    /// The threads that it had at its end; `None` if the kernel did not tell.
    pub threads: Option<u64>,
}

/// A child process that was still there when a call had returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leftover {
    /// The process.
    pub pid: u32,
    /// Whether it runs, or is dead and was not waited for.
    pub state: LeftoverState,
}

/// What has become of a child process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeftoverState {
    /// It is alive.
    Running,
    /// It is dead, and nobody waited for it.
    Zombie,
}
