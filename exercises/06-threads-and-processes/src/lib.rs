//! Exercise 6: threads against processes, a benchmark.
//!
//! The same work is done in four ways, which are the [`Mode`]s, and each is timed: by one thread; by several threads; by
//! several threads under one lock, which is what Python's GIL makes of threads; and by several processes. The work is a
//! [`Workload`] of the course: it is cut into units, and `workload.run(mode, unit)` does one of them and returns its
//! checksum. The workload notes who did which unit, and when: only a benchmark that did what it says can have its numbers.
//!
//! Worker processes are started with the course's [`Launcher`]: `launcher.command()` is a
//! [`Command`](std::process::Command) that starts this same program once more, but there [`worker_main`] runs, with the
//! standard input and output of the worker. What parent and worker say to each other over these two pipes is up to you.
//! Replace every `todo!`; add private items and modules as you like, but keep the public items.
//!
//! Check your work with `grader check 6`.

use std::io::{self, BufRead, Write};
use std::num::NonZeroU64;
use std::time::Duration;

use course::Launcher;
pub use course::{Mode, Workload};

/// What is to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// How many threads, or processes, share the work. `Sequential` has one thread whatever stands here.
    pub workers: usize,
    /// How many runs of each mode come first and are not counted: caches are cold and files not yet loaded.
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
    /// How long each counted run took, in the order in which they were run.
    pub samples: Vec<Duration>,
    /// The middle one of the samples in the order of their length. Of an even number it is the mean of the two in the
    /// middle, without the fraction of a nanosecond.
    pub median: Duration,
    /// The longest sample less the shortest.
    pub spread: Duration,
    /// How many times as fast as `Sequential`: the median of `Sequential` divided by this median. `None` if this median is
    /// zero.
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
    /// A run could not be done. In `Processes` a worker could not be started, was killed, ended with another status than 0,
    /// gave an answer that is none, or hung; in every other mode a unit panicked.
    #[error("{mode}: {reason}")]
    Failed {
        /// The mode of the run.
        mode: Mode,
        /// What happened, in your words.
        reason: String,
    },
    /// A run came to another checksum than the first run of `Sequential`.
    #[error("{mode}: the checksum differs from that of sequential work")]
    Checksum {
        /// The mode of the run.
        mode: Mode,
    },
}

/// Does the work in every mode, `spec.warm_ups + spec.runs` times, and times each run.
///
/// A *run* does every unit of the workload exactly once, and has its own threads or processes:
///
/// * `Sequential`: one thread of this process does all units.
/// * `Threads`: `spec.workers` threads of this process, all at once, share the units.
/// * `GlobalLock`: so do `spec.workers` threads, but a unit is only done with the lock in hand, of which there is one. A
///   thread that has done `spec.turn` units hands it over: it does not get the lock again before another thread that still
///   has units to do has had it. (So does Python: a thread whose time is over waits until another has taken the GIL.)
/// * `Processes`: `spec.workers` other processes, all at once, share the units: each runs [`worker_main`].
///
/// If there are fewer units than workers, there may be fewer workers as well, but never more.
///
/// The modes take turns: no mode has its next counted run before every other has had as many. (What disturbs the machine for
/// a while then disturbs all of them.) A sample is the time of one run as a clock on the wall has it, from before its
/// threads or processes are started until all of them have ended and its checksum is known: no shorter than from the start
/// of its first unit to the end of its last, no longer than from the end of the last unit before it to the start of the
/// first one after it, give or take a millisecond.
///
/// Whatever the workload and the workers do, the call returns, and by then every thread and every process has ended and was
/// waited for. A worker process that is not done when `launcher.patience()` has passed since it was started hangs.
///
/// # Errors
/// [`BenchError::NoWorkers`] and [`BenchError::NoRuns`], before anything is run; [`BenchError::Failed`] or
/// [`BenchError::Checksum`] as soon as a run has failed, a warm-up too: the other workers of that run are stopped or waited
/// for.
pub fn compare(spec: &Spec, workload: &(dyn Workload + Sync), launcher: &Launcher) -> Result<Comparison, BenchError> {
    let _ = (spec, launcher);
    todo!("do {} units in four ways", workload.units())
}

/// What a worker process of `Processes` runs: reads from `input` which units it shall do, does them with
/// `workload.run(Mode::Processes, unit)`, and writes to `output` what they came to.
///
/// # Errors
/// If the pipes fail. The process ends with a status other than 0 then, as it does if a unit panics.
pub fn worker_main(workload: &(dyn Workload + Sync), input: impl BufRead, output: impl Write) -> io::Result<()> {
    let _ = (input, output);
    todo!("do some of {} units", workload.units())
}

impl Comparison {
    /// What follows from samples: there is a list of them for each mode, in the order of [`Mode::ALL`].
    ///
    /// # Errors
    /// [`BenchError::NoRuns`] if a mode has none.
    pub fn from_samples(
        workers: usize,
        units: u64,
        checksum: u64,
        samples: [Vec<Duration>; 4],
    ) -> Result<Self, BenchError> {
        let _ = (workers, units, checksum);
        todo!("median, spread and speed-up of {samples:?}")
    }
}

/// A table for people. It has exactly this form, with a newline at the end of every line and no space before it:
///
/// ```text
/// workers: 4, units: 1000, runs: 5
///
/// mode                median         spread  speed-up
/// sequential      412.300 ms       3.100 ms      1.00
/// threads         105.020 ms       8.411 ms      3.93
/// global lock     415.772 ms      12.000 ms      0.99
/// processes       118.400 ms       6.250 ms      3.48
/// ```
///
/// The first column is 11 wide, two of 13 and one of 8 follow, with two spaces before each. Times have three decimals,
/// speed-ups two; a speed-up that there is not is a `-`. Runs are those that were counted.
pub fn render(comparison: &Comparison) -> String {
    todo!("a table of {comparison:?}")
}

/// The same for tools, as one JSON object. Times are whole nanoseconds. A checksum can be larger than the numbers that
/// every JSON reader keeps exactly, so it is a string of 16 hexadecimal digits, small letters. This is all, in any order:
///
/// ```json
/// {
///   "workers": 4, "units": 1000, "checksum": "00c0ffee00c0ffee",
///   "modes": [
///     { "mode": "sequential", "samples_ns": [412300000], "median_ns": 412300000, "spread_ns": 0, "speed_up": 1.0 },
///     { "mode": "threads", "samples_ns": [0], "median_ns": 0, "spread_ns": 0, "speed_up": null },
///     …
///   ]
/// }
/// ```
///
/// The modes are called `sequential`, `threads`, `global_lock` and `processes`, and come in this order.
pub fn to_json(comparison: &Comparison) -> String {
    todo!("JSON of {comparison:?}")
}
