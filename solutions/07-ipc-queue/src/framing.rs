//! Frames over any stream of bytes.

use std::io::{self, BufReader, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest body of a frame, in bytes.
pub const LONGEST: usize = 64 << 20;

/// How many bytes the length of a frame takes.
const HEADER: usize = 4;

/// How many bytes a receiver asks its reader for at a time.
const READ_AHEAD: usize = 64 << 10;

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The other end takes no more.
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
    /// The writer failed.
    #[error("cannot write the message")]
    Io(#[source] io::Error),
}

/// Why no message was received.
#[derive(Debug, thiserror::Error)]
pub enum RecvError {
    /// The stream ended inside a frame.
    #[error("the stream ended inside a message")]
    Truncated,
    /// The frame says that it is longer than [`LONGEST`].
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
    /// The frame under way; kept so that its memory is used again.
    frame: Vec<u8>,
}

impl<W: Write> Sender<W> {
    /// Sends into `writer`.
    pub fn new(writer: W) -> Self {
        Self { writer, frame: Vec::new() }
    }

    /// Sends one message. When this returns, the writer has the whole frame and is flushed.
    ///
    /// A writer that takes nothing at all, `Ok(0)`, has failed with [`io::ErrorKind::WriteZero`].
    ///
    /// # Errors
    /// [`SendError`]. After `TooLarge` and `Encode` nothing was written, and the sender can be used on.
    pub fn send<T: Serialize + ?Sized>(&mut self, message: &T) -> Result<(), SendError> {
        encode(message, &mut self.frame)?;
        self.writer.write_all(&self.frame).and_then(|()| self.writer.flush()).map_err(broken)
    }
}

/// Makes `frame` the frame of `message`.
pub(crate) fn encode<T: Serialize + ?Sized>(message: &T, frame: &mut Vec<u8>) -> Result<(), SendError> {
    frame.clear();
    frame.extend([0; HEADER]);
    serde_json::to_writer(&mut *frame, message).map_err(SendError::Encode)?;
    let length = frame.len() - HEADER;
    let announced = u32::try_from(length).ok().filter(|_| length <= LONGEST).ok_or(SendError::TooLarge { length })?;
    frame[..HEADER].copy_from_slice(&announced.to_le_bytes());
    Ok(())
}

/// What a failure to write means.
pub(crate) fn broken(error: io::Error) -> SendError {
    match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => SendError::Closed,
        _ => SendError::Io(error),
    }
}

/// The receiving end of a queue.
pub struct Receiver<R> {
    reader: BufReader<R>,
    /// The body under way; kept so that its memory is used again.
    body: Vec<u8>,
}

impl<R: Read> Receiver<R> {
    /// Receives from `reader`.
    pub fn new(reader: R) -> Self {
        Self { reader: BufReader::with_capacity(READ_AHEAD, reader), body: Vec::new() }
    }

    /// Waits for the next message; `None` if the stream ended between two messages.
    ///
    /// # Errors
    /// [`RecvError`]. After `Malformed` the next message can be received.
    pub fn recv<T: DeserializeOwned>(&mut self) -> Result<Option<T>, RecvError> {
        let mut announced = [0; HEADER];
        match fill(&mut self.reader, &mut announced)? {
            0 => return Ok(None),
            HEADER => {}
            _ => return Err(RecvError::Truncated),
        }
        let length = u32::from_le_bytes(announced) as usize;
        if length > LONGEST {
            return Err(RecvError::TooLarge { length });
        }
        self.body.resize(length, 0);
        if fill(&mut self.reader, &mut self.body)? < length {
            return Err(RecvError::Truncated);
        }
        serde_json::from_slice(&self.body).map(Some).map_err(RecvError::Malformed)
    }
}

/// Fills `bytes` as far as the stream goes; returns how many there were.
fn fill(reader: &mut impl Read, bytes: &mut [u8]) -> Result<usize, RecvError> {
    let mut filled = 0;
    while filled < bytes.len() {
        match reader.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(RecvError::Io(error)),
        }
    }
    Ok(filled)
}
