//! The calls of exercise 6, and what is noted of each.
//!
//! Compiled ahead of any submission, so everything here goes through [`Subject`], which the driver program implements
//! for the submission it is linked with. The workload that a submission measures is the grader's, so every unit of work
//! is seen where it is done, in this process or in a worker.

mod call;
mod meeting;
mod work;

use std::io;
use std::process::ExitCode;

use course::worker::{Input, Output};
use course::{Launcher, Workload};
use driver::Rounds;
use protocol::threads_and_processes::{Comparison, Observation, Order, Outcome, Samples, Spec};

/// What the calls need of a submission.
pub trait Subject: Sync {
    /// Calls `compare`.
    fn compare(&self, spec: Spec, workload: &(dyn Workload + Sync), launcher: &Launcher) -> Outcome;
    /// Calls `worker_main`, in a worker process.
    ///
    /// # Errors
    /// What the submission says.
    fn worker_main(&self, workload: &(dyn Workload + Sync), input: Input, output: Output) -> io::Result<()>;
    /// Calls `Comparison::from_samples`.
    fn summarise(&self, samples: Samples) -> Outcome;
    /// Calls `render`.
    fn render(&self, comparison: Comparison) -> String;
    /// Calls `to_json`.
    fn to_json(&self, comparison: Comparison) -> String;
}

/// Serves the grader with calls of `subject`, or works for it if this process is a worker.
pub fn drive(subject: &dyn Subject) -> ExitCode {
    work::work_if_asked(subject).unwrap_or_else(|| driver::serve(&BenchRounds { subject }))
}

struct BenchRounds<'a> {
    subject: &'a dyn Subject,
}

impl Rounds for BenchRounds<'_> {
    type Order = Order;
    type Observation = Observation;

    fn perform(&self, order: &Order) -> Observation {
        let Self { subject } = self;
        match order {
            Order::Compare(call) => Observation::Called(Box::new(call::perform(*subject, call))),
            Order::Summarise(samples) => {
                let summarised = driver::quietly(|| subject.summarise(samples.clone()));
                Observation::Summarised(summarised.unwrap_or_else(Outcome::Panicked))
            }
            Order::Render(comparison) => Observation::Text(driver::quietly(|| subject.render(comparison.clone()))),
            Order::ToJson(comparison) => Observation::Text(driver::quietly(|| subject.to_json(comparison.clone()))),
        }
    }
}
