//! Arbitrary bytes in arbitrary portions: what the oracle requires of them is what the reference does.
//!
//! The same properties serve as a fuzz target, which takes longer streams and as many of them as it is told to.

use std::io::{self, ErrorKind, Read, Write};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use protocol::ipc_queue::{Failure, Item, take_apart, whole_frames};

use super::*;

// The code of the reference itself; as a submission it has no manifest.
#[path = "../../../../../solutions/07-ipc-queue/src/framing.rs"]
#[expect(unreachable_pub, reason = "public where it comes from")]
mod reference;

use reference::{Receiver, RecvError, SendError, Sender};

/// One step of a stream.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// It gives or takes at most so many bytes.
    AtMost(usize),
    /// It is interrupted.
    Interrupted,
}

/// A stream that takes its steps in turn, again and again.
struct Stepping<'a> {
    steps: &'a [Step],
    taken: usize,
}

impl Stepping<'_> {
    fn next(&mut self, room: usize) -> io::Result<usize> {
        let step = self.steps[self.taken % self.steps.len()];
        self.taken += 1;
        match step {
            Step::AtMost(most) => Ok(room.min(most)),
            Step::Interrupted => Err(ErrorKind::Interrupted.into()),
        }
    }
}

struct Giver<'a> {
    bytes: &'a [u8],
    then: Then,
    stepping: Stepping<'a>,
}

impl Read for Giver<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_empty() {
            return if self.then == Then::End { Ok(0) } else { Err(ErrorKind::TimedOut.into()) };
        }
        let count = self.stepping.next(buffer.len().min(self.bytes.len()))?;
        let (given, rest) = self.bytes.split_at(count);
        buffer[..count].copy_from_slice(given);
        self.bytes = rest;
        Ok(count)
    }
}

struct Taker<'a> {
    bytes: Vec<u8>,
    failure: Option<Failure>,
    stepping: Stepping<'a>,
}

impl Write for Taker<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut room = bytes.len();
        if let Some(Failure { after, how }) = self.failure {
            room = room.min(usize::try_from(after).unwrap() - self.bytes.len());
            if room == 0 {
                return match how {
                    Failing::Closed => Err(ErrorKind::BrokenPipe.into()),
                    Failing::Full => Err(ErrorKind::StorageFull.into()),
                    Failing::TakesNothing => Ok(0),
                };
            }
        }
        let count = self.stepping.next(room)?;
        self.bytes.extend(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the reference returns, call by call.
fn receipts(bytes: &[u8], then: Then, steps: &[Step], calls: usize) -> Vec<Receipt> {
    let mut receiver = Receiver::new(Giver { bytes, then, stepping: Stepping { steps, taken: 0 } });
    let receipt = |_| match receiver.recv::<Message>() {
        Ok(Some(message)) => Receipt::Message(message.into()),
        Ok(None) => Receipt::End,
        Err(RecvError::Truncated) => Receipt::Truncated,
        Err(RecvError::TooLarge { length }) => Receipt::TooLarge { length },
        Err(RecvError::Malformed(_)) => Receipt::Malformed,
        Err(RecvError::Io(_)) => Receipt::Io,
    };
    (0..calls).map(receipt).collect()
}

/// What comes of each message that the reference sends, and what the writer has in the end.
fn dispatches(items: &[Item], failure: Option<Failure>, steps: &[Step]) -> (Vec<Dispatch>, Vec<u8>) {
    let mut taker = Taker { bytes: Vec::new(), failure, stepping: Stepping { steps, taken: 0 } };
    let mut sender = Sender::new(&mut taker);
    let dispatch = |item: &Item| match sender.send(&item.message()) {
        Ok(()) => Dispatch::Sent,
        Err(SendError::Closed) => Dispatch::Closed,
        Err(SendError::TooLarge { .. }) => Dispatch::TooLarge,
        Err(SendError::Encode(_)) => Dispatch::Encode,
        Err(SendError::Io(_)) => Dispatch::Io,
    };
    let dispatches = items.iter().map(dispatch).collect();
    (dispatches, taker.bytes)
}

fn any_steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..9_usize).prop_map(Step::AtMost),
        2 => (1..5_000_usize).prop_map(Step::AtMost),
        1 => Just(Step::Interrupted),
    ];
    // One at least gets on.
    (vec(step, 0..8), 1..100_usize).prop_map(|(mut steps, most)| {
        steps.push(Step::AtMost(most));
        steps
    })
}

fn any_then() -> impl Strategy<Value = Then> {
    prop_oneof![3 => Just(Then::End), 1 => Just(Then::Failure)]
}

fn any_failing() -> impl Strategy<Value = Failing> {
    prop_oneof![Just(Failing::Closed), Just(Failing::Full), Just(Failing::TakesNothing)]
}

fn any_short_item() -> impl Strategy<Value = Item> {
    let message = prop_oneof![
        Just(Message::Nothing),
        any::<i64>().prop_map(Message::Number),
        any::<String>().prop_map(Message::Text),
        (any::<String>(), vec(any::<i64>(), 0..6)).prop_map(|(left, right)| Message::Pair { left, right }),
    ];
    message.prop_map(Item::Exactly)
}

fn any_item() -> impl Strategy<Value = Item> {
    prop_oneof![
        4 => any_short_item(),
        1 => (0..6_000_usize, any::<u64>()).prop_map(|(length, seed)| Item::Filler { length, seed }),
    ]
}

/// Something that happens to good bytes.
#[derive(Clone, Debug)]
enum Mishap {
    Flipped(Index, u8),
    Inserted(Index, Vec<u8>),
    Removed(Index, usize),
    Repeated(Index, usize),
    /// A length that says something else, at a place where none may be.
    Announced(Index, u32),
    Cut(Index),
}

fn any_mishap() -> impl Strategy<Value = Mishap> {
    let length = prop_oneof![0..40_u32, Just((1 << 26) - 1), Just(1 << 26), Just((1 << 26) + 1), any::<u32>()];
    prop_oneof![
        (any::<Index>(), 1..=255_u8).prop_map(|(at, bits)| Mishap::Flipped(at, bits)),
        (any::<Index>(), vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Mishap::Inserted(at, bytes)),
        (any::<Index>(), 1..9_usize).prop_map(|(at, count)| Mishap::Removed(at, count)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Mishap::Repeated(at, count)),
        (any::<Index>(), length).prop_map(|(at, length)| Mishap::Announced(at, length)),
        any::<Index>().prop_map(Mishap::Cut),
    ]
}

impl Mishap {
    fn befall(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let part = |at: &Index, count: usize| {
            let at = at.index(bytes.len());
            at..bytes.len().min(at + count)
        };
        match self {
            Self::Flipped(at, bits) => {
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
            }
            Self::Inserted(at, inserted) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, inserted.iter().copied());
            }
            Self::Removed(at, count) => drop(bytes.drain(part(at, *count))),
            Self::Repeated(at, count) => {
                let part = part(at, *count);
                let repeated = bytes[part.clone()].to_vec();
                bytes.splice(part.start..part.start, repeated);
            }
            Self::Announced(at, length) => drop(bytes.splice(part(at, 4), length.to_le_bytes())),
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
        }
    }
}

/// Bytes of every kind: any at all, frames of any, and messages with some mishaps.
fn any_stream(parts: usize) -> impl Strategy<Value = Vec<u8>> {
    let bytes = vec(any::<u8>(), 0..20 * parts);
    let frames = vec(vec(any::<u8>(), 0..30), 0..parts)
        .prop_map(|bodies| bodies.into_iter().flat_map(|body| Piece::Body(body).bytes()).collect::<Vec<u8>>());
    let mishaps = (vec(any_item(), 0..parts), vec(any_mishap(), 0..parts)).prop_map(|(items, mishaps)| {
        let mut bytes: Vec<u8> = items.iter().flat_map(Item::frame).collect();
        for mishap in &mishaps {
            mishap.befall(&mut bytes);
        }
        bytes
    });
    prop_oneof![1 => bytes, 1 => frames, 4 => mishaps]
}

/// The reference does what the oracle requires, and the oracle is content with nothing else.
fn agree(bytes: &[u8], then: Then, steps: &[Step], broken: Index) -> Result<(), TestCaseError> {
    let required = required_receipts(bytes, then);
    let mut receipts = receipts(bytes, then, steps, required.len());
    prop_assert_eq!(&receipts, &required);
    let stream = [Piece::Bytes(bytes.to_vec())];
    let reading = Reading { portions: Portions::Whole, then };
    let judge = |receipts: &[Receipt]| {
        let given = bytes.len() as u64;
        let hungry = vec![false; receipts.len()];
        let received = Received { receipts: receipts.to_vec(), hungry, given, allocated: 0 };
        judge_received((&stream, reading), Matters::Everything, &required, &received)
    };
    prop_assert_eq!(judge(&receipts), None);
    let broken = broken.index(receipts.len());
    receipts[broken] = if receipts[broken] == Receipt::Malformed { Receipt::End } else { Receipt::Malformed };
    prop_assert!(judge(&receipts).is_some());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_reference_does_with_any_stream_what_the_oracle_requires(
        bytes in any_stream(8), then in any_then(), steps in any_steps(), broken in any::<Index>(),
    ) {
        agree(&bytes, then, &steps, broken)?;
    }

    #[test]
    fn a_stream_of_messages_may_be_cut_at_any_byte(items in vec(any_short_item(), 1..3), steps in any_steps()) {
        let bytes: Vec<u8> = items.iter().flat_map(Item::frame).collect();
        let (mut messages, mut end) = (0, items[0].frame().len());
        for cut in 0..=bytes.len() {
            if cut == end {
                messages += 1;
                end += items.get(messages).map_or(0, |item| item.frame().len());
            }
            let whole = messages == 0 && cut == 0 || whole_frames(&bytes[..cut]) == messages && at_border(&items, cut);
            let mut required: Vec<_> = items[..messages].iter().map(|item| Receipt::Message(item.got())).collect();
            required.push(if whole { Receipt::End } else { Receipt::Truncated });
            prop_assert_eq!(&receipts(&bytes[..cut], Then::End, &steps, messages + 1), &required);
            prop_assert_eq!(&required_receipts(&bytes[..cut], Then::End)[..=messages], &required[..]);
        }
    }

    #[test]
    fn what_the_reference_sends_is_what_it_receives(items in vec(any_item(), 0..8), steps in any_steps()) {
        let (dispatches, bytes) = dispatches(&items, None, &steps);
        prop_assert_eq!(dispatches, vec![Dispatch::Sent; items.len()]);
        prop_assert_eq!(&bytes, &items.iter().flat_map(Item::frame).collect::<Vec<u8>>());
        prop_assert_eq!(take_apart(&bytes), items.iter().map(|item| Found::Frame(item.got())).collect::<Vec<_>>());
        let mut required: Vec<_> = items.iter().map(|item| Receipt::Message(item.got())).collect();
        required.push(Receipt::End);
        prop_assert_eq!(receipts(&bytes, Then::End, &steps, items.len() + 1), required);
    }

    #[test]
    fn the_reference_does_with_any_writer_what_the_oracle_requires(
        items in vec(any_item(), 1..8), after in 0..4_000_u64, how in any_failing(), steps in any_steps(),
    ) {
        let failure = Some(Failure { after, how });
        let messages: Vec<_> = items.iter().cloned().map(Sending::Message).collect();
        let (required, arrived) = required_dispatches(&messages, Writing { portions: Portions::Whole, failure });
        let (dispatches, bytes) = dispatches(&items, failure, &steps);
        for (required, dispatch) in required.iter().zip(&dispatches) {
            prop_assert!(required.contains(dispatch), "{dispatch} is none of {required:?}");
        }
        let whole: Vec<_> = take_apart(&bytes).into_iter().filter(|found| matches!(found, Found::Frame(_))).collect();
        prop_assert_eq!(whole, arrived.into_iter().map(Found::Frame).collect::<Vec<_>>());
    }
}

/// Whether the frame of a message ends there.
fn at_border(items: &[Item], cut: usize) -> bool {
    let mut end = 0;
    items.iter().any(|item| {
        end += item.frame().len();
        end == cut
    })
}

/// A fuzz target that needs nothing but cargo: `PROPTEST_CASES` says how many streams it takes, each of them new.
#[test]
#[ignore = "takes as long as it is told to: scripts/fuzz-framing.sh SECONDS"]
fn fuzz_framing() {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let stream = (any_stream(60), any_then(), any_steps(), any::<Index>());
    let result = proptest::test_runner::TestRunner::new(config)
        .run(&stream, |(bytes, then, steps, broken)| agree(&bytes, then, &steps, broken));
    if let Err(error) = result {
        panic!("the reference and the oracle disagree, or one of them panicked: {error}");
    }
}
