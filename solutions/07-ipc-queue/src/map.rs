//! A map that one process owns and many use.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::framing::{Receiver, RecvError, SendError, Sender};

/// Why a call on a [`SharedMap`] has no answer.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// The owner is gone.
    #[error("the owner of the map is gone")]
    Gone,
    /// The question was not sent.
    #[error("cannot ask the owner of the map")]
    Send(#[from] SendError),
    /// The answer was not received.
    #[error("cannot hear the owner of the map")]
    Recv(#[from] RecvError),
}

/// What a client asks.
#[derive(Serialize, Deserialize)]
enum Question {
    Get { key: String },
    Insert { key: String, value: i64 },
    UpdateAdd { key: String, amount: i64 },
    Len,
    Snapshot,
}

/// What the owner answers; the client knows which kind it asked for.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Maybe(Option<i64>),
    Value(i64),
    Len(usize),
    All(BTreeMap<String, i64>),
}

/// A client of the process that owns the map.
pub struct SharedMap {
    questions: Sender<UnixStream>,
    answers: Receiver<UnixStream>,
}

impl SharedMap {
    /// Connects to the owner that listens at `socket`.
    ///
    /// # Errors
    /// If nobody listens there.
    pub fn connect(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        Ok(Self { questions: Sender::new(stream.try_clone()?), answers: Receiver::new(stream) })
    }

    /// The value of `key`, if it has one.
    ///
    /// # Errors
    /// [`MapError`] if the owner does not answer any more.
    pub fn get(&mut self, key: &str) -> Result<Option<i64>, MapError> {
        self.ask(&Question::Get { key: key.to_owned() })
    }

    /// Gives `key` a value; returns the one that it had.
    ///
    /// # Errors
    /// [`MapError`] if the owner does not answer any more.
    pub fn insert(&mut self, key: &str, value: i64) -> Result<Option<i64>, MapError> {
        self.ask(&Question::Insert { key: key.to_owned(), value })
    }

    /// Adds to the value of `key`, or to zero if it has none, in one step; returns the new value. It wraps around.
    ///
    /// # Errors
    /// [`MapError`] if the owner does not answer any more.
    pub fn update_add(&mut self, key: &str, amount: i64) -> Result<i64, MapError> {
        self.ask(&Question::UpdateAdd { key: key.to_owned(), amount })
    }

    /// How many keys have a value.
    ///
    /// # Errors
    /// [`MapError`] if the owner does not answer any more.
    pub fn len(&mut self) -> Result<usize, MapError> {
        self.ask(&Question::Len)
    }

    /// Every key with its value, all at one moment.
    ///
    /// # Errors
    /// [`MapError`] if the owner does not answer any more.
    pub fn snapshot(&mut self) -> Result<BTreeMap<String, i64>, MapError> {
        self.ask(&Question::Snapshot)
    }

    fn ask<A: DeserializeOwned>(&mut self, question: &Question) -> Result<A, MapError> {
        self.questions.send(question)?;
        self.answers.recv()?.ok_or(MapError::Gone)
    }
}

/// Owns a map and serves every client that connects to `listener`, all of them at once, until the process is ended.
///
/// A client that says nothing, is killed, or sends what no client would send hurts no other.
///
/// # Errors
/// If no client can connect any more.
pub fn serve_shared_map(listener: &UnixListener) -> io::Result<()> {
    let map = Arc::new(Mutex::new(BTreeMap::new()));
    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            // The client was gone again before it was accepted.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted) => {
                continue;
            }
            Err(error) => return Err(error),
        };
        let map = Arc::clone(&map);
        // What goes wrong between the owner and one client is the end of that client alone.
        thread::Builder::new().spawn(move || serve(stream, &map))?;
    }
}

/// Answers the questions of one client until it has no more.
fn serve(stream: UnixStream, map: &Mutex<BTreeMap<String, i64>>) -> Result<(), MapError> {
    let mut answers = Sender::new(stream.try_clone().map_err(SendError::Io)?);
    let mut questions = Receiver::new(stream);
    while let Some(question) = questions.recv::<Question>()? {
        // The lock is given back before the answer is sent: a client that does not listen must not keep it.
        let answer = question.answer(&mut map.lock().unwrap_or_else(PoisonError::into_inner));
        answers.send(&answer)?;
    }
    Ok(())
}

impl Question {
    /// Does what is asked, in one step.
    fn answer(self, map: &mut BTreeMap<String, i64>) -> Answer {
        match self {
            Self::Get { key } => Answer::Maybe(map.get(&key).copied()),
            Self::Insert { key, value } => Answer::Maybe(map.insert(key, value)),
            Self::UpdateAdd { key, amount } => {
                let value = map.entry(key).or_insert(0);
                *value = value.wrapping_add(amount);
                Answer::Value(*value)
            }
            Self::Len => Answer::Len(map.len()),
            Self::Snapshot => Answer::All(map.clone()),
        }
    }
}
