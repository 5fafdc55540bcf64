//! Exercise 7 on the wire: what streams give and take, what processes send, and what came of it.

mod messages;
mod observation;
mod words;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use messages::{Found, Got, Item, Message, Piece, take_apart, whole_frames};
pub use observation::{
    Arrival, Connected, Conversed, Dispatch, Ended, Ending, Gathered, MapAnswer, Observation, Receipt, Received, Sent,
    Shared, TurnOutcome, Worked,
};

/// The longest JSON that a frame of the exercise may hold, in bytes.
pub const LONGEST: usize = 64 << 20;

/// How much longer the JSON of a text is than the text, if there is nothing to escape in it.
pub const AROUND_TEXT: usize = 11;

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
    /// A connection over a reader and a writer of the grader's.
    Connect(Connection),
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
    /// How it shows.
    pub how: Failing,
}

/// How a writer shows that it takes no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failing {
    /// It says that the other end is closed.
    Closed,
    /// It says that it is full.
    Full,
    /// It says `Ok(0)`, every time.
    TakesNothing,
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
    /// Cannot even be started; the first act, and the only one.
    NeverStart,
    /// Does nothing any more, for ever.
    Hang,
    /// Does nothing for [`LINGERS`], and tells it if nobody has killed it by then.
    Linger,
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

/// How long a producer stays that is to be killed at once. It is its own time that counts: none passes for it while the
/// machine has none for it.
pub const LINGERS: Duration = Duration::from_secs(3);

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

/// A connection over streams of the grader's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// What the reader gives.
    pub stream: Vec<Piece>,
    /// What comes after that: the end only when the writer is closed, as of a process that listens to the end.
    pub then: Then,
    /// How the writer behaves.
    pub writer: Writing,
    /// Whether the writer takes nothing before everybody waits for it.
    pub held: bool,
    /// What is done with the connection.
    pub turns: Vec<Turn>,
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
    /// Cannot even be started; the first turn of a worker, and the only one.
    NeverStart,
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
