//! What a round leaves behind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Found, Got};
use crate::Panic;
use crate::workers::Leftover;

/// What a round leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Observation {
    /// Answers [`Order::Send`](super::Order::Send).
    Sent(Sent),
    /// Answers [`Order::Receive`](super::Order::Receive).
    Received(Received),
    /// Answers [`Order::HangUp`](super::Order::HangUp).
    HungUp {
        /// How many messages were received.
        received: usize,
        /// What the sender heard in the end; `None` if it said nothing.
        sender: Option<Dispatch>,
        /// How its process ended.
        ending: Ending,
    },
    /// Answers [`Order::Gather`](super::Order::Gather).
    Gathered(Gathered),
    /// Answers [`Order::Converse`](super::Order::Converse).
    Conversed(Conversed),
    /// The same, if `duplex` made no connection: the words of its error, or its panic.
    Unconnected(Result<String, Panic>),
    /// Answers [`Order::Connect`](super::Order::Connect).
    Connected(Connected),
    /// Answers [`Order::Share`](super::Order::Share).
    Shared(Shared),
    /// Answers [`Order::Work`](super::Order::Work).
    Worked(Worked),
    /// The submission could not do what every round begins with.
    NotBegun(String),
}

/// What came of [`Order::Send`](super::Order::Send).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// What came of each message.
    pub dispatches: Vec<Dispatch>,
    /// How many whole frames had been flushed after each.
    pub flushed: Vec<usize>,
    /// How many bytes had been written after each.
    pub written: Vec<u64>,
    /// What the writer took, taken apart.
    pub wire: Vec<Found>,
}

/// What came of a `send`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dispatch {
    /// `Ok(())`
    Sent,
    /// `Err(Closed)`
    Closed,
    /// `Err(TooLarge)`
    TooLarge,
    /// `Err(Encode)`
    Encode,
    /// `Err(Io)`
    Io,
    /// A panic.
    Panicked(Panic),
}

/// What came of [`Order::Receive`](super::Order::Receive).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// What came of each call.
    pub receipts: Vec<Receipt>,
    /// Whether the reader was asked for more than it had, during each call.
    pub hungry: Vec<bool>,
    /// How many bytes the reader gave in all.
    pub given: u64,
    /// The most memory that the calls had at a time, in bytes.
    pub allocated: u64,
}

/// What came of a `recv`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Receipt {
    /// `Ok(Some(message))`
    Message(Got),
    /// `Ok(None)`
    End,
    /// `Err(Truncated)`
    Truncated,
    /// `Err(TooLarge)`
    TooLarge {
        /// The length that it tells.
        length: usize,
    },
    /// `Err(Malformed)`
    Malformed,
    /// `Err(Io)`
    Io,
    /// A panic.
    Panicked(Panic),
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// With this status.
    Status(i32),
    /// By this signal.
    Signal(i32),
    /// Not in bounded time; the driver ended it.
    Never,
}

/// What came of a call of `gather`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathered {
    /// The results, or the panic that left the call.
    pub results: Result<Vec<Ended>, Panic>,
    /// What `each` was called with, in order.
    pub arrivals: Vec<Arrival>,
    /// How many producers were started.
    pub started: usize,
    /// Whether all of them lived at once.
    pub met: bool,
    /// The producers that have come to [`Act::Hang`](super::Act::Hang), by their own word.
    pub hung: Vec<usize>,
    /// The producers that have come to the end of [`Act::Linger`](super::Act::Linger), by their own word.
    pub lingered: Vec<usize>,
    /// The children that the call left.
    pub left: Vec<Leftover>,
    /// How many threads the call left.
    pub threads_left: usize,
    /// How many bytes the producers had written while the consumer stalled, if that could be seen.
    pub written: Option<u64>,
    /// How many messages had been decoded while the consumer stalled at the first, if it did.
    pub decoded: Option<usize>,
    /// The most memory that the call had at a time, in bytes.
    pub allocated: u64,
}

/// A call of `each`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// The producer.
    pub producer: usize,
    /// The message.
    pub got: Got,
}

/// How a producer ended, as `gather` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// `Ok(())`
    Well,
    /// `Err(Start)`
    Start,
    /// `Err(Receive(Truncated))`
    Truncated,
    /// `Err(Receive(TooLarge))`
    TooLarge,
    /// `Err(Receive(Malformed))`
    Malformed,
    /// `Err(Receive(Io))`
    Io,
    /// `Err(Failed)`
    Failed,
    /// `Err(Silent)`
    Silent,
}

/// What came of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversed {
    /// What came of each turn of the caller.
    pub here: Vec<TurnOutcome>,
    /// What came of each turn of the worker, as far as it told.
    pub there: Vec<TurnOutcome>,
    /// How the worker ended.
    pub ending: Ending,
}

/// What came of a connection over streams of the grader's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// What came of each turn.
    pub outcomes: Vec<TurnOutcome>,
    /// How many bytes the writer had taken when the last turn was over.
    pub written: u64,
    /// Whether the writer was closed by then.
    pub closed: bool,
}

/// What came of a turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TurnOutcome {
    /// Of a `send` or a `close`.
    Dispatch(Dispatch),
    /// Of a `recv`.
    Receipt(Receipt),
    /// Of a drop.
    Dropped,
}

/// What came of a shared map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// The answers of each client, as far as it told.
    pub clients: Vec<Vec<MapAnswer>>,
    /// The answers after.
    pub after: Vec<MapAnswer>,
    /// The answer without an owner, if that was asked for.
    pub without_owner: Option<MapAnswer>,
}

/// What came of a call on a shared map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MapAnswer {
    /// Of `get` and `insert`.
    Maybe(Option<i64>),
    /// Of `update_add`.
    Value(i64),
    /// Of [`MapCall::AddMany`](super::MapCall::AddMany).
    Values(Vec<i64>),
    /// Of `len`.
    Len(usize),
    /// Of `snapshot`.
    Snapshot(BTreeMap<String, i64>),
    /// An error, in its words.
    Failed(String),
    /// A panic.
    Panicked(Panic),
}

/// What came of timed work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worked {
    /// How many messages came that were as they should be.
    pub messages: usize,
    /// What came last.
    pub last: Receipt,
}
