//! The rounds of exercise 4: what is asked of a pool, and what is noted of it.
//!
//! Compiled ahead of any submission, so everything here goes through [`Subject`], which the driver program implements
//! for the submission it is linked with.

pub mod oracle;

mod callbacks;
mod held;
mod orphans;
mod rounds;
mod scenes;
mod sight;
mod studio;
mod waiting;

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use course::Launcher;
use course::worker::{Input, Output};
use driver::Rounds;
use protocol::batch_converter::{Conversion, Observation, Order, Outcome};

/// What the rounds need of a submission.
pub trait Subject: Sync {
    /// A pool.
    ///
    /// # Errors
    /// What the submission says.
    fn pool(&self, workers: NonZeroUsize, launcher: &Launcher) -> io::Result<Box<dyn Pool>>;
    /// Calls `worker_main`.
    ///
    /// # Errors
    /// What the submission says.
    fn work(&self, input: Input, output: Output) -> io::Result<()>;
}

/// The pool of one round.
pub trait Pool: Send + Sync {
    /// Calls `convert_batch` with the pool.
    fn convert_batch(&self, inputs: &[PathBuf], folder: &Path, conversion: Conversion) -> Vec<Outcome>;
    /// Calls `map`.
    fn map(&self, jobs: Vec<Job>) -> Vec<Outcome>;
    /// Calls `submit`.
    fn submit(&self, job: Job) -> Wait;
    /// Calls `submit_with`.
    fn submit_with(
        &self,
        job: Job,
        on_success: Box<dyn FnOnce(Outcome) + Send>,
        on_error: Box<dyn FnOnce(Outcome) + Send>,
    );
    /// Calls `close`.
    fn close(&self);
    /// Calls `join`.
    ///
    /// # Errors
    /// What the submission says.
    fn join(self: Box<Self>) -> io::Result<()>;
}

/// Waits on a handle.
pub type Wait = Box<dyn FnOnce() -> Outcome + Send>;

/// One task.
#[derive(Clone, Debug)]
pub struct Job {
    /// The image.
    pub input: PathBuf,
    /// Where the converted image goes.
    pub output: PathBuf,
    /// What becomes of it.
    pub conversion: Conversion,
}

/// Serves the grader with rounds on `subject`, or does the work of a worker, if this process is one.
pub fn drive(subject: &dyn Subject) -> ExitCode {
    let worked = muster::run_if_asked(|role, input, output| match role {
        orphans::PARENT => orphans::be_a_parent(subject, input, output),
        _ => subject.work(input, output),
    });
    worked.unwrap_or_else(|| driver::serve(&ConverterRounds { subject }))
}

struct ConverterRounds<'a> {
    subject: &'a dyn Subject,
}

impl Rounds for ConverterRounds<'_> {
    type Order = Order;
    type Observation = Observation;

    fn perform(&self, order: &Order) -> Observation {
        rounds::perform(self.subject, order)
    }
}
