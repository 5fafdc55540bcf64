//! The messages: requests from the grader, records from the driver.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::explore::{Budget, Exploration, Leftover, Makespan, Reached, Replay};

/// A number that only the grader and the driver know.
///
/// It reaches the driver before any line of the submission runs, over a socket that the submission cannot open, and
/// stands on every record; a record without it is a forgery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nonce(pub String);

/// What the grader asks of a driver.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    /// Opens the conversation; the first request and the only one of its kind.
    Begin {
        /// Stands on every record from here on.
        nonce: Nonce,
    },
    /// A server of the grader's answers at this origin, such as `http://127.0.0.1:8080`, from now on. Nothing is answered.
    Served {
        /// The origin.
        origin: String,
    },
    /// Run one round and say what was observed.
    Perform {
        /// The round, in the words of its exercise.
        order: Box<RawValue>,
    },
    /// Search the interleavings of one round for one that fails.
    Explore {
        /// The round, in the words of its exercise.
        order: Box<RawValue>,
        /// How long and how deep to search.
        budget: Budget,
        /// What becomes of threads that the round leaves behind.
        leftover: Leftover,
    },
    /// Answers [`Body::Asked`].
    Judged {
        /// Whether the observation is allowed.
        accepted: bool,
    },
    /// Run one interleaving of a round again.
    Replay {
        /// The round, in the words of its exercise.
        order: Box<RawValue>,
        /// The schedule, as a [`Story`](crate::explore::Story) has it.
        schedule: String,
        /// What becomes of threads that the round leaves behind.
        leftover: Leftover,
    },
    /// Run one round on the virtual clock, and say how long it took.
    Measure {
        /// The round, in the words of its exercise.
        order: Box<RawValue>,
    },
    /// Nothing more is asked: confirm that the record is complete, and end.
    Finish,
}

/// What a driver says: numbered from 0 without a gap, signed with the nonce.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The nonce of [`Request::Begin`].
    pub nonce: Nonce,
    /// The place of this record in the conversation.
    pub number: u64,
    /// What is said.
    pub body: Body,
}

/// The kinds of record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Body {
    /// Answers [`Request::Begin`].
    Ready,
    /// A round has ended with this observation, in the words of its exercise.
    Observed {
        /// The raw observation; no verdict is in it.
        observation: Box<RawValue>,
    },
    /// A round has ended with a panic that reached the driver.
    Panicked(Panic),
    /// An exploration has come upon this observation for the first time, and waits for [`Request::Judged`].
    Asked {
        /// The raw observation; no verdict is in it.
        observation: Box<RawValue>,
    },
    /// An exploration has exhausted one more level. Nothing is waited for.
    Reached(Reached),
    /// Answers [`Request::Explore`].
    Explored(Exploration),
    /// Answers [`Request::Replay`]; `None` if what was sent is no schedule.
    Replayed(Option<Replay>),
    /// Answers [`Request::Measure`].
    Measured(Makespan),
    /// Answers [`Request::Finish`]: the record is complete.
    Done,
}

/// A panic as the hook saw it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Panic {
    /// The panic's message.
    pub message: String,
    /// The source file, as the compiler was given it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}
