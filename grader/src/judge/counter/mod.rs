//! The oracle of exercise 3: the thread-safe counter.

mod rounds;
mod specification;
mod wording;

use std::collections::BTreeMap;

use protocol::counter::{Answer, Call, Completed, KeyedCall, Observation, Order, Program, Say, Work};

use self::specification::{Counters, Keyed, required_answer};
use self::wording::say_required;
use crate::judge::linearizability::is_linearizable;
use crate::judge::{Fault, Judge, Plan, Round};
use crate::verdict::{Reason, Repeats};

/// The oracle of exercise 3.
pub(super) struct CounterJudge;

impl Judge for CounterJudge {
    fn rounds(&self, plan: &Plan<'_>) -> Vec<Round> {
        rounds::of(plan)
    }
}

/// A round whose history must have an order that explains it.
fn calls(program: Program<Call>) -> Round {
    let repeats = if program.threads.len() > 1 { Repeats::Roughly } else { Repeats::Exactly };
    Round::new(&Order::Calls(program.clone()), repeats, move |observation| match observation {
        Observation::Calls(history) => judge_calls(&program, &history),
        _ => Some(unasked()),
    })
}

/// A round that is too long to search for an order: nothing may be lost or made, and every call must return well.
fn transfers(program: Program<Call>) -> Round {
    Round::new(&Order::Calls(program.clone()), Repeats::Roughly, move |observation| match observation {
        Observation::Calls(history) => judge_transfers(&program, &history),
        _ => Some(unasked()),
    })
}

/// The same for a keyed counter.
fn keyed_calls(program: Program<KeyedCall>) -> Round {
    let repeats = if program.threads.len() > 1 { Repeats::Roughly } else { Repeats::Exactly };
    let threads = program.threads.len();
    Round::new(&Order::KeyedCalls(program), repeats, move |observation| match observation {
        Observation::KeyedCalls(history) => judge_keyed_calls(threads, &history),
        _ => Some(unasked()),
    })
}

/// A round of nothing but increments.
fn flood(threads: usize, increments: usize) -> Round {
    Round::new(&Order::Flood { threads, increments }, Repeats::Roughly, move |observation| match observation {
        Observation::Flood { tickets, value } => judge_flood(&tickets, value),
        _ => Some(unasked()),
    })
}

/// Work to be timed; the increments must all have counted.
fn work(work: Work) -> Round {
    let due = i64::try_from(work.writers * work.calls).unwrap_or(i64::MAX);
    Round::new(&Order::Work(work), Repeats::Roughly, move |observation| match observation {
        Observation::Worked(value) => (value != due)
            .then(|| Fault::wrong(format!("the timed run counted to {value}"), format!("it counts to {due}"))),
        _ => Some(unasked()),
    })
}

/// An observation of another kind than the order asked for; only a forged driver would send one.
fn unasked() -> Fault {
    Fault { reason: Reason::Tampered, ..Fault::wrong("a record of another round", "a record of this round") }
}

fn judge_calls(program: &Program<Call>, history: &[Completed<Call>]) -> Option<Fault> {
    let counters = program.starts.len();
    if program.threads.len() <= 1 {
        return judge_sequence(program, history);
    }
    if is_linearizable::<Counters>(program.starts.clone(), history) {
        return None;
    }
    let fault = unmeant_panic(counters, history).unwrap_or_else(|| wording::explain(program, history));
    Some(fault.with_witness(wording::witness((counters, program.threads.len()), history)))
}

/// One thread: there is one order, and the first wrong answer is the fault.
fn judge_sequence(program: &Program<Call>, history: &[Completed<Call>]) -> Option<Fault> {
    let counters = program.starts.len();
    let mut values = program.starts.clone();
    for (at, completed) in history.iter().enumerate() {
        let required = required_answer(&mut values, &completed.call);
        if required.allows(&completed.answer) {
            continue;
        }
        let call = completed.call.say(counters);
        let fault = unmeant_panic(counters, &history[at..=at]).unwrap_or_else(|| {
            Fault::wrong(
                format!("`{call}` returned {}", completed.answer),
                format!("`{call}` returns {}", say_required(&required)),
            )
        });
        return Some(fault.with_witness(wording::witness((counters, program.threads.len()), &history[..=at])));
    }
    None
}

fn judge_transfers(program: &Program<Call>, history: &[Completed<Call>]) -> Option<Fault> {
    let counters = program.starts.len();
    let last: Vec<_> = history.iter().filter(|completed| completed.thread == program.threads.len()).cloned().collect();
    unmeant_panic(counters, history)
        .or_else(|| wording::lost_money(program, history))
        .map(|fault| fault.with_witness(wording::witness((counters, program.threads.len()), &last)))
}

fn judge_keyed_calls(threads: usize, history: &[Completed<KeyedCall>]) -> Option<Fault> {
    if is_linearizable::<Keyed>(BTreeMap::new(), history) {
        return None;
    }
    let fault = unmeant_panic(1, history).unwrap_or_else(|| wording::explain_keyed(history));
    Some(fault.with_witness(wording::witness((1, threads), history)))
}

fn judge_flood(tickets: &[Vec<i64>], value: i64) -> Option<Fault> {
    let mut sorted = tickets.concat();
    sorted.sort_unstable();
    let count = sorted.len();
    if let Some([twice, ..]) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        let distinct = 1 + sorted.windows(2).filter(|pair| pair[0] != pair[1]).count();
        return Some(Fault::wrong(
            format!("{count} increments returned {distinct} different tickets; {twice} came twice"),
            "every increment returns its own ticket",
        ));
    }
    if let Some((due, ticket)) = (1..).zip(&sorted).find(|(due, ticket)| due != *ticket) {
        return Some(Fault::wrong(
            format!("no increment returned {due}; the next ticket is {ticket}"),
            format!("{count} increments return the tickets 1 to {count}"),
        ));
    }
    let due = i64::try_from(count).unwrap_or(i64::MAX);
    (value != due)
        .then(|| Fault::wrong(format!("the counter ends at {value}"), format!("{count} increments leave {due}")))
}

/// The first panic that no call asked for.
fn unmeant_panic<C: Say>(counters: usize, history: &[Completed<C>]) -> Option<Fault> {
    history.iter().find_map(|completed| match &completed.answer {
        Answer::Panicked(panic) if panic.message != protocol::counter::ON_PURPOSE => {
            Some(Fault::panicked(&format!("`{}`", completed.call.say(counters)), panic))
        }
        _ => None,
    })
}
