//! Readers and writers that give and take as little as they may, are interrupted, and fail when they are told to.

use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::ipc_queue::{
    Dispatch, Failing, Item, Piece, Portions, Reading, Receipt, Received, Sending, Sent, Then, Writing, take_apart,
    whole_frames,
};
use serde::ser::{Error, Serialize, SerializeSeq, Serializer};

use crate::memory::measured;
use crate::{Receives, Sends, Subject};

/// How much of a stream without end a receiver may take before it gets no more.
const ENOUGH: u64 = 256 << 20;

/// How often in a row a writer that takes nothing is asked before it is plain that there will be no end.
const ENDLESS: u32 = 1_000;

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
    let (writer, taken) = Taker::new(writing);
    let mut sent = Sent { dispatches: Vec::new(), flushed: Vec::new(), written: Vec::new(), wire: Vec::new() };
    {
        let mut sender = subject.sender(Box::new(writer));
        for message in messages {
            sent.dispatches.push(dispatch(&mut *sender, message));
            let taken = lock(&taken);
            sent.flushed.push(whole_frames(&taken.bytes[..taken.flushed]));
            sent.written.push(taken.bytes.len() as u64);
        }
    }
    sent.wire = take_apart(&lock(&taken).bytes);
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
    let (reader, given) = Giver::new(stream, reading);
    let ((receipts, hungry), allocated) = measured(|| {
        let mut receiver = subject.receiver(Box::new(reader));
        let calls = (0..calls).map(|_| (receipt(&mut *receiver), mem::take(&mut lock(&given).asked_for_more)));
        calls.unzip()
    });
    let given = lock(&given).bytes;
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a writer has taken.
#[derive(Default)]
pub(crate) struct Taken {
    bytes: Vec<u8>,
    flushed: usize,
}

impl Taken {
    /// How many bytes.
    pub(crate) fn count(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// A writer.
pub(crate) struct Taker {
    taken: Arc<Mutex<Taken>>,
    writing: Writing,
    portions: Sizes,
    /// How often in a row it has taken nothing.
    refused: u32,
}

impl Taker {
    pub(crate) fn new(writing: Writing) -> (Self, Arc<Mutex<Taken>>) {
        let taken = Arc::new(Mutex::new(Taken::default()));
        let portions = Sizes::new(writing.portions);
        (Self { taken: Arc::clone(&taken), writing, portions, refused: 0 }, taken)
    }

    /// What it says once it has taken enough.
    fn fail(&mut self, how: Failing) -> io::Result<usize> {
        self.refused += 1;
        match how {
            Failing::Closed => Err(ErrorKind::BrokenPipe.into()),
            Failing::Full => Err(ErrorKind::StorageFull.into()),
            Failing::TakesNothing if self.refused < ENDLESS => Ok(0),
            Failing::TakesNothing => panic!("a writer that takes nothing was asked {ENDLESS} times"),
        }
    }
}

impl Write for Taker {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut room = bytes.len();
        if let Some(failure) = self.writing.failure {
            let left = failure.after.saturating_sub(lock(&self.taken).bytes.len() as u64);
            if left == 0 {
                return self.fail(failure.how);
            }
            room = room.min(usize::try_from(left).unwrap_or(usize::MAX));
        }
        let count = self.portions.next(room)?;
        lock(&self.taken).bytes.extend(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut taken = lock(&self.taken);
        taken.flushed = taken.bytes.len();
        Ok(())
    }
}

/// What a reader has given.
#[derive(Default)]
pub(crate) struct Given {
    bytes: u64,
    /// Whether it was asked for more than it had.
    asked_for_more: bool,
}

/// A reader.
pub(crate) struct Giver {
    bytes: Vec<u8>,
    given: Arc<Mutex<Given>>,
    reading: Reading,
    portions: Sizes,
}

impl Giver {
    pub(crate) fn new(stream: &[Piece], reading: Reading) -> (Self, Arc<Mutex<Given>>) {
        let bytes = stream.iter().flat_map(Piece::bytes).collect();
        let given = Arc::new(Mutex::new(Given::default()));
        (Self { bytes, given: Arc::clone(&given), reading, portions: Sizes::new(reading.portions) }, given)
    }

    /// Whether it has given everything.
    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.given).bytes >= self.bytes.len() as u64
    }
}

impl Read for Giver {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let mut given = lock(&self.given);
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
