//! Exercise 7: a queue between processes.
//!
//! A pipe carries bytes, not messages. First give messages a form that survives a pipe; then let many processes send to
//! one, two processes talk to each other, and one process own a map for all. These are the chapter's `Queue`, `Pipe` and
//! `Manager`. Replace every `todo!`; add fields, private items and modules as you like, but keep the public signatures.
//!
//! **The frame.** A message travels as its length in bytes, a `u32` of four bytes, little endian, and then that many bytes
//! of JSON (`serde_json`). Nothing stands before, between or after frames. The text `hi` travels as the eight bytes
//! `04 00 00 00 22 68 69 22`: the length four, then `"hi"` with its quotes. The other end of a pipe may be a program that
//! somebody else wrote, or one that lies, so this form is fixed.
//!
//! **Processes.** `launcher.command()` is an ordinary [`std::process::Command`]. It starts a worker: this same program,
//! which then uses your [`Sender`], [`Receiver`] and [`Conn`] on its standard input and output. Say where these come from
//! and go to, and spawn it. What a worker does is not in your hands: it may die, hang, or talk nonsense.
//!
//! Check your work with `grader check 7`.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, ExitStatus};

use course::Launcher;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest JSON that a frame may hold, in bytes.
pub const LONGEST: usize = 64 << 20;

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The other end takes no more: the writer said [`io::ErrorKind::BrokenPipe`].
    #[error("the other end is closed")]
    Closed,
    /// The message is longer than [`LONGEST`]. Nothing of it was written.
    #[error("a message of {length} bytes is too large")]
    TooLarge {
        /// The length of its JSON in bytes.
        length: usize,
    },
    /// The message has no JSON form. Nothing of it was written.
    #[error("the message cannot be encoded")]
    Encode(#[source] serde_json::Error),
    /// The writer failed in another way.
    #[error("cannot write the message")]
    Io(#[source] io::Error),
}

/// Why no message was received.
#[derive(Debug, thiserror::Error)]
pub enum RecvError {
    /// The stream ended inside a frame.
    #[error("the stream ended inside a message")]
    Truncated,
    /// The frame says that it is longer than [`LONGEST`]. No memory was taken for it.
    #[error("a message of {length} bytes is too large")]
    TooLarge {
        /// The length that it says.
        length: usize,
    },
    /// The frame is whole, but what is in it is no JSON of the expected type.
    #[error("the message cannot be decoded")]
    Malformed(#[source] serde_json::Error),
    /// The reader failed.
    #[error("cannot read the message")]
    Io(#[source] io::Error),
}

/// The sending end of a queue.
pub struct Sender<W> {
    writer: W,
}

impl<W: Write> Sender<W> {
    /// Sends into `writer`.
    pub fn new(writer: W) -> Self {
        Self { writer }
    }

    /// Sends one message. When this returns `Ok`, the writer has the whole frame and is flushed.
    ///
    /// The writer may take less than it is given, and may be interrupted ([`io::ErrorKind::Interrupted`]): neither is an
    /// error. One that takes nothing at all (`Ok(0)`) has failed, with [`io::ErrorKind::WriteZero`].
    ///
    /// # Errors
    /// [`SendError`]. After `TooLarge` and `Encode` nothing was written, and the next message can be sent.
    pub fn send<T: Serialize + ?Sized>(&mut self, message: &T) -> Result<(), SendError> {
        let _ = (&mut self.writer, message);
        todo!("write one frame")
    }
}

/// The receiving end of a queue.
pub struct Receiver<R> {
    reader: R,
}

impl<R: Read> Receiver<R> {
    /// Receives from `reader`.
    pub fn new(reader: R) -> Self {
        Self { reader }
    }

    /// Waits for the next message; `None` if the stream ended between two messages.
    ///
    /// The reader may give less than it is asked for, down to a byte at a time, and may be interrupted
    /// ([`io::ErrorKind::Interrupted`]): neither is an error. Reading ahead is allowed, up to a mebibyte. A message that
    /// has arrived is returned without waiting for what comes after it.
    ///
    /// # Errors
    /// [`RecvError`]. After `Malformed` the next message can be received. No bytes make this panic.
    pub fn recv<T: DeserializeOwned>(&mut self) -> Result<Option<T>, RecvError> {
        let _ = &mut self.reader;
        todo!("read one frame")
    }
}

/// What went wrong with one producer.
#[derive(Debug, thiserror::Error)]
pub enum ProducerError {
    /// It could not be started.
    #[error("cannot start the producer")]
    Start(#[source] io::Error),
    /// What it sent could not be received.
    #[error("cannot receive from the producer")]
    Receive(#[from] RecvError),
    /// It ended between two messages, but not well.
    #[error("the producer ended with {0}")]
    Failed(ExitStatus),
    /// It sent nothing for too long, or did not end after its last message, and was killed.
    #[error("the producer fell silent")]
    Silent,
}

/// Starts one worker for each launcher, all of them at once, and calls `each` with every message that they send on their
/// standard output and the index of the launcher, in the order in which each of them sent its own.
///
/// `each` is called in this thread. At most `capacity` messages wait for it, besides one for each producer; beyond that
/// the producers are made to wait. A producer that sends nothing for its launcher's
/// [`patience`](Launcher::patience) although nobody makes it wait, or does not end that soon after its last message, is
/// killed; so is one whose frames are wrong. The messages that came before count. What is wrong with one producer changes
/// nothing for the others.
///
/// All of them are reaped, and every thread is joined, when this returns, or when a panic of `each` leaves it; a panic
/// kills the producers that are left.
///
/// The results are those of the producers, in the order of their launchers.
pub fn gather<T: DeserializeOwned + Send>(
    producers: &[Launcher],
    capacity: usize,
    each: impl FnMut(usize, T),
) -> Vec<Result<(), ProducerError>> {
    let _ = (capacity, each);
    todo!("start {} producers", producers.len())
}

/// One end of a connection of two processes, either of which may send whenever it likes.
pub struct Conn {
    // Your fields.
}

impl Conn {
    /// Receives from `reader` and sends into `writer`.
    pub fn new(reader: impl Read + Send + 'static, writer: impl Write + Send + 'static) -> Self {
        let _ = (reader, writer);
        todo!("connect")
    }

    /// Sends one message. This never waits for the other end to receive: if both ends send first, however much, both can
    /// receive afterwards.
    ///
    /// # Errors
    /// [`SendError`]; that the other end is closed may show only at a later `send`, or at [`close`](Self::close).
    pub fn send<T: Serialize + ?Sized>(&mut self, message: &T) -> Result<(), SendError> {
        let _ = message;
        todo!("send without waiting for the other end")
    }

    /// Waits for the next message; `None` if the other end closed between two messages.
    ///
    /// # Errors
    /// [`RecvError`], as of a [`Receiver`].
    pub fn recv<T: DeserializeOwned>(&mut self) -> Result<Option<T>, RecvError> {
        todo!("receive")
    }

    /// Waits until everything that was sent is written, or the other end is gone, and closes this end: the other one then
    /// receives what was sent, and finds the end of the stream after it. To drop a connection does the same.
    ///
    /// # Errors
    /// [`SendError`] if something could not be written, unless a `send` has told so already.
    pub fn close(self) -> Result<(), SendError> {
        todo!("write the rest, and close")
    }
}

/// Starts a worker and connects to its standard input and output. The child is the caller's to wait for.
///
/// # Errors
/// If the worker cannot be started.
pub fn duplex(launcher: &Launcher) -> io::Result<(Conn, Child)> {
    let command = launcher.command();
    todo!("start {command:?}")
}

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

/// A client of the process that owns the map. What it says to the owner, and how, is up to you.
pub struct SharedMap {
    // Your fields.
}

impl SharedMap {
    /// Connects to the owner that listens at `socket`.
    ///
    /// # Errors
    /// If nobody listens there.
    pub fn connect(socket: &Path) -> io::Result<Self> {
        todo!("connect to {}", socket.display())
    }

    /// The value of `key`, if it has one.
    ///
    /// # Errors
    /// [`MapError`] if the owner does not answer any more.
    pub fn get(&mut self, key: &str) -> Result<Option<i64>, MapError> {
        todo!("ask for {key}")
    }

    /// Gives `key` a value; returns the one that it had.
    ///
    /// # Errors
    /// [`MapError`] if the owner does not answer any more.
    pub fn insert(&mut self, key: &str, value: i64) -> Result<Option<i64>, MapError> {
        todo!("set {key} to {value}")
    }

    /// Adds to the value of `key`, or to zero if it has none, in one step; returns the new value. It wraps around.
    ///
    /// # Errors
    /// [`MapError`] if the owner does not answer any more.
    pub fn update_add(&mut self, key: &str, amount: i64) -> Result<i64, MapError> {
        todo!("add {amount} to {key}")
    }

    /// How many keys have a value.
    ///
    /// # Errors
    /// [`MapError`] if the owner does not answer any more.
    pub fn len(&mut self) -> Result<usize, MapError> {
        todo!("count the keys")
    }

    /// Every key with its value, all at one moment.
    ///
    /// # Errors
    /// [`MapError`] if the owner does not answer any more.
    pub fn snapshot(&mut self) -> Result<BTreeMap<String, i64>, MapError> {
        todo!("copy the map")
    }
}

/// Owns a map and serves every client that connects to `listener`, all of them at once, until the process is ended.
///
/// A client that says nothing, is killed, or sends what no client would send hurts no other.
///
/// # Errors
/// If no client can connect any more.
pub fn serve_shared_map(listener: &UnixListener) -> io::Result<()> {
    todo!("serve the clients of {listener:?}")
}
