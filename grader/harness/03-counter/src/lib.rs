//! The rounds of exercise 3: what threads do with counters, and what is noted of it.
//!
//! Compiled ahead of any submission, so everything here goes through [`Subject`], which the driver program implements
//! for the submission it is linked with.

mod interleaved;
mod rounds;
mod work;

use std::process::ExitCode;

use driver::Rounds;
use protocol::counter::{Answer, Call, KeyedCall, Observation, Order};

/// What the rounds need of a submission.
pub trait Subject: Sync {
    /// Counters that begin at `starts`.
    fn counters(&self, starts: &[i64]) -> Box<dyn Counters>;
    /// A keyed counter.
    fn keyed_counter(&self) -> Box<dyn KeyedCounter>;
}

/// The counters of one round.
pub trait Counters: Sync {
    /// Makes a call.
    fn answer(&self, call: &Call) -> Answer;
    /// Increments the first counter; what [`answer`](Self::answer) does, without its cost.
    fn increment(&self) -> i64;
    /// Reads the first counter.
    fn get(&self) -> i64;
}

/// The keyed counter of one round.
pub trait KeyedCounter: Sync {
    /// Makes a call.
    fn answer(&self, call: &KeyedCall) -> Answer;
}

/// Serves the grader with rounds on `subject`.
pub fn drive(subject: &dyn Subject) -> ExitCode {
    driver::serve(&CounterRounds { subject })
}

struct CounterRounds<'a> {
    subject: &'a dyn Subject,
}

impl Rounds for CounterRounds<'_> {
    type Order = Order;
    type Observation = Observation;

    fn perform(&self, order: &Order) -> Observation {
        let subject = self.subject;
        match order {
            Order::Calls(program) => {
                let counters = subject.counters(&program.starts);
                Observation::Calls(rounds::run(program, |call| counters.answer(call)))
            }
            Order::KeyedCalls(program) => {
                let counter = subject.keyed_counter();
                Observation::KeyedCalls(rounds::run(program, |call| counter.answer(call)))
            }
            Order::Flood { threads, increments } => work::flood(&*subject.counters(&[0]), *threads, *increments),
            Order::Work(work) => Observation::Worked(work::perform(&*subject.counters(&[0]), *work)),
        }
    }

    fn model(&self, order: &Order) -> Observation {
        let subject = self.subject;
        match order {
            Order::Calls(program) => {
                let counters = subject.counters(&program.starts);
                Observation::Calls(interleaved::run(program, |call| counters.answer(call)))
            }
            Order::KeyedCalls(program) => {
                let counter = subject.keyed_counter();
                Observation::KeyedCalls(interleaved::run(program, |call| counter.answer(call)))
            }
            Order::Flood { .. } | Order::Work(_) => panic!("a flood or timed work is too much to interleave"),
        }
    }
}
