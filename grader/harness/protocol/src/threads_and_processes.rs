//! Exercise 6 on the wire: what is compared, with what work, and what became of it.

use std::fmt;

pub use course::Mode;
use serde::{Deserialize, Serialize};

use crate::Panic;
use crate::workers::{Launch, Leftover, Roll};

/// One call of the submission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Order {
    /// `compare`
    Compare(Call),
    /// `Comparison::from_samples`
    Summarise(Samples),
    /// `render`
    Render(Comparison),
    /// `to_json`
    ToJson(Comparison),
}

/// A call of `compare`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// What is to be measured.
    pub spec: Spec,
    /// The work.
    pub work: Work,
    /// How worker processes are started.
    pub launch: Launch,
}

/// What is to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// How many share the work.
    pub workers: usize,
    /// How many runs of each mode are not counted.
    pub warm_ups: usize,
    /// How many are.
    pub runs: usize,
    /// How many units make a turn with the global lock.
    pub turn: u64,
}

/// A workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// How many units there are.
    pub units: u64,
    /// What their checksums follow from.
    pub seed: u64,
    /// How much is computed for each.
    pub steps: u32,
    /// How long each sleeps, in microseconds.
    pub pause_us: u64,
    /// How long a worker process takes before it begins, in milliseconds.
    pub start_ms: u64,
    /// Whether it is noted who does which unit, and when.
    pub noted: bool,
    /// The workers of this mode wait in their first units until all of them have come to theirs.
    pub meeting: Option<Mode>,
    /// Something out of the ordinary.
    pub event: Option<Event>,
}

/// Something out of the ordinary, in one unit of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// In which mode; `None` for every one.
    pub mode: Option<Mode>,
    /// In which run of the mode, from 0, warm-ups included.
    pub run: u64,
    /// In which unit.
    pub unit: u64,
    /// What happens.
    pub happening: Happening,
}

/// What happens in a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happening {
    /// It takes so many milliseconds longer.
    Stalls(u64),
    /// It panics.
    Panics,
    /// Its checksum is another one.
    Lies,
}

/// Samples, in nanoseconds, with what else makes a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples {
    /// How many shared the work.
    pub workers: usize,
    /// How many units a run has.
    pub units: u64,
    /// The checksum.
    pub checksum: u64,
    /// The samples of each mode.
    pub samples: [Vec<u64>; 4],
}

/// A comparison. Times are in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// How many shared the work.
    pub workers: usize,
    /// How many units a run has.
    pub units: u64,
    /// The checksum.
    pub checksum: u64,
    /// What was measured of each mode.
    pub measured: [Measured; 4],
}

/// What was measured of one mode. Times are in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// The mode.
    pub mode: Mode,
    /// The counted runs.
    pub samples: Vec<u64>,
    /// Their median.
    pub median: u64,
    /// Their spread.
    pub spread: u64,
    /// The speed-up.
    pub speed_up: Option<SpeedUp>,
}

/// A speed-up as its bits: JSON has no words for what it may not be, infinite or no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeedUp(u64);

/// What came of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Observation {
    /// Answers [`Order::Compare`].
    Called(Box<Called>),
    /// Answers [`Order::Summarise`].
    Summarised(Outcome),
    /// Answers [`Order::Render`] and [`Order::ToJson`].
    Text(Result<String, Panic>),
}

/// What is known of a call of `compare` when it has returned. Times are nanoseconds on one clock for all processes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Called {
    /// What it came to.
    pub outcome: Outcome,
    /// The process that called.
    pub caller: u32,
    /// When the call began.
    pub began: u64,
    /// When it had returned.
    pub ended: u64,
    /// Every unit that was done, wherever, if that was noted; in the order of their beginnings.
    pub units: Vec<Unit>,
    /// Whether those who were to wait for each other met.
    pub met: Option<bool>,
    /// The worker processes, if they were watched.
    pub roll: Option<Roll>,
    /// Children that are still there.
    pub leftovers: Vec<Leftover>,
    /// Threads that are still there.
    pub threads_left: u64,
}

/// A unit that was done. Times are nanoseconds on one clock for all processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// On behalf of which mode.
    pub mode: Mode,
    /// Which unit.
    pub unit: u64,
    /// In which process.
    pub pid: u32,
    /// In which of its threads.
    pub thread: u64,
    /// When it began.
    pub began: u64,
    /// When it had ended.
    pub ended: u64,
    /// If it was done in a worker process: when that had begun, at the latest.
    pub since: Option<u64>,
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// `Ok`
    Compared(Box<Comparison>),
    /// `Err(BenchError::NoWorkers)`
    NoWorkers,
    /// `Err(BenchError::NoRuns)`
    NoRuns,
    /// `Err(BenchError::Failed { mode, .. })`
    Failed(Mode),
    /// `Err(BenchError::Checksum { mode })`
    Checksum(Mode),
    /// The call panicked.
    Panicked(Panic),
}

impl Work {
    /// The checksum of a unit.
    pub fn checksum(&self, unit: u64) -> u64 {
        (0..=self.steps).fold(self.seed.wrapping_add(unit), |word, _| mixed(word))
    }
}

impl Event {
    /// Whether it happens here.
    pub fn is_at(&self, mode: Mode, run: u64, unit: u64) -> bool {
        self.mode.is_none_or(|of| of == mode) && (self.run, self.unit) == (run, unit)
    }
}

impl From<f64> for SpeedUp {
    fn from(value: f64) -> Self {
        Self(value.to_bits())
    }
}

impl From<SpeedUp> for f64 {
    fn from(value: SpeedUp) -> Self {
        Self::from_bits(value.0)
    }
}

/// As a student would write it.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compared(_) => f.write_str("Ok(..)"),
            Self::NoWorkers => f.write_str("Err(NoWorkers)"),
            Self::NoRuns => f.write_str("Err(NoRuns)"),
            Self::Failed(mode) => write!(f, "Err(Failed {{ mode: {mode:?}, .. }})"),
            Self::Checksum(mode) => write!(f, "Err(Checksum {{ mode: {mode:?} }})"),
            Self::Panicked(panic) => write!(f, "panic: {}", panic.message),
        }
    }
}

/// One step of `SplitMix64`, by Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
fn mixed(word: u64) -> u64 {
    let word = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}
