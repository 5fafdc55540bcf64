//! The rounds of exercise 5: what threads do with a bounded queue, and what is noted of it.
//!
//! Compiled ahead of any submission, so everything here goes through [`Subject`], which the driver program implements
//! for the submission it is linked with. The rounds are written once, for real threads and for modelled ones: what the
//! two have to do differently is a `Machine`.

mod calls;
mod machine;
mod pipeline;
mod work;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::process::ExitCode;

use driver::Rounds;
use protocol::producer_consumer::{Answer, Call, Observation, Order};

use crate::machine::{Model, Real};

/// What the rounds need of a submission.
pub trait Subject: Sync {
    /// A queue.
    fn queue(&self, capacity: NonZeroUsize) -> Box<dyn Queue>;
    /// Calls `run_pipeline`.
    fn run_pipeline(
        &self,
        producers: Vec<Producer<'_>>,
        consumers: NonZeroUsize,
        capacity: NonZeroUsize,
        work: &(dyn Fn(u32) -> u32 + Sync),
    ) -> Report;
}

/// A producer of a pipeline.
pub type Producer<'a> = Box<dyn FnOnce(&dyn Queue) + Send + 'a>;

/// What `run_pipeline` returned.
pub struct Report {
    /// The results.
    pub results: Vec<u32>,
    /// The messages of failed items.
    pub failed_items: Vec<String>,
    /// The messages of failed producers.
    pub failed_producers: BTreeMap<usize, String>,
}

/// The queue of a round.
pub trait Queue: Sync {
    /// Makes a call; how long it took is not its concern.
    fn answer(&self, call: &Call) -> Answer;
    /// Pushes; what [`answer`](Self::answer) does, without its cost.
    ///
    /// # Errors
    /// The item, if the queue is closed.
    fn push(&self, item: u32) -> Result<(), u32>;
    /// Pops; what [`answer`](Self::answer) does, without its cost.
    fn pop(&self) -> Option<u32>;
    /// Waits until every item is done.
    fn join(&self);
    /// Closes the queue.
    fn close(&self);
    /// How many items are in the queue.
    fn length(&self) -> usize;
}

/// Serves the grader with rounds on `subject`.
pub fn drive(subject: &dyn Subject) -> ExitCode {
    driver::serve(&QueueRounds { subject })
}

struct QueueRounds<'a> {
    subject: &'a dyn Subject,
}

impl Rounds for QueueRounds<'_> {
    type Order = Order;
    type Observation = Observation;

    fn perform(&self, order: &Order) -> Observation {
        let subject = self.subject;
        match order {
            Order::Calls(program) => calls::run(&Real::new(program.stir), subject, program),
            Order::Wait(wait) => calls::wait(&Real::new(None), subject, wait),
            Order::Pipeline(pipeline) => pipeline::run(&Real::new(None), subject, pipeline),
            Order::Flood(flood) => work::flood(subject, *flood),
            Order::Work(work) => work::perform(subject, *work),
            Order::RoundTrips(trips) => work::round_trips(subject, *trips),
        }
    }

    fn model(&self, order: &Order) -> Observation {
        let subject = self.subject;
        match order {
            Order::Calls(program) => calls::run(&Model::new(), subject, program),
            Order::Wait(wait) => calls::wait(&Model::new(), subject, wait),
            Order::Pipeline(pipeline) => pipeline::run(&Model::new(), subject, pipeline),
            Order::Flood(_) | Order::Work(_) | Order::RoundTrips(_) => {
                panic!("a flood or timed work is too much to interleave")
            }
        }
    }
}

/// A capacity or a number of threads.
fn at_least_one(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).expect("the grader asks for at least one")
}
