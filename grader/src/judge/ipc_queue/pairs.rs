//! What two connected processes have to hear of each other.

use protocol::Panic;
use protocol::ipc_queue::{
    Connected, Connection, Conversation, Conversed, Dispatch, Ending, Item, Observation, Order, Piece, Receipt, Then,
    Turn, TurnOutcome,
};

use super::streams::{circumstances, failed};
use super::{panicked, unasked};
use crate::judge::{Fault, Round};
use crate::verdict::Repeats;

/// A call of `duplex`.
pub(super) fn converse(conversation: Conversation) -> Round {
    Round::new(&Order::Converse(conversation.clone()), Repeats::Roughly, move |observation| match observation {
        Observation::Conversed(conversed) => judge(&conversation, &conversed),
        Observation::Unconnected(refused) => judge_unconnected(&conversation, &refused),
        other => Some(unasked(&other)),
    })
}

/// A sender whose receiver goes after some messages.
pub(super) fn hang_up(after: usize) -> Round {
    Round::new(&Order::HangUp { after }, Repeats::Roughly, move |observation| match observation {
        Observation::HungUp { received, sender, ending } => judge_hang_up(after, received, sender.as_ref(), ending),
        other => Some(unasked(&other)),
    })
}

/// A connection whose other end is killed before it has received anything, while a lot is on its way to it.
pub(super) fn abandoned(conversation: Conversation) -> Round {
    Round::new(&Order::Converse(conversation.clone()), Repeats::Roughly, move |observation| match observation {
        Observation::Conversed(conversed) => judge_abandoned(&conversation, &conversed),
        Observation::Unconnected(refused) => judge_unconnected(&conversation, &refused),
        other => Some(unasked(&other)),
    })
}

/// A connection over a reader and a writer of the grader's.
pub(super) fn connect(connection: Connection) -> Round {
    Round::new(&Order::Connect(connection.clone()), Repeats::Roughly, move |observation| match observation {
        Observation::Connected(connected) if connection.writer.failure.is_some() => {
            judge_failing(&connection, &connected)
        }
        Observation::Connected(connected) => judge_connected(&connection, &connected),
        other => Some(unasked(&other)),
    })
}

/// The writer takes everything, sooner or later.
fn judge_connected(connection: &Connection, connected: &Connected) -> Option<Fault> {
    let arriving = connection.stream.iter().filter_map(|piece| match piece {
        Piece::Frame(item) => Some(Receipt::Message(item.got())),
        _ => None,
    });
    let end = if connection.then == Then::Failure { Receipt::Io } else { Receipt::End };
    let required = outcomes(&connection.turns, arriving, &end);
    if let Some(fault) = compare("the connection", &required, &connected.outcomes) {
        return Some(fault);
    }
    let left = match connection.turns.last() {
        Some(Turn::Drop) => "the connection was dropped",
        _ => "the connection was closed",
    };
    // However messages are framed, which is not looked at here, their JSON is among what is written.
    let least: usize = sent_items(&connection.turns).map(Item::json_length).sum();
    if connected.written < least as u64 {
        return Some(Fault::wrong(
            format!(
                "{left} while the other end was busy, and by then {} bytes were written of messages of {least}",
                connected.written
            ),
            "both `close` and a drop wait until everything that was sent is written",
        ));
    }
    (!connected.closed)
        .then(|| Fault::wrong(format!("{left}, and its writer was not"), "both `close` and a drop close this end"))
}

/// The writer fails: the first that says so says how.
fn judge_failing(connection: &Connection, connected: &Connected) -> Option<Fault> {
    let failed = failed(connection.writer);
    let circumstances = circumstances(connection.writer);
    let mut told = None;
    for outcome in &connected.outcomes {
        match outcome {
            TurnOutcome::Dispatch(Dispatch::Panicked(panic)) => return Some(panicked("send", panic)),
            TurnOutcome::Dispatch(Dispatch::Sent) => {}
            TurnOutcome::Dispatch(dispatch) if told.is_none() => told = Some(dispatch),
            _ => {}
        }
    }
    let required = format!("what could not be written is {failed}, from a later `send` or from `close`");
    match told {
        Some(told) if *told == failed => None,
        Some(told) => Some(Fault::wrong(format!("a connection returned {told}{circumstances}"), required)),
        None => Some(Fault::wrong(
            format!("every `send` and `close` of a connection returned Ok(()){circumstances}"),
            required,
        )),
    }
}

fn sent_items(turns: &[Turn]) -> impl Iterator<Item = &Item> {
    turns.iter().filter_map(|turn| match turn {
        Turn::Send(item) => Some(item),
        _ => None,
    })
}

fn judge_abandoned(conversation: &Conversation, conversed: &Conversed) -> Option<Fault> {
    let mut closed = false;
    for (at, outcome) in conversed.here.iter().enumerate() {
        match outcome {
            TurnOutcome::Dispatch(Dispatch::Panicked(panic)) => return Some(panicked("send", panic)),
            TurnOutcome::Receipt(Receipt::Panicked(panic)) => return Some(panicked("recv", panic)),
            TurnOutcome::Dispatch(Dispatch::Closed) if closed && conversation.here.get(at) == Some(&Turn::Close) => {
                return Some(Fault::wrong(
                    "a `send` returned Err(Closed), and `close` returned Err(Closed) as well",
                    "`close` returns Ok(()) if a `send` has told so already",
                ));
            }
            TurnOutcome::Dispatch(Dispatch::Closed) => closed = true,
            TurnOutcome::Dispatch(Dispatch::Sent) | TurnOutcome::Receipt(Receipt::End) => {}
            other => {
                return Some(Fault::wrong(
                    format!("the other end was gone, and turn {} came to {}", at + 1, say_outcome(other)),
                    "`send` and `close` return Ok(()) or Err(Closed), and `recv` returns Ok(None)",
                ));
            }
        }
    }
    (!closed).then(|| {
        Fault::wrong(
            "the other end was gone, and every `send` and `close` of the connection returned Ok(())",
            "what could not be written is Err(Closed), from a later `send` or from `close`",
        )
    })
}

fn judge_hang_up(after: usize, received: usize, sender: Option<&Dispatch>, ending: Ending) -> Option<Fault> {
    if received < after {
        return Some(Fault::wrong(format!("{received} messages were received"), format!("{after} are received")));
    }
    let required = "the sender's next `send` returns Err(Closed)";
    match (sender, ending) {
        (Some(Dispatch::Closed), Ending::Status(0)) => None,
        (Some(Dispatch::Panicked(panic)), _) => Some(panicked("send", panic)),
        (Some(Dispatch::Sent), _) => {
            Some(Fault::wrong("the receiver was gone, and every `send` returned Ok(())", required))
        }
        (Some(dispatch), _) => {
            Some(Fault::wrong(format!("the receiver was gone, and `send` returned {dispatch}"), required))
        }
        (None, ending) => {
            Some(Fault::wrong(format!("the receiver was gone, and the sender {}", say(ending)), required))
        }
    }
}

fn judge(conversation: &Conversation, conversed: &Conversed) -> Option<Fault> {
    if cannot_start(conversation) {
        return Some(Fault::wrong(
            "the worker could not be started, and `duplex` returned a connection",
            "`duplex` returns the error of the start",
        ));
    }
    let here = required(&conversation.here, &conversation.there);
    let there = required(&conversation.there, &conversation.here);
    if let Some(fault) = compare("the parent", &here, &conversed.here) {
        return Some(fault);
    }
    if let Some(fault) = compare("the worker", &there, &conversed.there) {
        return Some(fault);
    }
    let killed = conversation.there.contains(&Turn::Die);
    let ended = if killed { Ending::Signal(9) } else { Ending::Status(0) };
    (conversed.ending != ended)
        .then(|| Fault::wrong(format!("the worker {}", say(conversed.ending)), format!("the worker {}", say(ended))))
}

/// `duplex` made no connection.
fn judge_unconnected(conversation: &Conversation, refused: &Result<String, Panic>) -> Option<Fault> {
    match refused {
        Err(panic) => Some(panicked("duplex", panic)),
        Ok(_) if cannot_start(conversation) => None,
        Ok(error) => Some(Fault::wrong(
            format!("`duplex` returned the error \"{error}\""),
            "it starts the worker and connects to it",
        )),
    }
}

fn cannot_start(conversation: &Conversation) -> bool {
    conversation.there.contains(&Turn::NeverStart)
}

/// What has to come of each turn of one end.
fn required(turns: &[Turn], others: &[Turn]) -> Vec<TurnOutcome> {
    outcomes(turns, sent_items(others).map(|item| Receipt::Message(item.got())), &Receipt::End)
}

/// The same, of one who receives all that is `arriving`, and then `end`.
fn outcomes(turns: &[Turn], mut arriving: impl Iterator<Item = Receipt>, end: &Receipt) -> Vec<TurnOutcome> {
    let outcomes = turns.iter().filter_map(|turn| match turn {
        Turn::Send(_) | Turn::Close => Some(TurnOutcome::Dispatch(Dispatch::Sent)),
        Turn::Receive => Some(TurnOutcome::Receipt(arriving.next().unwrap_or_else(|| end.clone()))),
        Turn::Drop => Some(TurnOutcome::Dropped),
        Turn::Die | Turn::NeverStart => None,
    });
    outcomes.collect()
}

fn compare(who: &str, required: &[TurnOutcome], outcomes: &[TurnOutcome]) -> Option<Fault> {
    for (at, required) in required.iter().enumerate() {
        let Some(outcome) = outcomes.get(at) else {
            return Some(Fault::wrong(
                format!("{who} got no further than its turn {at}"),
                "both ends take all their turns",
            ));
        };
        match outcome {
            TurnOutcome::Dispatch(Dispatch::Panicked(panic)) => return Some(panicked("send", panic)),
            TurnOutcome::Receipt(Receipt::Panicked(panic)) => return Some(panicked("recv", panic)),
            outcome if outcome != required => {
                return Some(Fault::wrong(
                    format!("turn {} of {who} came to {}", at + 1, say_outcome(outcome)),
                    format!("it comes to {}", say_outcome(required)),
                ));
            }
            _ => {}
        }
    }
    None
}

fn say_outcome(outcome: &TurnOutcome) -> String {
    match outcome {
        TurnOutcome::Dispatch(dispatch) => dispatch.to_string(),
        TurnOutcome::Receipt(receipt) => receipt.to_string(),
        TurnOutcome::Dropped => "a dropped connection".to_owned(),
    }
}

fn say(ending: Ending) -> String {
    match ending {
        Ending::Status(status) => format!("ends with status {status}"),
        Ending::Signal(9) => "is killed".to_owned(),
        Ending::Signal(signal) => format!("is ended by signal {signal}"),
        Ending::Never => "never ends".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_worker(there: Vec<Turn>) -> Conversation {
        Conversation { here: Vec::new(), there }
    }

    #[test]
    fn an_error_is_what_duplex_owes_where_the_worker_cannot_be_started_and_nowhere_else() {
        let refused = Ok("no such worker".to_owned());
        assert!(judge_unconnected(&with_worker(vec![Turn::NeverStart]), &refused).is_none());
        let fault = judge_unconnected(&with_worker(vec![Turn::Close]), &refused).unwrap();
        assert!(fault.observed.contains("no such worker"), "{}", fault.observed);
    }

    #[test]
    fn a_connection_to_a_worker_that_cannot_be_started_is_wrong() {
        let conversed = Conversed { here: Vec::new(), there: Vec::new(), ending: Ending::Status(0) };
        assert!(judge(&with_worker(vec![Turn::NeverStart]), &conversed).is_some());
        assert!(judge(&with_worker(Vec::new()), &conversed).is_none());
    }
}
