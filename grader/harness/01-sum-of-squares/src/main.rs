//! The driver of exercise 1: the calls, linked with one submission.

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;

use course::Launcher;
use protocol::sum_of_squares::Outcome;
use sum_of_squares::{SumError, sum_of_squares, sum_of_squares_in_file, worker_main};
use sum_of_squares_driver::{Subject, drive};

fn main() -> ExitCode {
    muster::run_if_asked(|_, input, output| worker_main(input, output)).unwrap_or_else(|| drive(&Submission))
}

struct Submission;

impl Subject for Submission {
    fn sum(&self, numbers: &[i64], workers: NonZeroUsize, launcher: &Launcher) -> Outcome {
        outcome(&sum_of_squares(numbers, workers, launcher))
    }

    fn sum_in_file(&self, path: &Path, workers: NonZeroUsize, launcher: &Launcher) -> Outcome {
        outcome(&sum_of_squares_in_file(path, workers, launcher))
    }
}

fn outcome(result: &Result<u128, SumError>) -> Outcome {
    match result {
        Ok(sum) => Outcome::Sum(*sum),
        Err(SumError::Overflow) => Outcome::Overflow,
        Err(SumError::BadLine { line }) => Outcome::BadLine(*line),
        Err(SumError::Worker { worker, .. }) => Outcome::Worker(*worker),
        Err(SumError::File(_)) => Outcome::File,
    }
}
