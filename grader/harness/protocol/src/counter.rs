//! Exercise 3 on the wire: calls on counters, and the history that a round leaves behind.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Panic;

/// The message of the panic in [`Call::UpdatePanics`].
pub const ON_PURPOSE: &str = "a panic on purpose, inside `update`";

/// How long the threads of a stressed round go on making calls, in milliseconds: a slow counter gets fewer of them. Each
/// thread makes at least one.
pub const PATIENCE_MS: u64 = 300;

/// One round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Threads that call a handful of counters.
    Calls(Program<Call>),
    /// Threads that call one keyed counter; `starts` is empty.
    KeyedCalls(Program<KeyedCall>),
    /// Threads that do nothing but increment; only the tickets come back.
    Flood {
        /// How many threads.
        threads: usize,
        /// How many increments each of them makes, unless [`PATIENCE_MS`] ends first.
        increments: usize,
    },
    /// Work to be timed.
    Work(Work),
}

/// What the threads of a round do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program<C> {
    /// The starting value of each counter.
    pub starts: Vec<i64>,
    /// The calls of each thread, in order; under stress, as many of them as [`PATIENCE_MS`] allows.
    pub threads: Vec<Vec<C>>,
    /// The calls made after every thread has ended, in order.
    pub after: Vec<C>,
    /// Seeds the short random pauses between calls that shake the threads apart; `None` for no pauses.
    pub stir: Option<u64>,
}

/// A call on one or more of the counters of a round, which are named by their index.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Call {
    /// `counter.increment()`
    Increment(usize),
    /// `counter.add(amount)`
    Add(usize, i64),
    /// `counter.get()`
    Get(usize),
    /// `counter.reset()`
    Reset(usize),
    /// `counter.update(|value| value * 2 + addend)`
    Update(usize, i64),
    /// `counter.update(|_| panic!())`, with [`ON_PURPOSE`] as the message
    UpdatePanics(usize),
    /// `transfer(from, to, amount)`
    Transfer(usize, usize, i64),
    /// `total(counters)`
    Total(Vec<usize>),
}

/// A call on the keyed counter of a round.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyedCall {
    /// `counter.increment(key)`
    Increment(u32),
    /// `counter.get(&key)`
    Get(u32),
    /// `counter.snapshot()`
    Snapshot,
    /// `counter.total()`
    Total,
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Answer {
    /// A counter's value or ticket.
    Value(i64),
    /// A sum over several counters.
    Sum(i128),
    /// `Err(Overflow)`
    Overflow,
    /// `Ok(())` of a transfer.
    Moved,
    /// `Err(TransferError::Insufficient)`
    Insufficient,
    /// `Err(TransferError::Overflow)`
    TransferOverflow,
    /// `Err(TransferError::Negative)`
    Negative,
    /// The call panicked.
    Panicked(Panic),
    /// A count or a total of a keyed counter.
    Count(u64),
    /// A snapshot of a keyed counter.
    Counts(BTreeMap<u32, u64>),
}

/// A call on a counter that has returned; the calls of [`Program::after`] carry the number of threads.
pub type Completed<C> = crate::history::Completed<C, Answer>;

/// What a round leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Observation {
    /// Answers [`Order::Calls`].
    Calls(Vec<Completed<Call>>),
    /// Answers [`Order::KeyedCalls`].
    KeyedCalls(Vec<Completed<KeyedCall>>),
    /// Answers [`Order::Flood`].
    Flood {
        /// The tickets of each thread, in its order.
        tickets: Vec<Vec<i64>>,
        /// What `get` says at the end.
        value: i64,
    },
    /// Answers [`Order::Work`] with what `get` says at the end.
    Worked(i64),
}

/// Work to be timed, each shape between 100 and 200 ms with the reference solution on the machine it was written on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Threads that increment.
    pub writers: usize,
    /// Threads that read.
    pub readers: usize,
    /// Calls of each thread.
    pub calls: usize,
    /// Rounds of private arithmetic before each call; about 1.3 ns each.
    pub private: u32,
}

/// As a student would write it.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.fmt(f),
            Self::Sum(sum) => sum.fmt(f),
            Self::Overflow | Self::TransferOverflow => f.write_str("Err(Overflow)"),
            Self::Moved => f.write_str("Ok(())"),
            Self::Insufficient => f.write_str("Err(Insufficient)"),
            Self::Negative => f.write_str("Err(Negative)"),
            Self::Panicked(panic) => write!(f, "panic: {}", panic.message),
            Self::Count(count) => count.fmt(f),
            Self::Counts(counts) => write!(f, "{counts:?}"),
        }
    }
}

/// A call in the words of a student's code.
pub trait Say {
    /// The words; where a round has several counters, each is named by its [`letter`].
    fn say(&self, counters: usize) -> String;
}

/// The name of a counter of a round: a, b, c and so on.
pub fn letter(index: usize) -> char {
    ('a'..='z').nth(index).unwrap_or('?')
}

impl Say for Call {
    fn say(&self, counters: usize) -> String {
        let on = |index: &usize| if counters > 1 { format!("{}.", letter(*index)) } else { String::new() };
        match self {
            Self::Increment(index) => format!("{}increment()", on(index)),
            Self::Add(index, amount) => format!("{}add({amount})", on(index)),
            Self::Get(index) => format!("{}get()", on(index)),
            Self::Reset(index) => format!("{}reset()", on(index)),
            Self::Update(index, addend) => format!("{}update(|v| v * 2 + {addend})", on(index)),
            Self::UpdatePanics(index) => format!("{}update(|_| panic!())", on(index)),
            Self::Transfer(from, to, amount) => format!("transfer({}, {}, {amount})", letter(*from), letter(*to)),
            Self::Total(indices) => {
                let names: Vec<_> = indices.iter().map(|index| letter(*index).to_string()).collect();
                format!("total([{}])", names.join(", "))
            }
        }
    }
}

impl Say for KeyedCall {
    fn say(&self, _: usize) -> String {
        match self {
            Self::Increment(key) => format!("increment({key})"),
            Self::Get(key) => format!("get({key})"),
            Self::Snapshot => "snapshot()".to_owned(),
            Self::Total => "total()".to_owned(),
        }
    }
}
