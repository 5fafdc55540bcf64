//! The calls of exercise 1, and what is noted of each.
//!
//! Compiled ahead of any submission, so everything here goes through [`Subject`], which the driver program implements
//! for the submission it is linked with.

mod call;
mod input;

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;

use course::Launcher;
use driver::Rounds;
use protocol::sum_of_squares::{Observation, Order, Outcome};

use input::Inputs;

/// What the calls need of a submission.
pub trait Subject: Sync {
    /// Calls `sum_of_squares`.
    fn sum(&self, numbers: &[i64], workers: NonZeroUsize, launcher: &Launcher) -> Outcome;
    /// Calls `sum_of_squares_in_file`.
    fn sum_in_file(&self, path: &Path, workers: NonZeroUsize, launcher: &Launcher) -> Outcome;
}

/// Serves the grader with calls of `subject`.
pub fn drive(subject: &dyn Subject) -> ExitCode {
    driver::serve(&SumRounds { subject, inputs: Inputs::default() })
}

struct SumRounds<'a> {
    subject: &'a dyn Subject,
    inputs: Inputs,
}

impl Rounds for SumRounds<'_> {
    type Order = Order;
    type Observation = Observation;

    fn perform(&self, order: &Order) -> Observation {
        call::perform(self.subject, &self.inputs, order)
    }
}
