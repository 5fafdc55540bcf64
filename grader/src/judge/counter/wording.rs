//! How the calls and histories of exercise 3 are put into words.

use std::collections::BTreeSet;

use protocol::counter::{Answer, Call, Completed, KeyedCall, Program, Say, letter};

use super::specification::Required;
use crate::judge::Fault;
use crate::verdict::{Witness, WitnessCall};

/// A required answer as a student would write it.
pub(super) fn say_required(required: &Required) -> String {
    match required {
        Required::Answer(answer) => answer.to_string(),
        Required::PanicOnPurpose => "the closure's panic".to_owned(),
        Required::Panic => "a panic".to_owned(),
    }
}

/// The history for people. `threads` is the number of threads besides the main one, which has the number after theirs.
pub(super) fn witness<C: Say>((counters, threads): (usize, usize), history: &[Completed<C>]) -> Witness {
    let mut calls: Vec<WitnessCall> = history
        .iter()
        .map(|completed| WitnessCall {
            thread: completed.thread + 1,
            main: completed.thread >= threads,
            call: completed.call.say(counters),
            answer: completed.answer.to_string(),
            began: completed.began,
            ended: completed.ended,
        })
        .collect();
    calls.sort_by_key(|call| call.began);
    Witness::Calls { calls }
}

/// What a history that has no explanation shows, in the plainest words that fit it.
pub(super) fn explain(program: &Program<Call>, history: &[Completed<Call>]) -> Fault {
    lost_increments(program, history)
        .or_else(|| lost_by_reset(program, history))
        .or_else(|| money(program, history))
        .unwrap_or_else(no_order)
}

/// For calls that have no plainer story.
pub(super) fn no_order() -> Fault {
    Fault::wrong("answers that no order of the calls can give", "answers as if the calls came one after the other")
}

/// Nothing but increments, and a last look.
fn lost_increments(program: &Program<Call>, history: &[Completed<Call>]) -> Option<Fault> {
    let mut tickets = Vec::new();
    let mut last = None;
    for completed in history {
        match (&completed.call, &completed.answer) {
            (Call::Increment(0), Answer::Value(ticket)) => tickets.push(*ticket),
            (Call::Get(0), Answer::Value(value)) if completed.thread == program.threads.len() => last = Some(*value),
            _ => return None,
        }
    }
    tickets.sort_unstable();
    let count = tickets.len();
    if let Some(twice) = tickets.windows(2).find(|pair| pair[0] == pair[1]) {
        let ticket = twice[0];
        return Some(Fault::wrong(
            format!("two increments returned {ticket}"),
            "every increment returns its own ticket",
        ));
    }
    let due = program.starts[0] + i64::try_from(count).ok()?;
    let last = last.filter(|value| *value != due)?;
    Some(Fault::wrong(
        format!("{count} increments left the counter at {last}"),
        format!("{count} increments leave {due}"),
    ))
}

/// Nothing but increments and resets, and a last look.
fn lost_by_reset(program: &Program<Call>, history: &[Completed<Call>]) -> Option<Fault> {
    let (mut increments, mut cleared, mut last) = (0, 0, None);
    for completed in history {
        match (&completed.call, &completed.answer) {
            (Call::Increment(0), Answer::Value(_)) => increments += 1,
            (Call::Reset(0), Answer::Value(value)) => cleared += value,
            (Call::Get(0), Answer::Value(value)) if completed.thread == program.threads.len() => last = Some(*value),
            _ => return None,
        }
    }
    let due = program.starts[0] + increments;
    let last = last.filter(|value| cleared + value != due)?;
    Some(Fault::wrong(
        format!("the resets cleared {cleared} and {last} is left: together {}", cleared + last),
        format!("what was cleared and what is left add up to {due}"),
    ))
}

/// Nothing but transfers and looks.
fn money(program: &Program<Call>, history: &[Completed<Call>]) -> Option<Fault> {
    let movements = |call: &Call| matches!(call, Call::Transfer(..) | Call::Total(_) | Call::Get(_));
    if !history.iter().all(|completed| movements(&completed.call)) {
        return None;
    }
    let overdrawn = history.iter().find_map(|completed| match (&completed.call, &completed.answer) {
        (Call::Get(index), Answer::Value(value)) if *value < 0 => Some((letter(*index), *value)),
        _ => None,
    });
    if let Some((counter, value)) = overdrawn {
        return Some(Fault::wrong(
            format!("transfers overdrew counter {counter} to {value}"),
            "a transfer that would overdraw is refused",
        ));
    }
    let all: i128 = program.starts.iter().copied().map(i128::from).sum();
    let everything = |indices: &[usize]| (0..program.starts.len()).all(|index| indices.contains(&index));
    history.iter().find_map(|completed| match (&completed.call, &completed.answer) {
        (Call::Total(indices), Answer::Sum(sum)) if everything(indices) && *sum != all => Some(Fault::wrong(
            format!("`total` saw {sum}, while {all} was there at every moment"),
            format!("`total` is {all} whatever is being moved"),
        )),
        _ => None,
    })
}

/// What transfers alone have lost or made, by the last look at everything.
pub(super) fn lost_money(program: &Program<Call>, history: &[Completed<Call>]) -> Option<Fault> {
    let last: Vec<_> = history.iter().filter(|completed| completed.thread == program.threads.len()).cloned().collect();
    money(program, &last).or_else(|| {
        let all: i64 = program.starts.iter().sum();
        let left: i64 = last
            .iter()
            .filter_map(|completed| match (&completed.call, &completed.answer) {
                (Call::Get(_), Answer::Value(value)) => Some(*value),
                _ => None,
            })
            .sum();
        (left != all).then(|| {
            Fault::wrong(format!("transfers turned {all} into {left}"), format!("transfers leave {all} in all"))
        })
    })
}

/// What a history of a keyed counter that has no explanation shows.
pub(super) fn explain_keyed(history: &[Completed<KeyedCall>]) -> Fault {
    let mut counts = BTreeSet::new();
    let mut twice = None;
    for completed in history {
        if let (KeyedCall::Increment(key), Answer::Count(count)) = (&completed.call, &completed.answer)
            && !counts.insert((*key, *count))
        {
            twice.get_or_insert((*key, *count));
        }
    }
    match twice {
        Some((key, count)) => Fault::wrong(
            format!("two increments of the key {key} returned {count}"),
            "every increment of a key returns its own count",
        ),
        None => no_order(),
    }
}
