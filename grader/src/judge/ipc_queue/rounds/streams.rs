//! The rounds that need no processes: messages, and the streams that they go through.

use protocol::ipc_queue::{
    AROUND_TEXT, Connection, Failing, Failure, Item, LONGEST, Message, Piece, Portions, Reading, Sending, Then, Turn,
    Work, Writing,
};

use super::LONG;
use crate::judge::ipc_queue::pairs::connect;
use crate::judge::ipc_queue::piped;
use crate::judge::ipc_queue::streams::{Flushing, Matters, receive, send};
use crate::judge::{Effort, Round};

pub(super) fn text(text: &str) -> Item {
    Item::Exactly(Message::Text(text.to_owned()))
}

pub(super) fn number(number: i64) -> Item {
    Item::Exactly(Message::Number(number))
}

/// Messages that trip up those who take something in them for the end.
pub(super) fn awkward() -> Vec<Item> {
    let pair = Message::Pair { left: "a\nb\r\n".to_owned(), right: vec![0, -1, i64::MIN, i64::MAX] };
    vec![
        Item::Exactly(Message::Nothing),
        text(""),
        text("\n"),
        text("two\nlines\n\nand \"quotes\", \\ and \0"),
        text("日本語, ελληνικά, 🦀"),
        Item::Exactly(pair),
        number(0),
        // With its JSON, bodies of 13, 256 and 2,570 bytes: the length itself holds returns, zeros, newlines.
        text("xx"),
        text(&"y".repeat(256 - AROUND_TEXT)),
        text(&"z".repeat(2_570 - AROUND_TEXT)),
        Item::Filler { length: LONG, seed: 5 },
    ]
}

/// A message that chance makes.
fn any_item(rng: &mut fastrand::Rng) -> Item {
    match rng.u8(0..6) {
        0 => Item::Exactly(Message::Nothing),
        1 => number(rng.i64(..)),
        2 => Item::Filler { length: rng.usize(0..3_000), seed: rng.u64(..) },
        3 => {
            let right = (0..rng.usize(0..20)).map(|_| rng.i64(-5..500)).collect();
            Item::Exactly(Message::Pair { left: any_text(rng), right })
        }
        _ => text(&any_text(rng)),
    }
}

fn any_text(rng: &mut fastrand::Rng) -> String {
    let length = rng.usize(0..30);
    let letters = ['a', '\n', '"', '\\', '\0', '{', '}', 'é', '中', '🦀', ' '];
    (0..length).map(|_| letters[rng.usize(..letters.len())]).collect()
}

pub(super) fn any_items(rng: &mut fastrand::Rng, most: usize) -> Vec<Item> {
    let count = rng.usize(1..=most);
    (0..count).map(|_| any_item(rng)).collect()
}

fn any_portions(rng: &mut fastrand::Rng) -> Portions {
    let most = [1, 2, 3, 7, 64, 5_000][rng.usize(..6)];
    Portions::Interrupted { seed: rng.u64(..), most }
}

fn sendings(items: Vec<Item>) -> Vec<Sending> {
    items.into_iter().map(Sending::Message).collect()
}

fn frames(items: Vec<Item>) -> Vec<Piece> {
    items.into_iter().map(Piece::Frame).collect()
}

fn plainly(then: Then) -> Reading {
    Reading { portions: Portions::Whole, then }
}

fn sent(items: Vec<Item>, portions: Portions) -> Round {
    send(sendings(items), Writing { portions, failure: None }, Flushing::Whenever)
}

fn received(items: Vec<Item>, portions: Portions) -> Round {
    receive(frames(items), Reading { portions, then: Then::End }, Matters::WholeFrames)
}

pub(super) fn whole_messages(rng: &mut fastrand::Rng, effort: Effort, many: usize) -> Vec<Round> {
    let huge = vec![number(1), Item::Filler { length: 24 << 20, seed: 9 }, number(2)];
    let mut rounds = Vec::new();
    // One message a round first, so that the witness is small.
    for item in awkward() {
        rounds.push(sent(vec![item.clone()], Portions::Whole));
        rounds.push(received(vec![item], Portions::Whole));
    }
    for _ in 0..many / 4 {
        let items = any_items(rng, 12);
        rounds.push(sent(items.clone(), Portions::Whole));
        rounds.push(received(items, Portions::Whole));
    }
    // Tens of megabytes, through a pipe between two processes and through streams.
    rounds.push(piped(match effort {
        Effort::Quick => Work { messages: 1, length: 17 << 20 },
        Effort::Full => Work { messages: 2, length: 24 << 20 },
    }));
    if effort == Effort::Full {
        rounds.push(sent(huge.clone(), Portions::Whole));
        rounds.push(received(huge, Portions::Whole));
    }
    rounds
}

pub(super) fn split_messages(rng: &mut fastrand::Rng, many: usize) -> Vec<Round> {
    let few = || vec![number(7), text("one\ntwo"), Item::Exactly(Message::Nothing)];
    let interrupted = Portions::Interrupted { seed: 1, most: 5_000 };
    let mut rounds = Vec::new();
    for portions in [Portions::Whole, Portions::Bytes, interrupted] {
        rounds.push(received(few(), portions));
        rounds.push(sent(few(), portions));
    }
    for _ in 0..many {
        let items = any_items(rng, 8);
        rounds.push(received(items.clone(), any_portions(rng)));
        rounds.push(sent(items, any_portions(rng)));
    }
    let long = Item::Filler { length: LONG, seed: 2 };
    rounds.push(received(vec![long.clone(), number(1), long.clone()], any_portions(rng)));
    rounds.push(sent(vec![long.clone(), number(1), long], any_portions(rng)));
    rounds
}

pub(super) fn ends(rng: &mut fastrand::Rng, many: usize) -> Vec<Round> {
    let ends = |stream| receive(stream, plainly(Then::End), Matters::Everything);
    let mut rounds = vec![ends(Vec::new()), ends(frames(vec![number(1)]))];
    let short = text("half");
    for length in 1..short.frame().len() {
        rounds.push(ends(vec![Piece::Frame(number(1)), Piece::Beginning(short.clone(), length)]));
    }
    for _ in 0..many / 2 {
        let mut stream = frames(any_items(rng, 3));
        let last = any_item(rng);
        let length = rng.usize(1..last.frame().len());
        stream.push(Piece::Beginning(last, length));
        rounds.push(ends(stream));
    }
    rounds
}

pub(super) fn forged_lengths(rng: &mut fastrand::Rng, effort: Effort) -> Vec<Round> {
    let forged = |length: u32, then| {
        receive(vec![Piece::Frame(number(1)), Piece::Length(length)], plainly(then), Matters::Lengths)
    };
    // The limit is 2^26.
    let limit = 1 << 26;
    let mut rounds = Vec::new();
    for length in [limit + 1, 1 << 27, 1 << 31, u32::MAX, rng.u32(limit + 1..)] {
        rounds.push(forged(length, Then::End));
        rounds.push(forged(length, Then::Zeros));
    }
    // Just not too large, if it came.
    let beginning = vec![Piece::Frame(number(1)), Piece::Length(limit)];
    rounds.push(receive(beginning, plainly(Then::End), Matters::Lengths));
    let largest = LONGEST - AROUND_TEXT;
    let mut messages = vec![number(1), Item::Filler { length: largest + 1, seed: 1 }, number(2)];
    if effort == Effort::Full {
        messages.extend([Item::Filler { length: largest, seed: 1 }, number(3)]);
    }
    rounds.push(send(sendings(messages), Writing::default(), Flushing::Whenever));
    rounds
}

pub(super) fn garbage(rng: &mut fastrand::Rng, many: usize) -> Vec<Round> {
    let bodies: [&[u8]; 12] = [
        b"",
        b"?",
        b"\"Nothing",
        b"\"Something\"",
        b"{\"Number\":\"7\"}",
        b"{\"Number\":7",
        b"{\"Number\":7} {\"Number\":8}",
        b"{\"Text\":\"\xff\xfe\"}",
        b"null",
        b"\0\0\0\0",
        b"{\"Number\":99999999999999999999}",
        &[b'['; 5_000],
    ];
    let among = |body: &[u8]| {
        let stream = vec![Piece::Frame(number(1)), Piece::Body(body.to_vec()), Piece::Frame(text("after"))];
        receive(stream, plainly(Then::End), Matters::WholeFrames)
    };
    let mut rounds: Vec<_> = bodies.iter().map(|body| among(body)).collect();
    for _ in 0..many / 2 {
        rounds.push(among(&any_bytes(rng, 80)));
    }
    for _ in 0..many {
        // Frames of any bytes, and after them no frame at all.
        let mut stream: Vec<_> = (0..rng.usize(0..3)).map(|_| Piece::Body(any_bytes(rng, 40))).collect();
        if rng.bool() {
            stream.push(Piece::Length(rng.u32(60..1 << 20)));
            stream.push(Piece::Bytes(any_bytes(rng, 60)));
        } else {
            stream.push(Piece::Bytes(any_bytes(rng, 4)));
        }
        rounds.push(receive(stream, plainly(Then::End), Matters::NoHarm));
    }
    rounds
}

/// Fewer than `most` bytes, whatever they are.
fn any_bytes(rng: &mut fastrand::Rng, most: usize) -> Vec<u8> {
    (0..rng.usize(0..most)).map(|_| rng.u8(..)).collect()
}

pub(super) fn failing_streams(rng: &mut fastrand::Rng, many: usize) -> Vec<Round> {
    let mut rounds = Vec::new();
    let good = || Sending::Message(number(4));
    let unencodable = vec![good(), Sending::Unencodable, good()];
    rounds.push(send(unencodable, Writing::default(), Flushing::Whenever));
    let ways = [Failing::Closed, Failing::Full, Failing::TakesNothing];
    for how in ways {
        for after in [0, 2, 40] {
            rounds.push(send(sendings(vec![text("a message"); 4]), failing(after, how), Flushing::Whenever));
        }
    }
    rounds.extend(ways.map(failing_connection));
    rounds.push(deaf_connection());
    let fails = |stream| receive(stream, plainly(Then::Failure), Matters::Everything);
    for length in [0, 2, 4, 9] {
        rounds.push(fails(vec![Piece::Frame(number(1)), Piece::Beginning(text("cut short"), length)]));
    }
    for _ in 0..many / 2 {
        let writing = failing(rng.u64(0..2_000), ways[rng.usize(..ways.len())]);
        rounds.push(send(sendings(any_items(rng, 6)), writing, Flushing::Whenever));
        let mut stream = frames(any_items(rng, 4));
        let last = any_item(rng);
        let length = rng.usize(0..last.frame().len());
        stream.push(Piece::Beginning(last, length));
        rounds.push(fails(stream));
    }
    rounds
}

fn failing(after: u64, how: Failing) -> Writing {
    Writing { portions: Portions::Whole, failure: Some(Failure { after, how }) }
}

/// A connection whose writer fails in the middle of the second message.
fn failing_connection(how: Failing) -> Round {
    let message = || Turn::Send(text("a message"));
    let turns = vec![message(), message(), message(), Turn::Close];
    connect(Connection { stream: Vec::new(), then: Then::End, writer: failing(40, how), held: false, turns })
}

/// A connection whose reader fails after a message.
fn deaf_connection() -> Round {
    let turns = vec![Turn::Receive, Turn::Receive, Turn::Close];
    let stream = frames(vec![number(1)]);
    connect(Connection { stream, then: Then::Failure, writer: Writing::default(), held: false, turns })
}

/// Connections that are left while the other end takes nothing yet.
pub(super) fn left_early() -> Vec<Round> {
    let held = |last| {
        let mut turns: Vec<_> = (1..=3).map(|at| Turn::Send(number(at))).collect();
        turns.push(last);
        let writer = Writing::default();
        connect(Connection { stream: Vec::new(), then: Then::End, writer, held: true, turns })
    };
    vec![held(Turn::Close), held(Turn::Drop)]
}

pub(super) fn no_waiting() -> Vec<Round> {
    let mut rounds = Vec::new();
    // What becomes of interruptions is a matter of another check alone.
    for portions in [Portions::Whole, Portions::Bytes] {
        let writing = Writing { portions, failure: None };
        rounds.push(send(sendings(vec![number(1), text("two"), number(3)]), writing, Flushing::Matters));
        // Whoever asks for more than the message has hears of the failure instead.
        let reading = Reading { portions, then: Then::Failure };
        rounds.push(receive(frames(vec![number(1)]), reading, Matters::Promptness));
        rounds.push(receive(frames(vec![text("one"), text("two")]), reading, Matters::Promptness));
    }
    rounds
}
