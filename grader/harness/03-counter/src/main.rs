//! The driver of exercise 3: the rounds, linked with one submission.

use std::process::ExitCode;

use counter::{Counter, KeyedCounter, TransferError, total, transfer};
use counter_driver::{Counters, Subject, drive};
use protocol::counter::{Answer, Call, KeyedCall, ON_PURPOSE, letter};

fn main() -> ExitCode {
    drive(&Submission)
}

struct Submission;

impl Subject for Submission {
    fn counters(&self, starts: &[i64]) -> Box<dyn Counters> {
        let counters: Vec<Counter> = starts.iter().map(|start| Counter::new(*start)).collect();
        for (index, counter) in counters.iter().enumerate() {
            driver::name(counter, &letter(index).to_string());
        }
        Box::new(Several(counters))
    }

    fn keyed_counter(&self) -> Box<dyn counter_driver::KeyedCounter> {
        Box::new(Keyed(KeyedCounter::new()))
    }
}

struct Several(Vec<Counter>);

impl Counters for Several {
    fn answer(&self, call: &Call) -> Answer {
        let Self(counters) = self;
        match call {
            Call::Increment(index) => Answer::Value(counters[*index].increment()),
            Call::Add(index, amount) => counters[*index].add(*amount).map_or(Answer::Overflow, Answer::Value),
            Call::Get(index) => Answer::Value(counters[*index].get()),
            Call::Reset(index) => Answer::Value(counters[*index].reset()),
            Call::Update(index, addend) => Answer::Value(counters[*index].update(|value| value * 2 + addend)),
            Call::UpdatePanics(index) => Answer::Value(counters[*index].update(|_| panic!("{ON_PURPOSE}"))),
            Call::Transfer(from, to, amount) => match transfer(&counters[*from], &counters[*to], *amount) {
                Ok(()) => Answer::Moved,
                Err(TransferError::Insufficient) => Answer::Insufficient,
                Err(TransferError::Overflow) => Answer::TransferOverflow,
                Err(TransferError::Negative) => Answer::Negative,
            },
            Call::Total(indices) => {
                let listed: Vec<&Counter> = indices.iter().map(|index| &counters[*index]).collect();
                Answer::Sum(total(&listed))
            }
        }
    }

    fn increment(&self) -> i64 {
        self.0[0].increment()
    }

    fn get(&self) -> i64 {
        self.0[0].get()
    }
}

struct Keyed(KeyedCounter<u32>);

impl counter_driver::KeyedCounter for Keyed {
    fn answer(&self, call: &KeyedCall) -> Answer {
        let Self(counter) = self;
        match call {
            KeyedCall::Increment(key) => Answer::Count(counter.increment(*key)),
            KeyedCall::Get(key) => Answer::Count(counter.get(key)),
            KeyedCall::Snapshot => Answer::Counts(counter.snapshot()),
            KeyedCall::Total => Answer::Count(counter.total()),
        }
    }
}
