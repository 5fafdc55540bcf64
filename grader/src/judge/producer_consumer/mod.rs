//! The oracle of exercise 5: producer and consumer.

mod pipeline;
mod rounds;
mod specification;
mod wording;

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::producer_consumer::{Answer, Call, Completed, Flood, Observation, Order, Pipeline, Program, Wait, Work};

use self::specification::{BoundedQueue, Rules, State};
use crate::judge::linearizability::{Specification, is_linearizable};
use crate::judge::{Fault, Judge, Plan, Round};
use crate::sandbox::Source;
use crate::verdict::{Reason, Repeats};

/// The oracle of exercise 5.
pub(super) struct ProducerConsumerJudge;

impl Judge for ProducerConsumerJudge {
    fn rounds(&self, plan: &Plan<'_>) -> Vec<Round> {
        rounds::of(plan)
    }
}

/// The most steps of a thread that waits, woken without cause a few times on the way.
const MOST_STEPS: u64 = 100;
/// The most that a time-out may be late on an exact clock, unless its limit is nothing: then there is nothing to wait for.
const LATE: Duration = Duration::from_millis(1);

/// Only what every round is judged by.
const NO_MORE: Rules = Rules { order: false, capacity: false };

/// What the time of a call is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    /// Time passes, for whatever reason: a time-out may come late, but not early.
    Running,
    /// Time passes only while everybody waits.
    Exact,
}

/// A round whose history must have an order that explains it.
fn calls(rules: Rules, program: Program) -> Round {
    let repeats = if program.threads.len() > 1 { Repeats::Roughly } else { Repeats::Exactly };
    Round::new(&Order::Calls(program.clone()), repeats, move |observation| match observation {
        Observation::Calls(history) => judge_calls(rules, Clock::Running, &program, &history),
        _ => Some(unasked()),
    })
}

/// The same on the virtual clock, undisturbed: nothing takes any time there, so no time-out is late.
fn clocked(program: Program) -> Round {
    let round = Round::new(&Order::Calls(program.clone()), Repeats::Exactly, move |observation| match observation {
        Observation::Calls(history) => judge_calls(NO_MORE, Clock::Exact, &program, &history),
        _ => Some(unasked()),
    });
    round.undisturbed()
}

/// Threads that wait; under a model their steps are counted.
fn wait(wait: Wait) -> Round {
    Round::new(&Order::Wait(wait.clone()), Repeats::Roughly, move |observation| match observation {
        Observation::Waited { history, steps } => judge_wait(&wait, &history, steps),
        _ => Some(unasked()),
    })
}

/// Threads that wait in a process of their own, whose processor time says whether they did.
fn idle(round: Wait, most: Duration) -> Round {
    let threads = round.waiting.len();
    wait(round).alone(move |usage| {
        let used = usage.cpu.value;
        (usage.cpu.source != Source::Unavailable && used > most).then(|| {
            Fault::wrong(
                format!(
                    "{threads} threads that had nothing to do but wait took {} ms of processor time",
                    used.as_millis()
                ),
                format!("they sleep until they are woken, and take less than {} ms", most.as_millis()),
            )
        })
    })
}

/// A round of nothing but items.
fn flood(rules: Rules, flood: Flood) -> Round {
    Round::new(&Order::Flood(flood), Repeats::Roughly, move |observation| match observation {
        Observation::Flooded { pushed, popped, left } => judge_flood(rules, &pushed, &popped, &left),
        _ => Some(unasked()),
    })
}

/// A pipeline.
fn piped(pipeline: Pipeline) -> Round {
    Round::new(&Order::Pipeline(pipeline.clone()), Repeats::Roughly, move |observation| match observation {
        Observation::Piped(piped) => pipeline::judge(&pipeline, &piped),
        _ => Some(unasked()),
    })
}

/// Work to be timed; every item must have come through.
fn work(work: Work) -> Round {
    let items = work.items as u64;
    counted(&Order::Work(work), work.producers as u64 * (items * items.saturating_sub(1) / 2))
}

/// Round trips to be timed.
fn round_trips(trips: u32) -> Round {
    counted(&Order::RoundTrips(trips), u64::from(trips))
}

fn counted(order: &Order, due: u64) -> Round {
    Round::new(order, Repeats::Roughly, move |observation| match observation {
        Observation::Worked(sum) => (sum != due).then(|| {
            Fault::wrong(format!("the items of the timed run add up to {sum}"), format!("they add up to {due}"))
        }),
        _ => Some(unasked()),
    })
}

/// An observation of another kind than the order asked for; only a forged driver would send one.
fn unasked() -> Fault {
    Fault { reason: Reason::Tampered, ..Fault::wrong("a record of another round", "a record of this round") }
}

fn judge_calls(rules: Rules, clock: Clock, program: &Program, history: &[Completed]) -> Option<Fault> {
    let threads = program.threads.len();
    let fault = if threads <= 1 {
        let (fault, until) = judge_sequence(rules, program.capacity, history)?;
        return Some(fault.with_witness(wording::witness(threads, &history[..=until])));
    } else if let Some(fault) = panicked(history) {
        fault
    } else if !is_linearizable::<BoundedQueue>(State::new(rules, program.capacity), history) {
        wording::explain(program.capacity, history)
    } else {
        mistimed(clock, history)?
    };
    Some(fault.with_witness(wording::witness(threads, history)))
}

/// One thread: there is one order, and the first wrong answer is the fault. Its place in the history comes with it.
fn judge_sequence(rules: Rules, capacity: usize, history: &[Completed]) -> Option<(Fault, usize)> {
    let mut state = State::new(rules, capacity);
    for (at, completed) in history.iter().enumerate() {
        let before = state.clone();
        if BoundedQueue::step(&mut state, &completed.call, &completed.answer) {
            if let Some(fault) = mistimed(Clock::Running, &history[at..=at]) {
                return Some((fault, at));
            }
            continue;
        }
        let fault = panicked(&history[at..=at]).unwrap_or_else(|| wording::wrong_answer(&before, completed));
        return Some((fault, at));
    }
    None
}

/// The first call that panicked; none may.
fn panicked(history: &[Completed]) -> Option<Fault> {
    history.iter().find_map(|completed| match &completed.answer {
        Answer::Panicked(panic) => Some(Fault::panicked(&format!("`{}`", completed.call), panic)),
        _ => None,
    })
}

/// A time-out that came too early, or, on an exact clock, too late.
fn mistimed(clock: Clock, history: &[Completed]) -> Option<Fault> {
    history.iter().find_map(|completed| {
        let (Call::PopTimeout(limit_ms), Answer::TimedOut { waited_us }) = (&completed.call, &completed.answer) else {
            return None;
        };
        let (limit, waited) = (Duration::from_millis(*limit_ms), Duration::from_micros(*waited_us));
        let late = clock == Clock::Exact && !waited.is_zero() && (limit.is_zero() || waited > limit + LATE);
        // Microseconds are rounded down.
        (waited + Duration::from_micros(1) < limit || late).then(|| {
            Fault::wrong(
                format!("`{}` timed out after {} ms", completed.call, waited.as_millis()),
                format!("it times out after {limit_ms} ms, however often it is woken in between"),
            )
        })
    })
}

fn judge_wait(wait: &Wait, history: &[Completed], steps: u64) -> Option<Fault> {
    let threads = wait.waiting.len();
    let fault = if let Some(fault) = panicked(history) {
        fault
    } else if !is_linearizable::<BoundedQueue>(State::new(NO_MORE, wait.capacity), history) {
        wording::explain(wait.capacity, history)
    } else if steps > MOST_STEPS {
        Fault {
            reason: Reason::Livelock,
            ..Fault::wrong(
                format!("a thread took {steps} steps while it had nothing to do but wait"),
                "a thread that waits sleeps until it is woken, and takes no steps",
            )
        }
    } else {
        return None;
    };
    Some(fault.with_witness(wording::witness(threads, history)))
}

fn judge_flood(rules: Rules, pushed: &[u32], popped: &[Vec<u32>], left: &[u32]) -> Option<Fault> {
    if let Some(overtaken) = popped.iter().find_map(|items| overtaken(items)).filter(|_| rules.order) {
        return Some(overtaken);
    }
    if rules.order && !left.is_empty() {
        return Some(Fault::wrong(
            format!("{} items were still in the queue when one that was pushed after them had come out", left.len()),
            "the items of a producer leave in its order",
        ));
    }
    let mut numbers: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (producer, number) in popped.iter().flatten().chain(left).map(|item| Flood::origin(*item)) {
        numbers.entry(producer).or_default().push(number);
    }
    for (producer, pushed) in (0..).zip(pushed) {
        let mut numbers = numbers.remove(&producer).unwrap_or_default();
        numbers.sort_unstable();
        if let Some([twice, ..]) = numbers.windows(2).find(|pair| pair[0] == pair[1]) {
            return Some(Fault::wrong(
                format!("the item {twice} of a producer was popped twice"),
                "every item is popped once",
            ));
        }
        if numbers.len() != *pushed as usize {
            return Some(Fault::wrong(
                format!("{pushed} items were pushed, and {} of them came out", numbers.len()),
                "every item that is pushed can be popped",
            ));
        }
    }
    None
}

/// Whether one consumer got an item of a producer after a younger one.
fn overtaken(items: &[u32]) -> Option<Fault> {
    let mut last: BTreeMap<u32, u32> = BTreeMap::new();
    items.iter().map(|item| Flood::origin(*item)).find_map(|(producer, number)| {
        let before = last.insert(producer, number).filter(|before| *before > number)?;
        Some(Fault::wrong(
            format!("a consumer got the item {number} of a producer after its item {before}"),
            "the items of a producer leave in its order",
        ))
    })
}
