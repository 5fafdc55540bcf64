//! The rounds of each check of exercise 3.
//!
//! Explored rounds are small: two or three threads with one or two calls each show nearly every mistake. Stressed rounds
//! repeat the same shapes with seeded calls and pauses, and add volume.

use protocol::counter::{Call, KeyedCall, Program, Work};

use super::{calls, flood, keyed_calls, transfers, work};
use crate::judge::{Effort, Plan, Round};
use crate::verdict::Lens;

use Call::{Add, Get, Increment, Reset, Total, Transfer, Update, UpdatePanics};

/// The rounds of a check under a lens.
pub(super) fn of(plan: &Plan<'_>) -> Vec<Round> {
    match plan.lens {
        Lens::Explore => explored(plan.check),
        Lens::Stress => stressed(plan),
        Lens::Timing => timed(plan.check),
        Lens::Chaos => Vec::new(),
    }
}

fn explored(check: &str) -> Vec<Round> {
    match check {
        "no-increment-is-lost" => vec![
            calls(program([0], [vec![Increment(0)], vec![Increment(0)]], [Get(0)])),
            calls(program([0], [vec![Increment(0); 2], vec![Increment(0); 2]], [Get(0)])),
        ],
        "any-mix-has-one-order" => vec![
            calls(program([0], [vec![Increment(0), Get(0)], vec![Add(0, 5)]], [Get(0)])),
            calls(program([7], [vec![Add(0, -3), Get(0)], vec![Increment(0), Get(0)]], [])),
            calls(program([0], [vec![Increment(0)], vec![Add(0, 5)], vec![Get(0), Get(0)]], [])),
            calls(program([2], [vec![Increment(0), Add(0, 5)], vec![Increment(0), Add(0, -3)]], [Get(0)])),
            calls(program([2], [vec![Reset(0), Update(0, 3)], vec![Increment(0), Add(0, 5)]], [Get(0)])),
            calls(program([2], [vec![Reset(0), Update(0, 3)], vec![Update(0, 4), Reset(0)]], [Get(0)])),
            calls(program([2], [vec![Reset(0), Update(0, 3)], vec![Get(0), Get(0)]], [])),
            calls(program([2], [vec![Get(0), Get(0)], vec![Get(0)]], [])),
        ],
        "reset-returns-what-it-cleared" => vec![
            // Not from zero, where what is cleared twice, or never, may look right.
            calls(program([3], [vec![Increment(0); 2], vec![Reset(0)]], [Get(0)])),
            calls(program([3], [vec![Reset(0)], vec![Reset(0)]], [Get(0)])),
        ],
        "overflow-changes-nothing" => vec![
            calls(program([i64::MAX - 1], [vec![Add(0, 1)], vec![Add(0, 1)]], [Get(0)])),
            calls(program([i64::MIN], [vec![Add(0, -1)], vec![Increment(0)]], [Get(0)])),
        ],
        "update-is-one-step" => vec![
            calls(program([1], [vec![Update(0, 3)], vec![Increment(0)]], [Get(0)])),
            calls(program([1], [vec![Update(0, 3)], vec![Update(0, 5)]], [Get(0)])),
        ],
        "a-panic-in-update-changes-nothing" => {
            vec![calls(program([4], [vec![UpdatePanics(0)], vec![Increment(0)]], [Get(0), Increment(0)]))]
        }
        "transfers-never-overdraw" => vec![
            calls(program([5, 0], [vec![Transfer(0, 1, 3)], vec![Transfer(0, 1, 3)]], [Get(0), Get(1)])),
            calls(program([5, 0], [vec![Transfer(0, 1, 4)], vec![Add(0, -4)]], [Get(0), Get(1)])),
            calls(program([5, 0], [vec![Transfer(0, 1, 4)], vec![Add(1, 2)]], [Get(0), Get(1)])),
        ],
        "transfers-never-deadlock" => vec![
            calls(program([9, 9], [vec![Transfer(0, 1, 1)], vec![Transfer(1, 0, 2)]], [Get(0), Get(1)])),
            calls(program(
                [9, 9, 9],
                [vec![Transfer(0, 1, 1)], vec![Transfer(1, 2, 1)], vec![Transfer(2, 0, 1)]],
                [Total(vec![0, 1, 2])],
            )),
        ],
        "total-sees-one-moment" => vec![
            calls(program([6, 1], [vec![Transfer(0, 1, 2)], vec![Total(vec![0, 1])]], [])),
            calls(program([6, 1], [vec![Transfer(1, 0, 1)], vec![Total(vec![0, 1])]], [])),
            calls(program([6, 1], [vec![Total(vec![0, 1])], vec![Total(vec![1, 0])]], [])),
            calls(program([6, 1], [vec![Transfer(0, 1, 2)], vec![Get(1), Get(0)]], [])),
            calls(program([6, 1], [vec![Transfer(0, 1, 2)], vec![Get(0), Get(1)]], [])),
            calls(program([6, 1], [vec![Add(0, 5), Add(1, -3)], vec![Total(vec![0, 1])]], [])),
            calls(program([6], [vec![Add(0, 1)], vec![Total(vec![0, 0])]], [])),
        ],
        "no-keyed-increment-is-lost" => vec![
            keyed_calls(keyed(
                [vec![keyed_increment(1)], vec![keyed_increment(1)]],
                [KeyedCall::Get(1), KeyedCall::Total],
            )),
            keyed_calls(keyed(
                [vec![keyed_increment(1); 2], vec![keyed_increment(1), keyed_increment(2)]],
                [KeyedCall::Snapshot],
            )),
            keyed_calls(keyed(
                [vec![keyed_increment(1), KeyedCall::Get(1)], vec![KeyedCall::Get(1), KeyedCall::Get(1)]],
                [KeyedCall::Snapshot],
            )),
        ],
        "snapshot-sees-one-moment" => vec![
            keyed_calls(keyed([vec![keyed_increment(1), keyed_increment(2)], vec![KeyedCall::Snapshot]], [])),
            keyed_calls(keyed([vec![keyed_increment(2), keyed_increment(1)], vec![KeyedCall::Snapshot]], [])),
            keyed_calls(keyed(
                [vec![keyed_increment(1), keyed_increment(2)], vec![KeyedCall::Total, KeyedCall::Total]],
                [],
            )),
            // Keys that are there already, whose counts change.
            keyed_calls(keyed([[1, 2, 1, 2].map(keyed_increment).into(), vec![KeyedCall::Snapshot]], [])),
            keyed_calls(keyed([vec![keyed_increment(1)], vec![KeyedCall::Get(1), KeyedCall::Total]], [])),
            keyed_calls(keyed(
                [vec![KeyedCall::Snapshot, KeyedCall::Total], vec![KeyedCall::Total, KeyedCall::Snapshot]],
                [],
            )),
        ],
        _ => Vec::new(),
    }
}

fn stressed(plan: &Plan<'_>) -> Vec<Round> {
    let mut rng = fastrand::Rng::with_seed(plan.seed);
    let rounds = match plan.effort {
        Effort::Quick => 40,
        Effort::Full => 400,
    };
    match plan.check {
        "each-call-does-its-own-job" => alone(&mut rng, rounds / 4),
        "no-increment-is-lost" => {
            let increments = [500, 5_000, 50_000];
            (0..rounds / 10).map(|round| flood(2 + round % 3, increments[round % 3])).collect()
        }
        "overflow-changes-nothing" => overflows(),
        "transfer-to-itself-changes-nothing" => itself(),
        "transfers-never-deadlock" => (0..rounds / 10).map(|_| busy_transfers(&mut rng)).collect(),
        "a-panic-in-update-changes-nothing" => {
            let sequence = vec![UpdatePanics(0), Get(0), Increment(0), UpdatePanics(0), Update(0, 1), Reset(0), Get(0)];
            vec![calls(program([4], [sequence], []))]
        }
        "total-sees-one-moment" => {
            let mut planned =
                vec![calls(program([3, 4], [vec![Total(vec![]), Total(vec![0, 0]), Total(vec![1, 0, 1])]], []))];
            planned.extend((0..rounds).map(|_| shaken(&mut rng, plan.check)));
            planned
        }
        "no-keyed-increment-is-lost" | "snapshot-sees-one-moment" => {
            (0..rounds).map(|_| shaken_keyed(&mut rng, plan.check)).collect()
        }
        _ => (0..rounds).map(|_| shaken(&mut rng, plan.check)).collect(),
    }
}

/// The simplest calls, one thread, one counter after the other.
fn alone(rng: &mut fastrand::Rng, rounds: usize) -> Vec<Round> {
    let first = vec![Get(0), Increment(0), Add(0, 5), Get(0), Update(0, 1), Reset(0), Get(0), Increment(0)];
    let mut planned = vec![
        calls(program([0], [first], [])),
        calls(program([-3], [vec![Increment(0); 5]], [Get(0)])),
        calls(program(
            [10, 4],
            [vec![Transfer(0, 1, 6), Get(0), Get(1), Transfer(0, 1, 5), Transfer(1, 0, -1), Total(vec![0, 1])]],
            [],
        )),
        keyed_calls(keyed(
            [vec![
                KeyedCall::Get(7),
                keyed_increment(7),
                keyed_increment(7),
                keyed_increment(2),
                KeyedCall::Get(7),
                KeyedCall::Snapshot,
                KeyedCall::Total,
            ]],
            [],
        )),
    ];
    planned.extend((0..rounds).map(|_| {
        let sequence = (0..12).map(|_| any_call(rng, 2)).collect();
        calls(program([rng.i64(-50..50), rng.i64(0..50)], [sequence], []))
    }));
    planned
}

fn overflows() -> Vec<Round> {
    vec![
        calls(program([i64::MAX - 1], [vec![Add(0, 1), Add(0, 1), Get(0), Increment(0), Get(0), Add(0, -1)]], [])),
        calls(program([i64::MIN + 1], [vec![Add(0, -1), Add(0, -1), Get(0), Add(0, i64::MAX), Get(0)]], [])),
        calls(program([-5], [vec![Add(0, i64::MIN), Get(0), Add(0, i64::MAX), Get(0)]], [])),
        calls(program(
            [9, i64::MAX - 2],
            [vec![Transfer(0, 1, 3), Get(0), Get(1), Transfer(0, 1, 2), Get(0), Get(1)]],
            [],
        )),
        calls(program([i64::MAX, i64::MAX], [vec![Total(vec![0, 1])]], [])),
        // Of several reasons the first that applies.
        calls(program([-5, i64::MAX], [vec![Transfer(0, 1, -1), Transfer(0, 1, 1), Get(0), Get(1)]], [])),
    ]
}

fn itself() -> Vec<Round> {
    vec![
        calls(program([8], [vec![Transfer(0, 0, 3), Get(0), Transfer(0, 0, 0), Get(0)]], [])),
        calls(program([8], [vec![Transfer(0, 0, 9), Get(0), Transfer(0, 0, -1), Get(0)]], [])),
    ]
}

/// Many transfers back and forth between a few counters, and a last look at everything.
fn busy_transfers(rng: &mut fastrand::Rng) -> Round {
    let everything = Total(vec![0, 1, 2]);
    let mut threads = Vec::new();
    for _ in 0..4 {
        let mut any = || {
            let from = rng.usize(0..3);
            Transfer(from, (from + rng.usize(1..3)) % 3, rng.i64(0..4))
        };
        threads.push((0..500).map(|_| any()).collect());
    }
    let starts = vec![100, 100, 100];
    transfers(Program { starts, threads, after: vec![everything, Get(0), Get(1), Get(2)], stir: None })
}

/// A small round of random calls, whose threads have the roles that the check is about.
///
/// Calls that two roles make at the same time are made at the same time in an explored round of the check too. What
/// stress finds by luck, exploring has then found for certain, and the verdict is the same on every run.
fn shaken(rng: &mut fastrand::Rng, check: &str) -> Round {
    let counters = if check.contains("transfer") || check.contains("total") { 2 } else { 1 };
    let threads = rng.usize(2..4);
    let mut role = |thread: usize| (0..rng.usize(1..4)).map(|_| call_for(rng, check, thread == 0)).collect();
    let threads = (0..threads).map(&mut role).collect();
    let starts = (0..counters).map(|_| rng.i64(0..10)).collect();
    let after = (0..counters).map(Get).collect();
    calls(Program { starts, threads, after, stir: Some(rng.u64(..)) })
}

/// A call of a role. The first thread has the role of what only one thread does, since two of them at the same time are
/// the matter of another check.
fn call_for(rng: &mut fastrand::Rng, check: &str, first: bool) -> Call {
    match check {
        "any-mix-has-one-order" => any_call(rng, 1),
        "reset-returns-what-it-cleared" if !first => Reset(0),
        "update-is-one-step" if !first => Update(0, rng.i64(0..5)),
        "transfers-never-overdraw" if first => Add(rng.usize(0..2), rng.i64(-2..3)),
        "transfers-never-overdraw" => Transfer(0, 1, rng.i64(0..8)),
        "total-sees-one-moment" if first => either_way(rng, 4),
        "total-sees-one-moment" => Total(if rng.bool() { vec![0, 1] } else { vec![1, 0] }),
        _ => Increment(0),
    }
}

fn either_way(rng: &mut fastrand::Rng, most: i64) -> Call {
    let from = rng.usize(0..2);
    Transfer(from, 1 - from, rng.i64(0..most))
}

fn any_call(rng: &mut fastrand::Rng, counters: usize) -> Call {
    let index = rng.usize(0..counters);
    match rng.u8(0..7) {
        0 | 1 => Increment(index),
        2 => Add(index, rng.i64(-9..10)),
        3 => Get(index),
        4 => Reset(index),
        5 => Update(index, rng.i64(0..5)),
        _ if counters > 1 => Transfer(index, (index + 1) % counters, rng.i64(0..9)),
        _ => Get(index),
    }
}

/// The same on a keyed counter.
fn shaken_keyed(rng: &mut fastrand::Rng, check: &str) -> Round {
    let looks = |rng: &mut fastrand::Rng| if rng.bool() { KeyedCall::Snapshot } else { KeyedCall::Total };
    let one = |rng: &mut fastrand::Rng, first: bool| match check {
        "snapshot-sees-one-moment" if !first => looks(rng),
        "no-keyed-increment-is-lost" if rng.u8(0..4) == 0 => KeyedCall::Get(rng.u32(0..2)),
        _ => keyed_increment(rng.u32(0..2)),
    };
    let threads = rng.usize(2..4);
    let threads = (0..threads).map(|thread| (0..rng.usize(1..4)).map(|_| one(rng, thread == 0)).collect()).collect();
    keyed_calls(Program { starts: vec![], threads, after: vec![KeyedCall::Snapshot], stir: Some(rng.u64(..)) })
}

fn timed(check: &str) -> Vec<Round> {
    match check {
        "contended-throughput" => vec![work(Work { writers: 2, readers: 0, calls: 165_000, private: 300 })],
        "uncontended-cost" => vec![work(Work { writers: 1, readers: 0, calls: 7_800_000, private: 10 })],
        "readers-beside-writers" => vec![work(Work { writers: 1, readers: 1, calls: 165_000, private: 300 })],
        _ => Vec::new(),
    }
}

fn program<const S: usize, const T: usize, const A: usize>(
    starts: [i64; S],
    threads: [Vec<Call>; T],
    after: [Call; A],
) -> Program<Call> {
    Program { starts: starts.into(), threads: threads.into(), after: after.into(), stir: None }
}

fn keyed<const T: usize, const A: usize>(threads: [Vec<KeyedCall>; T], after: [KeyedCall; A]) -> Program<KeyedCall> {
    Program { starts: Vec::new(), threads: threads.into(), after: after.into(), stir: None }
}

fn keyed_increment(key: u32) -> KeyedCall {
    KeyedCall::Increment(key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use protocol::counter::Order;

    use super::*;

    /// The calls that different threads of the rounds make at the same time, as pairs of the calls' words.
    fn side_by_side(rounds: &[Round]) -> BTreeSet<[String; 2]> {
        let mut pairs = BTreeSet::new();
        for round in rounds {
            let threads: Vec<Vec<String>> = match serde_json::from_str(round.order.get()).expect("an order") {
                Order::Calls(program) => names(&program.threads),
                Order::KeyedCalls(program) => names(&program.threads),
                Order::Flood { threads, .. } => vec![vec!["Increment".to_owned()]; threads],
                Order::Work(_) => Vec::new(),
            };
            for (at, one) in threads.iter().enumerate() {
                for other in &threads[at + 1..] {
                    for pair in one.iter().flat_map(|one| other.iter().map(move |other| [one.clone(), other.clone()])) {
                        let mut pair = pair;
                        pair.sort();
                        pairs.insert(pair);
                    }
                }
            }
        }
        pairs
    }

    fn names<C: std::fmt::Debug>(threads: &[Vec<C>]) -> Vec<Vec<String>> {
        let name = |call: &C| format!("{call:?}").split('(').next().unwrap_or_default().to_owned();
        threads.iter().map(|calls| calls.iter().map(name).collect()).collect()
    }

    #[test]
    fn what_stress_runs_side_by_side_is_explored() {
        let checks = [
            "no-increment-is-lost",
            "any-mix-has-one-order",
            "reset-returns-what-it-cleared",
            "update-is-one-step",
            "transfers-never-overdraw",
            "total-sees-one-moment",
            "no-keyed-increment-is-lost",
            "snapshot-sees-one-moment",
        ];
        for check in checks {
            let plan = |lens, seed| Plan { check, lens, seed, effort: Effort::Full };
            let explored = side_by_side(&of(&plan(Lens::Explore, 0)));
            let stressed = side_by_side(&of(&plan(Lens::Stress, 7)));
            assert!(!stressed.is_empty(), "{check}: nothing is stressed");
            let by_luck: Vec<_> = stressed.difference(&explored).collect();
            assert!(by_luck.is_empty(), "{check}: found by luck only: {by_luck:?}");
        }
    }
}
