//! How the histories of exercise 5 are put into words.

use std::collections::{BTreeMap, BTreeSet};

use protocol::producer_consumer::{Answer, Call, Completed};

use super::specification::State;
use crate::judge::Fault;
use crate::verdict::{Witness, WitnessCall};

/// The history for people. `threads` is the number of threads besides the main one, which gets the last number.
pub(super) fn witness(threads: usize, history: &[Completed]) -> Witness {
    let mut calls: Vec<WitnessCall> = history
        .iter()
        .map(|completed| WitnessCall {
            thread: completed.thread.min(threads) + 1,
            main: completed.thread >= threads,
            call: completed.call.to_string(),
            answer: completed.answer.to_string(),
            began: completed.began,
            ended: completed.ended,
        })
        .collect();
    calls.sort_by_key(|call| call.began);
    Witness::Calls { calls }
}

/// What a history that has no explanation shows, in the plainest words that fit it.
pub(super) fn explain(capacity: usize, history: &[Completed]) -> Fault {
    too_long(capacity, history)
        .or_else(|| twice(history))
        .or_else(|| refused_open(history))
        .or_else(|| ended_open(history))
        .or_else(|| joined_early(history))
        .or_else(|| too_many(history))
        .or_else(|| lost(history))
        .or_else(|| out_of_order(history))
        .unwrap_or_else(|| {
            Fault::wrong(
                "answers that no order of the calls can give",
                "answers as if the calls came one after the other",
            )
        })
}

/// The one thread of a round got a wrong answer.
pub(super) fn wrong_answer(state: &State, completed: &Completed) -> Fault {
    let Completed { call, answer, .. } = completed;
    let required = match state.clone().required_answer(call) {
        Some(required) => format!("`{call}` returns {required}"),
        None => format!("`{call}` waits"),
    };
    Fault::wrong(format!("`{call}` returned {answer}"), required)
}

/// The items that were pushed, and those that were popped, in the order of the history.
fn pushed(history: &[Completed]) -> impl Iterator<Item = (&Completed, u32)> {
    history.iter().filter_map(|completed| match (&completed.call, &completed.answer) {
        (Call::Push(item) | Call::TryPush(item), Answer::Done) => Some((completed, *item)),
        _ => None,
    })
}

fn popped(history: &[Completed]) -> impl Iterator<Item = (&Completed, u32)> {
    history.iter().filter_map(|completed| match completed.answer {
        Answer::Popped(Some(item)) | Answer::PoppedInTime(Some(item)) => Some((completed, item)),
        _ => None,
    })
}

fn too_long(capacity: usize, history: &[Completed]) -> Option<Fault> {
    let length = history.iter().find_map(|completed| match completed.answer {
        Answer::Length(length) if length > capacity => Some(length),
        _ => None,
    })?;
    Some(Fault::wrong(
        format!("the queue held {length} items, and its capacity is {capacity}"),
        format!("a queue of capacity {capacity} never holds more"),
    ))
}

fn twice(history: &[Completed]) -> Option<Fault> {
    let mut seen = BTreeSet::new();
    let (_, item) = popped(history).find(|(_, item)| !seen.insert(*item))?;
    Some(Fault::wrong(format!("the item {item} was popped twice"), "every item is popped once"))
}

fn refused_open(history: &[Completed]) -> Option<Fault> {
    let refused = history.iter().find(|completed| matches!(completed.answer, Answer::Closed(_)))?;
    let closed = history.iter().any(|completed| completed.call == Call::Close && completed.began < refused.ended);
    (!closed).then(|| {
        Fault::wrong(
            format!("`{}` was refused as closed, and nobody had closed the queue", refused.call),
            "an open queue takes items",
        )
    })
}

/// A queue that said it was closed when it was not.
fn ended_open(history: &[Completed]) -> Option<Fault> {
    let ended = history
        .iter()
        .find(|completed| matches!(completed.answer, Answer::Popped(None) | Answer::PoppedInTime(None)))?;
    let closed = history.iter().any(|completed| completed.call == Call::Close && completed.began < ended.ended);
    (!closed).then(|| {
        Fault::wrong(
            format!("`{}` returned {}, and nobody had closed the queue", ended.call, ended.answer),
            "whoever finds no item in an open queue waits for one",
        )
    })
}

/// A `join` that had returned before enough items were reported done.
fn joined_early(history: &[Completed]) -> Option<Fault> {
    history.iter().filter(|completed| completed.call == Call::Join).find_map(|join| {
        let due = pushed(history).filter(|(push, _)| push.ended < join.began).count();
        let done = history.iter().filter(|completed| {
            completed.call == Call::TaskDone && completed.answer == Answer::Done && completed.began < join.ended
        });
        let done = done.count();
        (done < due).then(|| {
            Fault::wrong(
                format!("`join` returned when {done} of {due} items had been reported done"),
                "`join` waits until every item is done",
            )
        })
    })
}

fn too_many(history: &[Completed]) -> Option<Fault> {
    let done = history.iter().filter(|completed| completed.call == Call::TaskDone && completed.answer == Answer::Done);
    let (done, due) = (done.count(), pushed(history).count());
    (done > due).then(|| {
        Fault::wrong(
            format!("{done} items could be reported done, and {due} had been pushed"),
            "one report too many is an error",
        )
    })
}

/// An item that was pushed, and is gone although a later look found nothing.
fn lost(history: &[Completed]) -> Option<Fault> {
    let got: BTreeSet<u32> = popped(history).map(|(_, item)| item).collect();
    let (push, item) = pushed(history).find(|(_, item)| !got.contains(item))?;
    let nothing = |answer: &Answer| {
        matches!(
            answer,
            Answer::Popped(None) | Answer::PoppedInTime(None) | Answer::TimedOut { .. } | Answer::Length(0)
        )
    };
    let look = history.iter().find(|completed| completed.began > push.ended && nothing(&completed.answer))?;
    Some(Fault::wrong(
        format!("the item {item} was pushed and never came out: a later `{}` returned {}", look.call, look.answer),
        "every item that is pushed can be popped",
    ))
}

/// Two items of one thread that came out the other way round.
fn out_of_order(history: &[Completed]) -> Option<Fault> {
    let taken: BTreeMap<u32, &Completed> = popped(history).map(|(completed, item)| (item, completed)).collect();
    let pushes: Vec<_> = pushed(history).collect();
    for (first, early) in &pushes {
        for (second, late) in &pushes {
            let (Some(one), Some(other)) = (taken.get(early), taken.get(late)) else { continue };
            if first.ended < second.began && other.ended < one.began {
                return Some(Fault::wrong(
                    format!("{early} was pushed before {late}, and popped after it"),
                    "first in, first out",
                ));
            }
        }
    }
    None
}
