//! Readers and writers that give and take as little as they may, are interrupted, and fail when they are told to.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::rc::Rc;

use protocol::ipc_queue::{
    Dispatch, Item, Piece, Portions, Reading, Receipt, Received, Sending, Sent, Then, Writing, take_apart, whole_frames,
};
use serde::ser::{Error, Serialize, SerializeSeq, Serializer};

use crate::memory::measured;
use crate::{Receives, Sends, Subject};

/// How much of a stream without end a receiver may take before it gets no more.
const ENOUGH: u64 = 256 << 20;

/// The JSON of texts from this length on is made beforehand.
const LONG: usize = 1 << 20;

/// A message whose JSON has a good beginning, and no end.
pub struct Unencodable;

impl Serialize for Unencodable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        list.serialize_element("a good beginning")?;
        Err(S::Error::custom("no end"))
    }
}

/// Sends every message into one writer.
pub(crate) fn send(subject: &dyn Subject, messages: &[Sending], writing: Writing) -> Sent {
    let taken = Rc::new(RefCell::new(Taken::default()));
    let mut sent = Sent { dispatches: Vec::new(), flushed: Vec::new(), written: Vec::new(), wire: Vec::new() };
    {
        let writer = Taker { taken: Rc::clone(&taken), writing, portions: Sizes::new(writing.portions) };
        let mut sender = subject.sender(Box::new(writer));
        for message in messages {
            sent.dispatches.push(dispatch(&mut *sender, message));
            let taken = taken.borrow();
            sent.flushed.push(whole_frames(&taken.bytes[..taken.flushed]));
            sent.written.push(taken.bytes.len() as u64);
        }
    }
    sent.wire = take_apart(&taken.borrow().bytes);
    sent
}

fn dispatch(sender: &mut dyn Sends, message: &Sending) -> Dispatch {
    let dispatched = driver::quietly(|| match message {
        // What encodes it is the submission's, and not optimised in a quick run.
        Sending::Message(item @ Item::Filler { length: LONG.., .. }) => sender.send_json(&item.json()),
        Sending::Message(item) => sender.send(&item.message()),
        Sending::Unencodable => sender.send_unencodable(&Unencodable),
    });
    dispatched.unwrap_or_else(Dispatch::Panicked)
}

/// Receives from one reader.
pub(crate) fn receive(subject: &dyn Subject, stream: &[Piece], reading: Reading, calls: usize) -> Received {
    let bytes = Rc::new(stream.iter().flat_map(Piece::bytes).collect::<Vec<u8>>());
    let given = Rc::new(RefCell::new(Given::default()));
    let reader = Giver { bytes, given: Rc::clone(&given), reading, portions: Sizes::new(reading.portions) };
    let ((receipts, hungry), allocated) = measured(|| {
        let mut receiver = subject.receiver(Box::new(reader));
        let calls = (0..calls).map(|_| (receipt(&mut *receiver), mem::take(&mut given.borrow_mut().asked_for_more)));
        calls.unzip()
    });
    let given = given.borrow().bytes;
    Received { receipts, hungry, given, allocated }
}

/// One `recv`, whatever comes of it.
pub(crate) fn receipt(receiver: &mut dyn Receives) -> Receipt {
    driver::quietly(|| receiver.receive()).unwrap_or_else(Receipt::Panicked)
}

/// How much at a time.
struct Sizes {
    portions: Portions,
    state: u64,
}

impl Sizes {
    fn new(portions: Portions) -> Self {
        let seed = if let Portions::Interrupted { seed, .. } = portions { seed } else { 0 };
        Self { portions, state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    /// The next size, at most `room`.
    ///
    /// # Errors
    /// An interruption.
    fn next(&mut self, room: usize) -> io::Result<usize> {
        match self.portions {
            Portions::Whole => Ok(room),
            Portions::Bytes => Ok(room.min(1)),
            Portions::Interrupted { most, .. } => {
                self.state ^= self.state << 13;
                self.state ^= self.state >> 7;
                self.state ^= self.state << 17;
                let size = usize::try_from(self.state >> 33).unwrap_or(0);
                if size % 3 == 0 { Err(ErrorKind::Interrupted.into()) } else { Ok(room.min(1 + size % most)) }
            }
        }
    }
}

/// What a writer has taken.
#[derive(Default)]
struct Taken {
    bytes: Vec<u8>,
    flushed: usize,
}

/// A writer.
struct Taker {
    taken: Rc<RefCell<Taken>>,
    writing: Writing,
    portions: Sizes,
}

impl Write for Taker {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut taken = self.taken.borrow_mut();
        let mut room = bytes.len();
        if let Some(failure) = self.writing.failure {
            let left = failure.after.saturating_sub(taken.bytes.len() as u64);
            if left == 0 {
                let failing = if failure.closed { ErrorKind::BrokenPipe } else { ErrorKind::StorageFull };
                return Err(failing.into());
            }
            room = room.min(usize::try_from(left).unwrap_or(usize::MAX));
        }
        let count = self.portions.next(room)?;
        taken.bytes.extend(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut taken = self.taken.borrow_mut();
        taken.flushed = taken.bytes.len();
        Ok(())
    }
}

/// What a reader has given.
#[derive(Default)]
struct Given {
    bytes: u64,
    /// Whether it was asked for more than it had.
    asked_for_more: bool,
}

/// A reader.
struct Giver {
    bytes: Rc<Vec<u8>>,
    given: Rc<RefCell<Given>>,
    reading: Reading,
    portions: Sizes,
}

impl Read for Giver {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let mut given = self.given.borrow_mut();
        let rest = usize::try_from(given.bytes).ok().and_then(|at| self.bytes.get(at..)).unwrap_or_default();
        let room = buffer.len();
        if !rest.is_empty() {
            let count = self.portions.next(room.min(rest.len()))?;
            buffer[..count].copy_from_slice(&rest[..count]);
            given.bytes += count as u64;
            return Ok(count);
        }
        given.asked_for_more = true;
        match self.reading.then {
            Then::End => Ok(0),
            Then::Failure => Err(ErrorKind::TimedOut.into()),
            Then::Zeros if given.bytes >= ENOUGH => Ok(0),
            Then::Zeros => {
                let count = self.portions.next(room)?;
                buffer[..count].fill(0);
                given.bytes += count as u64;
                Ok(count)
            }
        }
    }
}
