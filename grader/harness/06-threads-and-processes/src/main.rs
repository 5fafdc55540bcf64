//! The driver of exercise 6: the calls, linked with one submission.

use std::io;
use std::num::NonZeroU64;
use std::process::ExitCode;
use std::time::Duration;

use course::worker::{Input, Output};
use course::{Launcher, Workload};
use protocol::threads_and_processes::{self as wire, Outcome, Samples};
use threads_and_processes::{BenchError, Comparison, Measured, Spec, compare, render, to_json, worker_main};
use threads_and_processes_driver::{Subject, drive};

fn main() -> ExitCode {
    drive(&Submission)
}

struct Submission;

impl Subject for Submission {
    fn compare(&self, spec: wire::Spec, workload: &(dyn Workload + Sync), launcher: &Launcher) -> Outcome {
        let wire::Spec { workers, warm_ups, runs, turn } = spec;
        let turn = NonZeroU64::new(turn).unwrap_or(NonZeroU64::MIN);
        outcome(compare(&Spec { workers, warm_ups, runs, turn }, workload, launcher))
    }

    fn worker_main(&self, workload: &(dyn Workload + Sync), input: Input, output: Output) -> io::Result<()> {
        worker_main(workload, input, output)
    }

    fn summarise(&self, samples: Samples) -> Outcome {
        let Samples { workers, units, checksum, samples } = samples;
        let samples = samples.map(|list| list.into_iter().map(Duration::from_nanos).collect());
        outcome(Comparison::from_samples(workers, units, checksum, samples))
    }

    fn render(&self, comparison: wire::Comparison) -> String {
        render(&theirs(comparison))
    }

    fn to_json(&self, comparison: wire::Comparison) -> String {
        to_json(&theirs(comparison))
    }
}

fn theirs(comparison: wire::Comparison) -> Comparison {
    let wire::Comparison { workers, units, checksum, measured } = comparison;
    let measured = measured.map(|measured| Measured {
        mode: measured.mode,
        samples: measured.samples.into_iter().map(Duration::from_nanos).collect(),
        median: Duration::from_nanos(measured.median),
        spread: Duration::from_nanos(measured.spread),
        speed_up: measured.speed_up.map(f64::from),
    });
    Comparison { workers, units, checksum, measured }
}

fn outcome(result: Result<Comparison, BenchError>) -> Outcome {
    match result {
        Ok(Comparison { workers, units, checksum, measured }) => {
            let measured = measured.map(|measured| wire::Measured {
                mode: measured.mode,
                samples: measured.samples.into_iter().map(nanoseconds).collect(),
                median: nanoseconds(measured.median),
                spread: nanoseconds(measured.spread),
                speed_up: measured.speed_up.map(wire::SpeedUp::from),
            });
            Outcome::Compared(Box::new(wire::Comparison { workers, units, checksum, measured }))
        }
        Err(BenchError::NoWorkers) => Outcome::NoWorkers,
        Err(BenchError::NoRuns) => Outcome::NoRuns,
        Err(BenchError::Failed { mode, .. }) => Outcome::Failed(mode),
        Err(BenchError::Checksum { mode }) => Outcome::Checksum(mode),
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
