//! One call, with what there is to know of it from outside.

use std::num::NonZeroUsize;
use std::time::Duration;

use course::Launcher;
use muster::{Muster, leftovers, peak_memory, reap_leftovers, settled_threads, threads};
use protocol::sum_of_squares::{Observation, Order, Outcome};
use protocol::workers::Launch;

use crate::Subject;
use crate::input::{Inputs, Made};

/// How long workers that have come wait for the others.
const MUSTER_PATIENCE: Duration = Duration::from_secs(3);

/// How often a call is made in which a worker without a fault is blamed for being late.
const ATTEMPTS: usize = 4;

/// What there is to know where nothing was called.
const UNCALLED: Observation = Observation {
    outcome: Outcome::Sum(0),
    roll: None,
    leftovers: Vec::new(),
    threads_left: 0,
    file_bytes: 0,
    growth: None,
};

/// Makes the call that is asked for.
///
/// # Panics
/// If the input cannot be made or the workers not be watched.
pub(crate) fn perform(subject: &dyn Subject, inputs: &Inputs, order: &Order) -> Observation {
    let Order { input, workers, launch } = order;
    let called = inputs.with(input, |made| match (NonZeroUsize::new(*workers), made) {
        (None, _) => UNCALLED,
        (Some(workers), Made::Numbers(numbers)) => observed(launch, |launcher| subject.sum(numbers, workers, launcher)),
        (Some(workers), Made::File(path, length)) => {
            let observation = observed(launch, |launcher| subject.sum_in_file(path, workers, launcher));
            Observation { file_bytes: length, ..observation }
        }
    });
    called.expect("the course's own file can be written")
}

/// Calls until the blame is settled: where workers hang on purpose and patience is short, a machine that is busy with
/// something else can make a worker late that does not hang. It gets more time then.
fn observed(launch: &Launch, call: impl Fn(&Launcher) -> Outcome) -> Observation {
    let mut launch = launch.clone();
    for _ in 1..ATTEMPTS {
        let observation = observed_once(&launch, &call);
        let blamed = match (&observation.outcome, &mut launch.patience_ms) {
            (Outcome::Worker(worker), Some(patience)) => {
                *patience *= 2;
                *worker
            }
            _ => return observation,
        };
        if launch.faults.iter().any(|(worker, _)| *worker == blamed) {
            return observation;
        }
    }
    observed_once(&launch, &call)
}

fn observed_once(launch: &Launch, call: impl Fn(&Launcher) -> Outcome) -> Observation {
    let muster = launch.muster.map(|size| Muster::call(size, MUSTER_PATIENCE).expect("there are sockets"));
    let mut launcher = Launcher::new("sum").expect("the program knows where it is");
    for (worker, fault) in &launch.faults {
        launcher = launcher.with_fault(*worker, *fault);
    }
    if let Some(patience) = launch.patience_ms {
        launcher = launcher.with_patience(Duration::from_millis(patience));
    }
    if let Some(muster) = &muster {
        launcher = muster.enlist(launcher);
    }
    let threads_before = threads();
    let memory_before = peak_memory();
    let outcome = driver::quietly(|| call(&launcher)).unwrap_or_else(Outcome::Panicked);
    let growth = peak_memory().zip(memory_before).map(|(after, before)| after.saturating_sub(before));
    let threads_left = threads_before.map_or(0, settled_threads);
    let leftovers = leftovers();
    reap_leftovers();
    let roll = muster.map(Muster::dismiss);
    Observation { outcome, roll, leftovers, threads_left, file_bytes: 0, growth }
}
