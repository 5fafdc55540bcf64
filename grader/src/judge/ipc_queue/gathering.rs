//! What `gather` has to do with its producers: worked out from what each of them does.

use protocol::ipc_queue::{
    Act, Consumer, Ended, Gathered, Gathering, Got, Item, LINGERS, LONGEST, ON_PURPOSE, Observation, Order, Piece,
    Producer,
};
use protocol::workers::LeftoverState;

use super::{panicked, unasked};
use crate::judge::{Fault, Round};
use crate::sandbox::{Source, Usage};
use crate::verdict::{Reason, Repeats};

/// What a round looks at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    /// That everything arrives, and every end is told.
    Deliveries,
    /// That nothing is left.
    Leftovers,
    /// That producers wait for a slow consumer.
    Pressure,
    /// That nobody is blamed for waiting.
    Blame,
}

/// A call of `gather`.
pub(super) fn gather(gathering: Gathering, looks: Looks) -> Round {
    Round::new(&Order::Gather(gathering.clone()), Repeats::Roughly, move |observation| match observation {
        Observation::Gathered(gathered) => match looks {
            Looks::Deliveries => judge_deliveries(&gathering, &gathered),
            Looks::Leftovers => judge_leftovers(&gathering, &gathered),
            Looks::Pressure => judge_pressure(&gathering, &gathered),
            Looks::Blame => judge_blame(&gathering, &gathered),
        },
        other => Some(unasked(&other)),
    })
}

/// The same in a process of its own, whose memory, with that of its producers, stays below `most` bytes.
pub(super) fn within(most: u64, round: Round) -> Round {
    round.alone(move |usage: &Usage| {
        let memory = usage.memory;
        (memory.source != Source::Unavailable && memory.value > most).then(|| Fault {
            reason: Reason::MemoryLimit,
            ..Fault::wrong(
                format!("all processes together had {} MiB of memory", memory.value >> 20),
                format!("they have at most {} MiB, however much is sent", most >> 20),
            )
        })
    })
}

/// What has to arrive from a producer, and how it has to end.
fn required(acts: &[Act]) -> (Vec<Got>, Ended) {
    let mut messages = Vec::new();
    let mut inside = false;
    for act in acts {
        match act {
            Act::Send(item) | Act::Write(Piece::Frame(item)) => messages.push(item.got()),
            Act::SendMany { count, length } => {
                messages.extend((0..*count as u64).map(|seed| Item::Filler { length: *length, seed }.got()));
            }
            Act::Write(Piece::Length(length)) if *length as usize > LONGEST => return (messages, Ended::TooLarge),
            Act::Write(Piece::Body(_)) => return (messages, Ended::Malformed),
            Act::Write(Piece::Beginning(..) | Piece::Length(_) | Piece::Bytes(_)) => inside = true,
            Act::Die | Act::Exit(_) if inside => return (messages, Ended::Truncated),
            Act::Exit(0) => return (messages, Ended::Well),
            Act::Die | Act::Exit(_) => return (messages, Ended::Failed),
            Act::Hang => return (messages, Ended::Silent),
            Act::NeverStart => return (messages, Ended::Start),
            Act::Close | Act::AwaitEnd(_) | Act::Linger => {}
        }
    }
    (messages, if inside { Ended::Truncated } else { Ended::Well })
}

fn judge_deliveries(gathering: &Gathering, gathered: &Gathered) -> Option<Fault> {
    let results = match &gathered.results {
        Ok(results) => results,
        Err(panic) => return Some(panicked("gather", panic)),
    };
    let count = gathering.producers.len();
    // One that was killed for its silence before it had the time to speak is the machine's doing. It is not missed.
    let hangs = |(index, producer): (usize, &Producer)| {
        required(&producer.acts).1 == Ended::Silent && !gathered.hung.contains(&index)
    };
    let hurried: Vec<bool> = gathering.producers.iter().enumerate().map(hangs).collect();
    if !gathered.met && !hurried.contains(&true) {
        return Some(Fault::wrong(
            format!("{} of {count} producers were started, and never all of them alive at once", gathered.started),
            "all producers run at once",
        ));
    }
    if results.len() != count {
        return Some(Fault::wrong(
            format!("`gather` returned {} results", results.len()),
            format!("it returns one for each of {count} producers"),
        ));
    }
    if let Some(arrival) = gathered.arrivals.iter().find(|arrival| arrival.producer >= count) {
        return Some(Fault::wrong(
            format!("`each` was called with the index {}", arrival.producer),
            format!("the indices are those of {count} producers"),
        ));
    }
    gathering.producers.iter().zip(results).enumerate().find_map(|(index, (producer, ended))| {
        let (due, end) = required(&producer.acts);
        let came: Vec<&Got> =
            gathered.arrivals.iter().filter(|arrival| arrival.producer == index).map(|arrival| &arrival.got).collect();
        let due = if hurried[index] { &due[..due.len().min(came.len())] } else { &due[..] };
        judge_order(index, due, &came).or_else(|| {
            (!alike(*ended, end)).then(|| {
                Fault::wrong(
                    format!("the result of producer {index} is {ended}; {}", story(&producer.acts)),
                    format!("it is {end}"),
                )
            })
        })
    })
}

/// Whether two ends are the same to those who gather: what exactly could not be received is the receiver's business.
fn alike(one: Ended, other: Ended) -> bool {
    let received_badly = |ended| matches!(ended, Ended::Truncated | Ended::TooLarge | Ended::Malformed | Ended::Io);
    one == other || received_badly(one) && received_badly(other)
}

/// Whether the messages of one producer came once each and in order.
fn judge_order(producer: usize, due: &[Got], came: &[&Got]) -> Option<Fault> {
    let at = due.iter().zip(came).position(|(due, came)| due != *came);
    let required = format!("the {} messages of producer {producer} arrive, once each and in order", due.len());
    match at {
        Some(at) => {
            Some(Fault::wrong(format!("message {} of producer {producer} arrived as {}", at + 1, came[at]), required))
        }
        None if due.len() != came.len() => {
            Some(Fault::wrong(format!("{} messages of producer {producer} arrived", came.len()), required))
        }
        None => None,
    }
}

fn judge_leftovers(gathering: &Gathering, gathered: &Gathered) -> Option<Fault> {
    match (&gathered.results, gathering.consumer) {
        (Err(panic), Consumer::Panics(_)) if panic.message == ON_PURPOSE => {}
        (Err(panic), _) => return Some(panicked("gather", panic)),
        (Ok(_), Consumer::Panics(_)) => {
            return Some(Fault::wrong("`gather` swallowed the panic of `each`", "the panic goes on to the caller"));
        }
        (Ok(_), _) => {}
    }
    if let Some(leftover) = gathered.left.first() {
        let count = gathered.left.len();
        let state = match leftover.state {
            LeftoverState::Running => "still running",
            LeftoverState::Zombie => "dead, but never waited for",
        };
        return Some(Fault {
            reason: Reason::LeftRunning,
            ..Fault::wrong(
                format!("{count} of {} producers were left behind: {state}", gathering.producers.len()),
                "every producer is reaped when `gather` is left",
            )
        });
    }
    if let Some(lingered) = gathered.lingered.first() {
        let what = match gathering.consumer {
            Consumer::Panics(_) => "`each` panicked".to_owned(),
            _ => format!("producer {lingered} sent what makes no sense"),
        };
        return Some(Fault::wrong(
            format!("{what}, and {} seconds later producer {lingered} was still running", LINGERS.as_secs()),
            "a producer is killed as soon as nobody wants its messages any more",
        ));
    }
    (gathered.threads_left > 0).then(|| Fault {
        reason: Reason::LeftRunning,
        ..Fault::wrong(format!("{} threads were left behind", gathered.threads_left), "every thread is joined")
    })
}

fn judge_pressure(gathering: &Gathering, gathered: &Gathered) -> Option<Fault> {
    let lengths = gathering.producers.iter().flat_map(|producer| &producer.acts).map(|act| match act {
        Act::SendMany { length, .. } => *length as u64,
        _ => 0,
    });
    let length = lengths.max().unwrap_or(0);
    let producers = gathering.producers.len() as u64;
    // What waits, what `each` has, and for each producer what is in hand, half received, or read ahead.
    let messages = gathering.capacity as u64 + 1 + 4 * producers;
    let most = (messages + 4) * length;
    // One that `each` has, and for each producer one that does not count.
    let most_decoded = 1 + gathering.capacity + gathering.producers.len();
    if let Some(decoded) = gathered.decoded.filter(|decoded| *decoded > most_decoded) {
        return Some(Fault::wrong(
            format!(
                "while `each` had the first message and stood still, {} were received and waited for it",
                decoded - 1
            ),
            format!(
                "with a capacity of {}, at most {} wait: so many, and one for each of {} producers",
                gathering.capacity,
                most_decoded - 1,
                gathering.producers.len()
            ),
        ));
    }
    if let Some(written) = gathered.written.filter(|written| *written > most) {
        return Some(Fault::wrong(
            format!("while the consumer stood still, the producers sent {} MiB", written >> 20),
            format!("with a capacity of {}, they wait after {} MiB at the most", gathering.capacity, most >> 20),
        ));
    }
    // Text and JSON of the same message may be there at the same time.
    let most = 2 * most;
    (gathered.allocated > most)
        .then(|| Fault {
            reason: Reason::MemoryLimit,
            ..Fault::wrong(
                format!("`gather` had {} MiB of memory", gathered.allocated >> 20),
                format!("with a capacity of {}, it has at most {} MiB", gathering.capacity, most >> 20),
            )
        })
        .or_else(|| judge_deliveries(gathering, gathered))
}

/// A producer that is made to wait for longer than its launcher's patience has not fallen silent.
fn judge_blame(gathering: &Gathering, gathered: &Gathered) -> Option<Fault> {
    let results = match &gathered.results {
        Ok(results) => results,
        Err(panic) => return Some(panicked("gather", panic)),
    };
    let producer = results.iter().position(|ended| *ended == Ended::Silent)?;
    let patience = gathering.producers.get(producer).map_or(0, |producer| producer.patience_ms);
    Some(Fault::wrong(
        format!(
            "the consumer stood still for longer than the patience of {patience} ms; the result of producer {producer}, \
             which was waiting for it, is {}",
            Ended::Silent
        ),
        "a producer that is made to wait has not fallen silent",
    ))
}

/// What a producer did in the end.
fn story(acts: &[Act]) -> String {
    let mut told = Vec::new();
    for act in acts {
        match act {
            Act::Send(_) | Act::SendMany { .. } | Act::Write(Piece::Frame(_)) | Act::AwaitEnd(_) => {}
            Act::Write(Piece::Beginning(..) | Piece::Bytes(_)) => told.push("wrote a part of a message".to_owned()),
            Act::Write(Piece::Length(length)) => told.push(format!("announced {length} bytes")),
            Act::Write(Piece::Body(_)) => told.push("wrote a frame of nonsense".to_owned()),
            Act::Die => told.push("was killed".to_owned()),
            Act::Exit(status) => told.push(format!("ended with status {status}")),
            Act::NeverStart => told.push("could not be started".to_owned()),
            Act::Hang | Act::Linger => told.push("fell silent".to_owned()),
            Act::Close => told.push("closed its output".to_owned()),
        }
    }
    if told.is_empty() { "it sent everything and ended well".to_owned() } else { format!("it {}", told.join(" and ")) }
}

#[cfg(test)]
mod tests {
    use protocol::Panic;

    use super::*;

    fn item() -> Item {
        Item::Filler { length: 9, seed: 1 }
    }

    #[test]
    fn a_producer_that_dies_inside_a_message_is_cut_short() {
        let (messages, ended) = required(&[Act::Send(item()), Act::Write(Piece::Beginning(item(), 5)), Act::Die]);
        assert_eq!((messages.len(), ended), (1, Ended::Truncated));
    }

    #[test]
    fn a_producer_that_dies_between_messages_has_failed() {
        assert_eq!(required(&[Act::Send(item()), Act::Die]).1, Ended::Failed);
        assert_eq!(required(&[Act::Send(item()), Act::Exit(0)]).1, Ended::Well);
    }

    #[test]
    fn what_could_not_be_received_is_not_what_failed_or_fell_silent() {
        assert!(alike(Ended::Truncated, Ended::Malformed));
        assert!(!alike(Ended::Truncated, Ended::Failed) && !alike(Ended::Silent, Ended::Io));
    }

    #[test]
    fn what_comes_after_nonsense_does_not_count() {
        let (messages, ended) = required(&[Act::Write(Piece::Body(vec![b'?'])), Act::Send(item())]);
        assert_eq!((messages.len(), ended), (0, Ended::Malformed));
    }

    #[test]
    fn a_producer_that_nobody_wants_and_nobody_kills_is_told() {
        let producer = Producer { acts: vec![Act::Write(Piece::Body(vec![b'?'])), Act::Linger], patience_ms: 10_000 };
        let mut gathering = Gathering { producers: vec![producer], capacity: 1, consumer: Consumer::Takes };
        let mut gathered = Gathered {
            results: Ok(vec![Ended::Malformed]),
            arrivals: Vec::new(),
            started: 1,
            met: true,
            hung: Vec::new(),
            lingered: Vec::new(),
            left: Vec::new(),
            threads_left: 0,
            written: None,
            decoded: None,
            allocated: 0,
        };
        assert!(judge_leftovers(&gathering, &gathered).is_none(), "killed in time");
        gathered.lingered.push(0);
        let told = |gathering: &Gathering| judge_leftovers(gathering, &gathered).map(|fault| fault.observed);
        let after = "3 seconds later producer 0 was still running";
        assert_eq!(told(&gathering), Some(format!("producer 0 sent what makes no sense, and {after}")));
        gathering.consumer = Consumer::Panics(0);
        gathered.results = Err(Panic { message: ON_PURPOSE.to_owned(), file: String::new(), line: 0 });
        let told = judge_leftovers(&gathering, &gathered).map(|fault| fault.observed);
        assert_eq!(told, Some(format!("`each` panicked, and {after}")));
    }
}
