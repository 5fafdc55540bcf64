//! What two connected processes have to hear of each other.

use protocol::ipc_queue::{Conversation, Conversed, Dispatch, Ending, Observation, Order, Receipt, Turn, TurnOutcome};

use super::{panicked, unasked};
use crate::judge::{Fault, Round};
use crate::verdict::Repeats;

/// A call of `duplex`.
pub(super) fn converse(conversation: Conversation) -> Round {
    Round::new(&Order::Converse(conversation.clone()), Repeats::Roughly, move |observation| match observation {
        Observation::Conversed(conversed) => judge(&conversation, &conversed),
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
        other => Some(unasked(&other)),
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

/// What has to come of each turn of one end.
fn required(turns: &[Turn], others: &[Turn]) -> Vec<TurnOutcome> {
    let mut arriving = others.iter().filter_map(|turn| match turn {
        Turn::Send(item) => Some(item.got()),
        _ => None,
    });
    let outcomes = turns.iter().filter_map(|turn| match turn {
        Turn::Send(_) | Turn::Close => Some(TurnOutcome::Dispatch(Dispatch::Sent)),
        Turn::Receive => Some(TurnOutcome::Receipt(arriving.next().map_or(Receipt::End, Receipt::Message))),
        Turn::Drop => Some(TurnOutcome::Dropped),
        Turn::Die => None,
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
