//! What `send` and `recv` have to do with a stream of the grader's: worked out from the stream, byte by byte.

use protocol::ipc_queue::{
    Dispatch, Failing, Found, Got, LONGEST, Message, Observation, Order, Piece, Portions, Reading, Receipt, Received,
    Sending, Sent, Then, Writing,
};

use super::{lines, panicked, unasked};
use crate::judge::{Fault, Round};
use crate::verdict::{Repeats, Witness};

/// How many bytes the length of a frame takes.
const HEADER: u64 = 4;

/// How far a receiver may read ahead, in bytes.
const READ_AHEAD: u64 = 1 << 20;

/// The most memory that a receiver may have for a frame that is too large.
const MEMORY: u64 = 4 << 20;

/// The most lines of a witness.
const SHOWN: usize = 8;

/// Whether it matters when the writer is flushed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flushing {
    /// After each message.
    Matters,
    /// In the end.
    Whenever,
}

/// Messages into a writer.
pub(super) fn send(messages: Vec<Sending>, writer: Writing, flushing: Flushing) -> Round {
    let order = Order::Send { messages: messages.clone(), writer };
    Round::new(&order, Repeats::Exactly, move |observation| match observation {
        Observation::Sent(sent) => judge_sent(&messages, writer, flushing, &sent),
        other => Some(unasked(&other)),
    })
}

/// What is looked at of what `recv` returns: each check judges its own promise.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Matters {
    /// Everything: `recv` is called until what comes next is not laid down any more, and at the end of the stream once
    /// more.
    Everything,
    /// What comes of whole frames. Nothing is asked after the last of them.
    WholeFrames,
    /// The same; and that no more is read than the frames have.
    Promptness,
    /// What comes of whole frames, which frames are too large, and what they cost.
    Lengths,
    /// What comes of whole frames; and where there are none, that it is an error, or the end, whichever.
    NoHarm,
}

/// Messages out of a reader.
pub(super) fn receive(stream: Vec<Piece>, reader: Reading, matters: Matters) -> Round {
    let mut required = required_receipts(&stream.iter().flat_map(Piece::bytes).collect::<Vec<u8>>(), reader.then);
    if matches!(matters, Matters::WholeFrames | Matters::Promptness) {
        let whole = required.iter().rposition(of_whole_frame).map_or(0, |last| last + 1);
        required.truncate(whole);
    }
    let order = Order::Receive { stream: stream.clone(), reader, calls: required.len() };
    Round::new(&order, Repeats::Exactly, move |observation| match observation {
        Observation::Received(received) => judge_received((&stream, reader), matters, &required, &received),
        other => Some(unasked(&other)),
    })
}

/// Whether a receipt is what comes of a whole frame.
fn of_whole_frame(receipt: &Receipt) -> bool {
    matches!(receipt, Receipt::Message(_) | Receipt::Malformed)
}

/// What has to come of each message, and what of it reaches the writer.
fn required_dispatches(messages: &[Sending], writer: Writing) -> (Vec<Vec<Dispatch>>, Vec<Got>) {
    let room = writer.failure.map_or(u64::MAX, |failure| failure.after);
    let failed = failed(writer);
    let (mut written, mut broken) = (0, false);
    let mut arrived = Vec::new();
    let required = messages.iter().map(|message| match message {
        Sending::Unencodable => vec![Dispatch::Encode],
        Sending::Message(item) => {
            let body = item.json_length();
            if body > LONGEST {
                return vec![Dispatch::TooLarge];
            }
            if broken {
                // The stream is broken: whatever the error is called.
                return vec![failed.clone(), Dispatch::Closed, Dispatch::Io];
            }
            written += HEADER + body as u64;
            if written <= room {
                arrived.push(item.got());
                return vec![Dispatch::Sent];
            }
            broken = true;
            vec![failed.clone()]
        }
    });
    (required.collect(), arrived)
}

/// What a message comes to that the writer does not take.
pub(super) fn failed(writer: Writing) -> Dispatch {
    if writer.failure.is_some_and(|failure| failure.how == Failing::Closed) { Dispatch::Closed } else { Dispatch::Io }
}

fn judge_sent(messages: &[Sending], writer: Writing, flushing: Flushing, sent: &Sent) -> Option<Fault> {
    let (required, arrived) = required_dispatches(messages, writer);
    for (at, (required, dispatch)) in required.iter().zip(&sent.dispatches).enumerate() {
        if let Dispatch::Panicked(panic) = dispatch {
            return Some(panicked("send", panic));
        }
        if !required.contains(dispatch) {
            return Some(Fault::wrong(
                format!("`send` of {} returned {dispatch}{}", say(&messages[at]), circumstances(writer)),
                format!("it returns {}", required[0]),
            ));
        }
        let before = at.checked_sub(1).map_or(0, |before| sent.written[before]);
        if matches!(dispatch, Dispatch::TooLarge | Dispatch::Encode) && sent.written[at] > before {
            let bytes = sent.written[at] - before;
            return Some(Fault::wrong(
                format!("`send` returned {dispatch}, but had written {bytes} bytes"),
                format!("nothing is written of a message that is {dispatch}"),
            ));
        }
    }
    let whole = writer.failure.is_none();
    let found: Vec<_> = sent.wire.iter().filter(|found| whole || !matches!(found, Found::Rest { .. })).collect();
    for (at, found) in found.iter().enumerate() {
        if !arrived.get(at).is_some_and(|got| matches!(found, Found::Frame(frame) if frame == got)) {
            let required = match arrived.get(at) {
                Some(got) => format!("a frame with {got} stands there"),
                None => "nothing more stands there".to_owned(),
            };
            return Some(Fault::wrong(format!("in place {} the writer had {}", at + 1, say_found(found)), required));
        }
    }
    if found.len() < arrived.len() {
        return Some(Fault::wrong(
            format!("the writer had {} frames in the end", found.len()),
            format!("it has {}", arrived.len()),
        ));
    }
    (flushing == Flushing::Matters).then(|| late(sent)).flatten()
}

/// The first message that was not on its way when `send` returned.
fn late(sent: &Sent) -> Option<Fault> {
    let mut due = 0;
    for (dispatch, flushed) in sent.dispatches.iter().zip(&sent.flushed) {
        due += usize::from(*dispatch == Dispatch::Sent);
        if *flushed < due {
            return Some(Fault::wrong(
                format!("{due} messages were sent, and {flushed} were written and flushed"),
                "a message is written and flushed when `send` returns",
            ));
        }
    }
    None
}

/// What every `recv` has to return, up to the last that is laid down.
fn required_receipts(mut bytes: &[u8], then: Then) -> Vec<Receipt> {
    let mut required = Vec::new();
    loop {
        let cut = |inside: Receipt| match then {
            Then::End => inside,
            Then::Failure => Receipt::Io,
            // Only a frame that is refused by its length is followed by zeros.
            Then::Zeros => Receipt::End,
        };
        if bytes.is_empty() {
            required.push(cut(Receipt::End));
            if then == Then::End {
                required.push(Receipt::End);
            }
            return required;
        }
        let Some((announced, rest)) = bytes.split_first_chunk::<4>() else {
            required.push(cut(Receipt::Truncated));
            return required;
        };
        let length = u32::from_le_bytes(*announced) as usize;
        if length > LONGEST {
            required.push(Receipt::TooLarge { length });
            return required;
        }
        let Some((body, after)) = rest.split_at_checked(length) else {
            required.push(cut(Receipt::Truncated));
            return required;
        };
        required.push(match serde_json::from_slice::<Message>(body) {
            Ok(message) => Receipt::Message(message.into()),
            Err(_) => Receipt::Malformed,
        });
        bytes = after;
    }
}

fn judge_received(
    (stream, reading): (&[Piece], Reading),
    matters: Matters,
    required: &[Receipt],
    received: &Received,
) -> Option<Fault> {
    for (at, (required, receipt)) in required.iter().zip(&received.receipts).enumerate() {
        if let Receipt::Panicked(panic) = receipt {
            return Some(panicked("recv", panic).with_witness(story(stream, reading)));
        }
        let call = at + 1;
        if matters == Matters::Promptness && received.hungry.get(at) == Some(&true) {
            let fault = Fault::wrong(
                format!("call {call} of `recv` had all of its message, and waited for more"),
                "a message that has arrived is returned without waiting for what comes after it",
            );
            return Some(fault.with_witness(story(stream, reading)));
        }
        let too_large = [required, receipt].map(|receipt| matches!(receipt, Receipt::TooLarge { .. }));
        let broken = match matters {
            Matters::Everything | Matters::WholeFrames | Matters::Promptness => false,
            Matters::Lengths => !of_whole_frame(required) && too_large == [false, false],
            Matters::NoHarm => !of_whole_frame(required),
        };
        if broken && matches!(receipt, Receipt::Message(_)) {
            let fault = Fault::wrong(format!("call {call} of `recv` returned {receipt}"), "there is no message");
            return Some(fault.with_witness(story(stream, reading)));
        }
        if !broken && required != receipt {
            let fault =
                Fault::wrong(format!("call {call} of `recv` returned {receipt}"), format!("it returns {required}"));
            return Some(fault.with_witness(story(stream, reading)));
        }
    }
    if matters != Matters::Lengths || !required.iter().any(|receipt| matches!(receipt, Receipt::TooLarge { .. })) {
        return None;
    }
    let offered: u64 = stream.iter().map(|piece| piece.bytes().len() as u64).sum();
    let fault = if received.given > offered + READ_AHEAD {
        let bytes = received.given - offered;
        Fault::wrong(
            format!("`recv` read {bytes} bytes of a frame that is too large"),
            "a frame that is too large is refused by its length",
        )
    } else if received.allocated > MEMORY {
        Fault::wrong(
            format!("`recv` took {} MiB of memory for a frame that is too large", received.allocated >> 20),
            "no memory is taken for a frame that is too large",
        )
    } else {
        return None;
    };
    Some(fault.with_witness(story(stream, reading)))
}

fn say(message: &Sending) -> String {
    match message {
        Sending::Message(item) => item.got().to_string(),
        Sending::Unencodable => "a message without a JSON form".to_owned(),
    }
}

fn say_found(found: &Found) -> String {
    match found {
        Found::Frame(got) => format!("a frame with {got}"),
        Found::Other { length } => format!("a frame of {length} bytes that hold no message"),
        Found::Rest { bytes } => format!("{bytes} bytes that are no frame"),
    }
}

pub(super) fn circumstances(writer: Writing) -> String {
    let portions = say_portions(writer.portions, "took");
    match writer.failure {
        Some(failure) => {
            let how = match failure.how {
                Failing::Closed => "was closed",
                Failing::Full => "failed",
                Failing::TakesNothing => "took nothing more, and returned Ok(0)",
            };
            format!("; the writer {portions}, and after {} bytes it {how}", failure.after)
        }
        None => format!("; the writer {portions}"),
    }
}

fn say_portions(portions: Portions, verb: &str) -> String {
    match portions {
        Portions::Whole => format!("{verb} all at once"),
        Portions::Bytes => format!("{verb} one byte at a time"),
        Portions::Interrupted { most, .. } => format!("{verb} up to {most} bytes at a time, or was interrupted"),
    }
}

/// What the reader did.
fn story(stream: &[Piece], reading: Reading) -> Witness {
    let mut told: Vec<String> = stream.iter().take(SHOWN).map(say_piece).collect();
    if stream.len() > SHOWN {
        told.push(format!("{} more", stream.len() - SHOWN));
    }
    let end = match reading.then {
        Then::End => "then the stream ended",
        Then::Failure => "then reading failed",
        Then::Zeros => "then came zeros without end",
    };
    told.push(end.to_owned());
    told.insert(0, format!("the reader {}:", say_portions(reading.portions, "gave")));
    lines(told)
}

fn say_piece(piece: &Piece) -> String {
    match piece {
        Piece::Frame(item) => format!("a frame with {}", item.got()),
        Piece::Beginning(item, length) => format!("the first {length} bytes of a frame with {}", item.got()),
        Piece::Length(length) => format!("the length {length}"),
        Piece::Body(body) => format!("a frame with the bytes {}", say_bytes(body)),
        Piece::Bytes(bytes) => format!("the bytes {}", say_bytes(bytes)),
    }
}

fn say_bytes(bytes: &[u8]) -> String {
    let shown: String = bytes.iter().take(40).flat_map(|byte| byte.escape_ascii()).map(char::from).collect();
    if bytes.len() > 40 { format!("\"{shown}\"… ({} in all)", bytes.len()) } else { format!("\"{shown}\"") }
}

#[cfg(test)]
mod tests;
