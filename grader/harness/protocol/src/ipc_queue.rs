//! Exercise 7 on the wire: what streams give and take, what processes send, and what came of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Panic;
use crate::workers::Leftover;

/// The longest JSON that a frame of the exercise may hold, in bytes.
pub const LONGEST: usize = 64 << 20;

/// How much longer the JSON of a text is than the text, if there is nothing to escape in it.
pub const AROUND_TEXT: usize = 11;

/// Texts that are longer than this are told by length and digest.
const TOLD: usize = 200;

/// One round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Messages into a writer of the grader's.
    Send {
        /// What is sent.
        messages: Vec<Sending>,
        /// How the writer behaves.
        writer: Writing,
    },
    /// Messages out of a reader of the grader's.
    Receive {
        /// What the reader gives.
        stream: Vec<Piece>,
        /// How.
        reader: Reading,
        /// How many times `recv` is called.
        calls: usize,
    },
    /// A process sends until it cannot; its reader goes after this many messages.
    HangUp {
        /// How many messages are received.
        after: usize,
    },
    /// A call of `gather`.
    Gather(Gathering),
    /// A call of `duplex`.
    Converse(Conversation),
    /// A shared map with its clients.
    Share(Sharing),
    /// Work to be timed.
    Work(Work),
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sending {
    /// A message.
    Message(Item),
    /// Something whose JSON cannot be finished.
    Unencodable,
}

/// A message of the tests.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Message {
    /// As empty as a message can be.
    Nothing,
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
    /// Something with parts.
    Pair {
        /// One part.
        left: String,
        /// The other.
        right: Vec<i64>,
    },
}

/// A message, or how to make it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    /// This one.
    Exactly(Message),
    /// A text of this many bytes.
    Filler {
        /// The bytes of the text, all of them ASCII.
        length: usize,
        /// Where the text comes from.
        seed: u64,
    },
}

/// A message as it is told to the grader.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Got {
    /// A short one.
    Message(Message),
    /// A long text.
    Long {
        /// Its bytes.
        length: usize,
        /// A digest of them.
        digest: u64,
    },
}

/// How a writer behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writing {
    /// How much it takes at a time.
    pub portions: Portions,
    /// What it says once it has taken enough.
    pub failure: Option<Failure>,
}

/// How much a stream gives or takes at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Portions {
    /// As much as there is.
    #[default]
    Whole,
    /// One byte.
    Bytes,
    /// A few bytes, and now and then an interruption instead.
    Interrupted {
        /// Where the sizes come from.
        seed: u64,
        /// The most bytes at a time.
        most: usize,
    },
}

/// A failure of a writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// After how many bytes.
    pub after: u64,
    /// Whether it is that the other end is closed.
    pub closed: bool,
}

/// How a reader behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// How much it gives at a time.
    pub portions: Portions,
    /// What comes after everything.
    pub then: Then,
}

/// What comes after everything that a reader has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Then {
    /// The end of the stream.
    End,
    /// A failure.
    Failure,
    /// Zeros, for as long as somebody reads.
    Zeros,
}

/// A piece of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    /// A whole frame.
    Frame(Item),
    /// The beginning of a frame.
    Beginning(Item, usize),
    /// The length of a frame.
    Length(u32),
    /// A frame of these bytes, whatever they are.
    Body(Vec<u8>),
    /// These bytes.
    Bytes(Vec<u8>),
}

/// What a call of `gather` gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathering {
    /// The producers.
    pub producers: Vec<Producer>,
    /// The capacity.
    pub capacity: usize,
    /// What the consumer does.
    pub consumer: Consumer,
}

/// A producer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Producer {
    /// What it does, one thing after the other.
    pub acts: Vec<Act>,
    /// Its launcher's patience in milliseconds.
    pub patience_ms: u64,
}

/// What a producer does next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// Sends a message with the submission's `Sender`.
    Send(Item),
    /// Sends fillers of this length, with the seeds 0, 1, 2 and so on.
    SendMany {
        /// How many.
        count: usize,
        /// The bytes of each text.
        length: usize,
    },
    /// Writes something that is no `Sender`'s doing.
    Write(Piece),
    /// Is killed.
    Die,
    /// Ends with this status.
    Exit(u8),
    /// Does nothing any more, for ever.
    Hang,
    /// Closes its output.
    Close,
    /// Waits until another producer has ended.
    AwaitEnd(usize),
}

/// What the consumer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Consumer {
    /// Takes every message at once.
    Takes,
    /// At the first message, waits until every producer has to wait for it.
    Stalls,
    /// The same, and goes on waiting for this many milliseconds.
    Dawdles(u64),
    /// Panics at the message with this number, from 0.
    Panics(usize),
}

/// The message of the panic in [`Consumer::Panics`].
pub const ON_PURPOSE: &str = "a panic on purpose, inside `each`";

/// What two processes do with their connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// What the process that called `duplex` does.
    pub here: Vec<Turn>,
    /// What its worker does.
    pub there: Vec<Turn>,
}

/// What one end of a connection does next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Turn {
    /// Sends a message.
    Send(Item),
    /// Receives a message.
    Receive,
    /// Closes the connection.
    Close,
    /// Drops the connection.
    Drop,
    /// Is killed.
    Die,
}

/// A shared map with its clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sharing {
    /// The calls of each client process. All clients live at once.
    pub clients: Vec<Vec<MapCall>>,
    /// Connections that no client would make; each stays open for the whole round.
    pub strangers: Vec<Vec<Piece>>,
    /// The calls of one more client when the others have ended.
    pub after: Vec<MapCall>,
    /// Whether the owner is killed in the end, and one more call made.
    pub owner_dies: bool,
}

/// A call on a shared map.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MapCall {
    /// `get(key)`
    Get(String),
    /// `insert(key, value)`
    Insert(String, i64),
    /// `update_add(key, amount)`
    Add(String, i64),
    /// `update_add(key, amount)`, this many times.
    AddMany(String, i64, usize),
    /// `len()`
    Len,
    /// `snapshot()`
    Snapshot,
    /// The client is killed.
    Die,
}

/// Work to be timed: one process sends texts to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// How many messages.
    pub messages: usize,
    /// The bytes of each text.
    pub length: usize,
}

/// What a round leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Observation {
    /// Answers [`Order::Send`].
    Sent(Sent),
    /// Answers [`Order::Receive`].
    Received(Received),
    /// Answers [`Order::HangUp`].
    HungUp {
        /// How many messages were received.
        received: usize,
        /// What the sender heard in the end; `None` if it said nothing.
        sender: Option<Dispatch>,
        /// How its process ended.
        ending: Ending,
    },
    /// Answers [`Order::Gather`].
    Gathered(Gathered),
    /// Answers [`Order::Converse`].
    Conversed(Conversed),
    /// Answers [`Order::Share`].
    Shared(Shared),
    /// Answers [`Order::Work`].
    Worked(Worked),
    /// The submission could not do what every round begins with.
    NotBegun(String),
}

/// What came of [`Order::Send`].
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

/// A part of what a writer took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// A frame with a message.
    Frame(Got),
    /// A frame with something else.
    Other {
        /// Its length.
        length: usize,
    },
    /// Fewer bytes than make a frame.
    Rest {
        /// How many.
        bytes: usize,
    },
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

/// What came of [`Order::Receive`].
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
    /// The producers that have come to [`Act::Hang`], by their own word.
    pub hung: Vec<usize>,
    /// The children that the call left.
    pub left: Vec<Leftover>,
    /// How many threads the call left.
    pub threads_left: usize,
    /// How many bytes the producers had written while the consumer stalled, if that could be seen.
    pub written: Option<u64>,
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
    /// Of [`MapCall::AddMany`].
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

impl Item {
    /// The message.
    pub fn message(&self) -> Message {
        match self {
            Self::Exactly(message) => message.clone(),
            Self::Filler { length, seed } => Message::Text(filler(*length, *seed)),
        }
    }

    /// The message as it is told to the grader.
    pub fn got(&self) -> Got {
        self.message().into()
    }

    /// How many bytes its JSON has.
    pub fn json_length(&self) -> usize {
        match self {
            // A text without anything to escape, and `{"Text":""}` around it.
            Self::Filler { length, .. } => length + AROUND_TEXT,
            Self::Exactly(_) => self.frame().len() - 4,
        }
    }

    /// Its frame.
    pub fn frame(&self) -> Vec<u8> {
        // A message of the tests has a JSON form.
        Piece::Body(serde_json::to_vec(&self.message()).unwrap_or_default()).bytes()
    }
}

impl Piece {
    /// The bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Frame(item) => item.frame(),
            Self::Beginning(item, length) => {
                let mut bytes = item.frame();
                bytes.truncate(*length);
                bytes
            }
            Self::Length(length) => length.to_le_bytes().to_vec(),
            Self::Body(body) => {
                let mut bytes = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
                bytes.extend(body);
                bytes
            }
            Self::Bytes(bytes) => bytes.clone(),
        }
    }
}

impl From<Message> for Got {
    fn from(message: Message) -> Self {
        match message {
            Message::Text(text) if text.len() > TOLD => {
                Self::Long { length: text.len(), digest: digest(text.as_bytes()) }
            }
            message => Self::Message(message),
        }
    }
}

/// Takes apart what a writer took.
pub fn take_apart(mut bytes: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    while let Some((announced, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*announced) as usize;
        let Some((body, after)) = rest.split_at_checked(length) else { break };
        found.push(match serde_json::from_slice::<Message>(body) {
            Ok(message) => Found::Frame(message.into()),
            Err(_) => Found::Other { length },
        });
        bytes = after;
    }
    if !bytes.is_empty() {
        found.push(Found::Rest { bytes: bytes.len() });
    }
    found
}

/// How many whole frames stand at the beginning of `bytes`.
pub fn whole_frames(mut bytes: &[u8]) -> usize {
    let mut count = 0;
    while let Some((announced, rest)) = bytes.split_first_chunk::<4>() {
        let Some(after) = rest.get(u32::from_le_bytes(*announced) as usize..) else { break };
        bytes = after;
        count += 1;
    }
    count
}

/// Printable ASCII without anything that JSON has to escape, and no two seeds alike.
fn filler(length: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut text = Vec::with_capacity(length + 8);
    while text.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.extend_from_slice(&state.to_le_bytes().map(|byte| b'a' + byte % 26));
    }
    text.truncate(length);
    // Letters are UTF-8.
    String::from_utf8(text).unwrap_or_default()
}

/// FNV-1a over words of eight bytes.
fn digest(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let step = |digest: u64, word: u64| (digest ^ word).wrapping_mul(0x0100_0000_01b3);
    let whole = words.iter().fold(0xcbf2_9ce4_8422_2325, |digest, word| step(digest, u64::from_be_bytes(*word)));
    step(whole, rest.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte)))
}

/// As a student would write it.
impl fmt::Display for Dispatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent => f.write_str("Ok(())"),
            Self::Closed => f.write_str("Err(Closed)"),
            Self::TooLarge => f.write_str("Err(TooLarge)"),
            Self::Encode => f.write_str("Err(Encode)"),
            Self::Io => f.write_str("Err(Io)"),
            Self::Panicked(panic) => write!(f, "panic: {}", panic.message),
        }
    }
}

/// As a student would write it.
impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(got) => write!(f, "Ok(Some({got}))"),
            Self::End => f.write_str("Ok(None)"),
            Self::Truncated => f.write_str("Err(Truncated)"),
            Self::TooLarge { length } => write!(f, "Err(TooLarge {{ length: {length} }})"),
            Self::Malformed => f.write_str("Err(Malformed)"),
            Self::Io => f.write_str("Err(Io)"),
            Self::Panicked(panic) => write!(f, "panic: {}", panic.message),
        }
    }
}

/// As a student would write it.
impl fmt::Display for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) => write!(f, "{message:?}"),
            Self::Long { length, .. } => write!(f, "a text of {length} bytes"),
        }
    }
}

/// As a student would write it.
impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Well => "Ok(())",
            Self::Start => "Err(Start)",
            Self::Truncated => "Err(Receive(Truncated))",
            Self::TooLarge => "Err(Receive(TooLarge))",
            Self::Malformed => "Err(Receive(Malformed))",
            Self::Io => "Err(Receive(Io))",
            Self::Failed => "Err(Failed)",
            Self::Silent => "Err(Silent)",
        })
    }
}

/// As a student would write it.
impl fmt::Display for MapCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get(key) => write!(f, "get({key:?})"),
            Self::Insert(key, value) => write!(f, "insert({key:?}, {value})"),
            Self::Add(key, amount) => write!(f, "update_add({key:?}, {amount})"),
            Self::AddMany(key, amount, times) => write!(f, "update_add({key:?}, {amount}), {times} times"),
            Self::Len => f.write_str("len()"),
            Self::Snapshot => f.write_str("snapshot()"),
            Self::Die => f.write_str("(killed)"),
        }
    }
}

/// As a student would write it.
impl fmt::Display for MapAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Maybe(value) => write!(f, "{value:?}"),
            Self::Value(value) => value.fmt(f),
            Self::Values(values) => write!(f, "{} values", values.len()),
            Self::Len(len) => len.fmt(f),
            Self::Snapshot(map) => write!(f, "{map:?}"),
            Self::Failed(error) => write!(f, "an error: {error}"),
            Self::Panicked(panic) => write!(f, "panic: {}", panic.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_framed_can_be_taken_apart() {
        let items = [Item::Exactly(Message::Number(7)), Item::Filler { length: 1_000, seed: 3 }];
        let mut bytes: Vec<u8> = items.iter().flat_map(Item::frame).collect();
        bytes.extend([2, 0, 0, 0, b'"', b'"', 9]);
        let expected = [
            Found::Frame(items[0].got()),
            Found::Frame(items[1].got()),
            Found::Other { length: 2 },
            Found::Rest { bytes: 1 },
        ];
        assert_eq!(take_apart(&bytes), expected);
        assert_eq!(whole_frames(&bytes), 3);
    }

    #[test]
    fn the_length_of_json_is_known_without_making_it() {
        let long = Item::Filler { length: 1_000, seed: 3 };
        assert_eq!(long.json_length(), long.frame().len() - 4);
        assert_eq!(Item::Exactly(Message::Text("\n".to_owned())).json_length(), AROUND_TEXT + 2);
    }

    #[test]
    fn fillers_of_different_seeds_differ() {
        let got = |seed| Item::Filler { length: 64, seed }.got();
        let distinct: std::collections::BTreeSet<String> = (0..1_000).map(|seed| format!("{:?}", got(seed))).collect();
        assert_eq!(distinct.len(), 1_000);
    }
}
