//! What the calls of exercise 3 mean when they are made one after the other.

use std::collections::BTreeMap;

use protocol::counter::{Answer, Call, KeyedCall, ON_PURPOSE};

use crate::judge::linearizability::Specification;

/// A handful of counters.
pub(super) struct Counters;

/// A keyed counter.
pub(super) struct Keyed;

/// The answer that a call must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Required {
    /// This one.
    Answer(Answer),
    /// The panic of the closure that was passed in.
    PanicOnPurpose,
    /// A panic, in whatever words.
    Panic,
}

impl Required {
    pub(super) fn allows(&self, answer: &Answer) -> bool {
        match (self, answer) {
            (Self::Answer(required), answer) => required == answer,
            (Self::PanicOnPurpose, Answer::Panicked(panic)) => panic.message == ON_PURPOSE,
            (Self::Panic, Answer::Panicked(_)) => true,
            (Self::PanicOnPurpose | Self::Panic, _) => false,
        }
    }
}

/// What the counters with these `values` answer; the values move on.
pub(super) fn required_answer(values: &mut [i64], call: &Call) -> Required {
    Required::Answer(match call {
        Call::Increment(index) => match values[*index].checked_add(1) {
            Some(value) => set(&mut values[*index], value),
            None => return Required::Panic,
        },
        Call::Add(index, amount) => match values[*index].checked_add(*amount) {
            Some(value) => set(&mut values[*index], value),
            None => Answer::Overflow,
        },
        Call::Get(index) => Answer::Value(values[*index]),
        Call::Reset(index) => Answer::Value(std::mem::take(&mut values[*index])),
        Call::Update(index, addend) => {
            let value = values[*index] * 2 + addend;
            set(&mut values[*index], value)
        }
        Call::UpdatePanics(_) => return Required::PanicOnPurpose,
        Call::Transfer(from, to, amount) => transfer(values, *from, *to, *amount),
        Call::Total(indices) => Answer::Sum(indices.iter().map(|index| i128::from(values[*index])).sum()),
    })
}

fn set(place: &mut i64, value: i64) -> Answer {
    *place = value;
    Answer::Value(value)
}

fn transfer(values: &mut [i64], from: usize, to: usize, amount: i64) -> Answer {
    if amount < 0 {
        return Answer::Negative;
    }
    if values[from] < amount {
        return Answer::Insufficient;
    }
    if from == to {
        return Answer::Moved;
    }
    let Some(target) = values[to].checked_add(amount) else { return Answer::TransferOverflow };
    values[to] = target;
    values[from] -= amount;
    Answer::Moved
}

/// What a keyed counter with these `counts` answers; the counts move on.
pub(super) fn required_keyed_answer(counts: &mut BTreeMap<u32, u64>, call: &KeyedCall) -> Answer {
    match call {
        KeyedCall::Increment(key) => {
            let count = counts.entry(*key).or_default();
            *count += 1;
            Answer::Count(*count)
        }
        KeyedCall::Get(key) => Answer::Count(counts.get(key).copied().unwrap_or(0)),
        KeyedCall::Snapshot => Answer::Counts(counts.clone()),
        KeyedCall::Total => Answer::Count(counts.values().sum()),
    }
}

impl Specification for Counters {
    type Call = Call;
    type Answer = Answer;
    type State = Vec<i64>;

    fn step(state: &mut Vec<i64>, call: &Call, answer: &Answer) -> bool {
        required_answer(state, call).allows(answer)
    }
}

impl Specification for Keyed {
    type Call = KeyedCall;
    type Answer = Answer;
    type State = BTreeMap<u32, u64>;

    fn step(state: &mut BTreeMap<u32, u64>, call: &KeyedCall, answer: &Answer) -> bool {
        required_keyed_answer(state, call) == *answer
    }
}
