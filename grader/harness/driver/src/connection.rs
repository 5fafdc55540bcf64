//! The socket to the grader, kept out of the submission's reach.
//!
//! The grader hands the driver a socket as standard input. Before a line of the submission runs, [`Connection::open`]
//! moves it to a descriptor that no safe code can name, and puts `/dev/null` in its place: a socket, unlike a pipe,
//! cannot be opened again through `/proc/self/fd`.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use protocol::frame::{self, FrameError};
use protocol::{Body, Nonce, Record, Request};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// The conversation with the grader.
pub struct Connection {
    stream: UnixStream,
    nonce: Nonce,
    sent: u64,
}

/// Why the conversation ended.
#[derive(Debug)]
pub enum ConnectionError {
    /// Standard input could not be taken over.
    Takeover(io::Error),
    /// The first request was not `Begin`.
    NotBegun,
    /// A request came that makes no sense at this point.
    OutOfTurn,
    /// A frame could not be read or written.
    Frame(FrameError),
}

impl From<FrameError> for ConnectionError {
    fn from(error: FrameError) -> Self {
        Self::Frame(error)
    }
}

impl Connection {
    /// Takes the socket from standard input and answers the grader's greeting.
    ///
    /// # Errors
    /// [`ConnectionError::Takeover`] if there is no socket to take, [`ConnectionError::NotBegun`] or
    /// [`ConnectionError::Frame`] if what is on it is not a grader.
    pub fn open() -> Result<Self, ConnectionError> {
        // Other processes of the same user must not read the nonce out of this one.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
        let stream = take_over_standard_input().map_err(ConnectionError::Takeover)?;
        let mut reader = &stream;
        let Request::Begin { nonce } = frame::read(&mut reader)? else {
            return Err(ConnectionError::NotBegun);
        };
        let mut connection = Self { stream, nonce, sent: 0 };
        connection.send(Body::Ready)?;
        Ok(connection)
    }

    /// Waits for the next request.
    ///
    /// # Errors
    /// [`ConnectionError::Frame`] if the grader is gone.
    pub fn receive(&mut self) -> Result<Request, ConnectionError> {
        Ok(frame::read(&mut self.stream)?)
    }

    /// Sends a record.
    ///
    /// # Errors
    /// [`ConnectionError::Frame`] if the grader is gone, or the record is too long for a frame.
    pub fn send(&mut self, body: Body) -> Result<(), ConnectionError> {
        let record = Record { nonce: self.nonce.clone(), number: self.sent, body };
        self.sent += 1;
        Ok(frame::write(&mut self.stream, &record)?)
    }
}

fn take_over_standard_input() -> io::Result<UnixStream> {
    // `try_clone_to_owned` duplicates to a descriptor above 2 that is closed on exec.
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    Ok(UnixStream::from(socket))
}
