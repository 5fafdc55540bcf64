//! Exercise 6: threads against processes, a benchmark.
//!
//! Here stand the public items and the loop that makes the runs. How a run of each mode is done stands in modules of
//! their own, which know nothing of clocks; what follows from the samples stands in others, which know nothing of runs.

mod global_lock;
mod processes;
mod report;
mod share;
mod statistics;
mod threads;

use std::io::{self, BufRead, Write};
use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use course::Launcher;
pub use course::{Mode, Workload};

pub use report::{render, to_json};

use share::shares;

/// What is to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// How many threads, or processes, share the work.
    pub workers: usize,
    /// How many runs of each mode come first and are not counted.
    pub warm_ups: usize,
    /// How many runs of each mode are counted.
    pub runs: usize,
    /// How many units a thread of `GlobalLock` does before it hands over the lock.
    pub turn: NonZeroU64,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// How many threads or processes shared the work.
    pub workers: usize,
    /// How many units a run has.
    pub units: u64,
    /// The checksum of every run.
    pub checksum: u64,
    /// One for each mode, in the order of [`Mode::ALL`].
    pub measured: [Measured; 4],
}

/// What was measured of one mode.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The mode.
    pub mode: Mode,
    /// How long each counted run took, in order.
    pub samples: Vec<Duration>,
    /// The middle one of the samples.
    pub median: Duration,
    /// The longest sample less the shortest.
    pub spread: Duration,
    /// How many times as fast as `Sequential`; `None` if the median is zero.
    pub speed_up: Option<f64>,
}

/// Why there is no comparison.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// `spec.workers` is 0.
    #[error("there is nobody to do the work")]
    NoWorkers,
    /// `spec.runs` is 0, or a mode has no samples.
    #[error("there is no run to count")]
    NoRuns,
    /// A run could not be done.
    #[error("{mode}: {reason}")]
    Failed {
        /// The mode of the run.
        mode: Mode,
        /// What happened.
        reason: String,
    },
    /// A run came to another checksum than the first run of `Sequential`.
    #[error("{mode}: the checksum differs from that of sequential work")]
    Checksum {
        /// The mode of the run.
        mode: Mode,
    },
}

/// Does the work in every mode, again and again, and times each run.
///
/// # Errors
/// [`BenchError`]
pub fn compare(spec: &Spec, workload: &(dyn Workload + Sync), launcher: &Launcher) -> Result<Comparison, BenchError> {
    if spec.workers == 0 {
        return Err(BenchError::NoWorkers);
    }
    if spec.runs == 0 {
        return Err(BenchError::NoRuns);
    }
    let mut samples: [Vec<Duration>; 4] = Default::default();
    let mut first = None;
    for round in 0..spec.warm_ups + spec.runs {
        for (mode, samples) in Mode::ALL.into_iter().zip(&mut samples) {
            let began = Instant::now();
            let checksum = run(mode, spec, workload, launcher).map_err(|reason| BenchError::Failed { mode, reason })?;
            let took = began.elapsed();
            // `Sequential` comes first, so that it is what the others are held against.
            if *first.get_or_insert(checksum) != checksum {
                return Err(BenchError::Checksum { mode });
            }
            if round >= spec.warm_ups {
                samples.push(took);
            }
        }
    }
    Comparison::from_samples(spec.workers, workload.units(), first.unwrap_or_default(), samples)
}

/// One run: every unit once. Returns its checksum, or what went wrong.
fn run(mode: Mode, spec: &Spec, workload: &(dyn Workload + Sync), launcher: &Launcher) -> Result<u64, String> {
    let shares = shares(workload.units(), spec.workers);
    match mode {
        Mode::Sequential => threads::sequential(workload),
        Mode::Threads => threads::at_once(workload, shares),
        Mode::GlobalLock => threads::under_lock(workload, shares, spec.turn),
        Mode::Processes => processes::at_once(shares, launcher),
    }
}

/// What a worker process runs.
///
/// # Errors
/// If the pipes fail.
pub fn worker_main(
    workload: &(dyn Workload + Sync),
    mut input: impl BufRead,
    mut output: impl Write,
) -> io::Result<()> {
    let share = share::read(&mut input)?;
    writeln!(output, "{}", share::checksum(workload, Mode::Processes, share))?;
    output.flush()
}
