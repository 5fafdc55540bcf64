//! A connection of two processes, either of which may send whenever it likes.

use std::io::{self, Read, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use course::Launcher;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::framing::{Receiver, RecvError, SendError, broken, encode};

/// One end of a connection of two.
///
/// Frames go out through a thread of their own, so that a send never waits for the other end to receive: if both ends
/// send first, neither is kept from receiving afterwards.
pub struct Conn {
    receiver: Receiver<Box<dyn Read + Send>>,
    /// `None` once the connection is being closed.
    outbox: Option<mpsc::Sender<Vec<u8>>>,
    writing: Option<JoinHandle<Result<(), SendError>>>,
}

impl Conn {
    /// Receives from `reader` and sends into `writer`.
    pub fn new(reader: impl Read + Send + 'static, writer: impl Write + Send + 'static) -> Self {
        let (outbox, frames) = mpsc::channel();
        let writing = thread::spawn(move || write_out(&frames, writer));
        let reader: Box<dyn Read + Send> = Box::new(reader);
        Self { receiver: Receiver::new(reader), outbox: Some(outbox), writing: Some(writing) }
    }

    /// Sends one message, without waiting for the other end to receive it.
    ///
    /// # Errors
    /// [`SendError`]; that the other end is closed may show only at a later send, or in [`close`](Self::close).
    pub fn send<T: Serialize + ?Sized>(&mut self, message: &T) -> Result<(), SendError> {
        let mut frame = Vec::new();
        encode(message, &mut frame)?;
        let accepted = self.outbox.as_ref().is_some_and(|outbox| outbox.send(frame).is_ok());
        if accepted { Ok(()) } else { self.finish().and(Err(SendError::Closed)) }
    }

    /// Waits for the next message; `None` if the other end closed between two messages.
    ///
    /// # Errors
    /// [`RecvError`], as of a [`Receiver`].
    pub fn recv<T: DeserializeOwned>(&mut self) -> Result<Option<T>, RecvError> {
        self.receiver.recv()
    }

    /// Waits until everything that was sent is written, or the other end is gone; the other end then finds the end of
    /// the stream.
    ///
    /// # Errors
    /// [`SendError`] if something could not be written.
    pub fn close(mut self) -> Result<(), SendError> {
        self.finish()
    }

    fn finish(&mut self) -> Result<(), SendError> {
        self.outbox = None;
        self.writing.take().map_or(Ok(()), |writing| writing.join().unwrap_or(Err(SendError::Closed)))
    }
}

/// The same as [`Conn::close`], for those who do not care what became of the last messages.
impl Drop for Conn {
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

/// Writes frames until there are no more; closes the writer.
fn write_out(frames: &mpsc::Receiver<Vec<u8>>, mut writer: impl Write) -> Result<(), SendError> {
    frames.iter().try_for_each(|frame| writer.write_all(&frame).and_then(|()| writer.flush()).map_err(broken))
}

/// Starts a worker and connects to its standard input and output.
///
/// # Errors
/// If the worker cannot be started.
pub fn duplex(launcher: &Launcher) -> io::Result<(Conn, Child)> {
    let mut child = launcher.command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::Error::other("the worker has no pipes"));
    };
    Ok((Conn::new(output, input), child))
}
