//! The rounds of each check of exercise 5.
//!
//! A check plans calls of its own kind only: one that is not about closing closes nothing, and each thread of it pops as
//! often as the others push. So a mistake shows where it belongs. Every round ends for a right queue, however its threads
//! interleave; for a wrong one, a call that never returns is what shows the mistake.

use std::time::Duration;

use protocol::producer_consumer::{Call, Flood, Meeting, Pipeline, Producer, Program, Then, Wait, Work};

use super::specification::Rules;
use super::{calls, clocked, flood, idle, piped, round_trips, wait, work};
use crate::judge::{Effort, Plan, Round};
use crate::verdict::Lens;

use Call::{Close, Join, Len, Pop, PopPatiently, PopTimeout, Push, PutBack, Sleep, TaskDone, TryPush};

/// A capacity that no round fills.
const ROOMY: usize = 1 << 20;
/// An hour of virtual time: as good as for ever, for whoever looks every now and then.
const HOUR_MS: u64 = 3_600_000;

/// The rounds of a check under a lens.
pub(super) fn of(plan: &Plan<'_>) -> Vec<Round> {
    match plan.lens {
        Lens::Explore => match plan.check {
            "waiting-costs-nothing" => waiting(),
            check if check.starts_with("pipeline") => pipelines(check).into_iter().map(piped).collect(),
            check => {
                let mut rounds: Vec<_> = shapes(check).into_iter().map(|shape| calls(rules(check), shape)).collect();
                if check == "a-time-out-loses-nothing" {
                    rounds.extend(on_the_clock());
                }
                rounds
            }
        },
        Lens::Stress => stressed(plan),
        Lens::Timing => timed(plan.check),
        Lens::Chaos => Vec::new(),
    }
}

/// What the rounds of a check are judged by.
fn rules(check: &str) -> Rules {
    match check {
        "each-call-does-its-own-job" => Rules::ALL,
        check => {
            Rules { order: check == "each-producers-order-is-kept", capacity: check == "capacity-is-kept-and-reached" }
        }
    }
}

/// The small programs of a check: explored, and repeated under stress.
fn shapes(check: &str) -> Vec<Program> {
    match check {
        "every-item-comes-out-once" => vec![
            program(2, [], [vec![Push(1), Push(2)], vec![Pop, Pop]], [Len]),
            program(2, [Push(1), Push(2)], [vec![Pop], vec![Pop]], [Len]),
            program(3, [], [vec![Push(1)], vec![TryPush(2)], vec![Push(3)]], [Pop, Pop, Pop, Len]),
        ],
        "each-producers-order-is-kept" => vec![
            program(3, [], [vec![Push(1), Push(2), Push(3)], vec![Pop, Pop, Pop]], [Len]),
            program(4, [], [vec![Push(1), Push(2)], vec![Push(11), Push(12)]], [Pop, Pop, Pop, Pop]),
            program(2, [Push(1), Push(2)], [vec![Pop, Pop], vec![Push(3)]], [Pop]),
        ],
        "capacity-is-kept-and-reached" => vec![
            program(1, [], [vec![TryPush(1)], vec![TryPush(2)]], [Len, Pop, TryPush(3)]),
            program(1, [Push(9)], [vec![Push(1)], vec![Pop, TryPush(2), Len, Pop]], [Len]),
            program(2, [Push(8), Push(9)], [vec![Push(1), Len], vec![Pop, Len]], [TryPush(2), Len]),
            program(1, [Push(9)], [vec![Push(1)], vec![Close]], [Len]),
            program(1, [Push(9)], [vec![Push(1)], vec![Close, Pop]], [Len]),
            program(1, [Push(9)], [vec![Pop], vec![Len, TryPush(1)]], [Len]),
        ],
        "whoever-waits-is-woken" => vec![
            program(1, [], [vec![Push(1)], vec![Pop]], [Len]),
            program(1, [], [vec![Push(1)], vec![Push(2)], vec![Pop], vec![Pop]], [Len]),
            program(2, [], [vec![Pop], vec![Pop], vec![Push(1), Push(2)]], [Len]),
            program(1, [Push(9)], [vec![Push(1)], vec![Push(2)], vec![Pop, Pop]], [Len]),
            program(1, [], [vec![Push(1), Push(2)], vec![Pop], vec![Pop]], [Len]),
            program(2, [Push(8), Push(9)], [vec![Push(1)], vec![Push(2)], vec![Pop, Pop]], [Len]),
        ],
        "close-wakes-everybody" => vec![
            program(1, [], [vec![Pop], vec![Pop], vec![Close]], [Pop]),
            program(1, [Push(9)], [vec![Push(1)], vec![Push(2)], vec![Close]], [Len]),
            program(1, [], [vec![PopTimeout(HOUR_MS)], vec![Pop], vec![Close]], [Pop]),
        ],
        "close-loses-nothing" => vec![
            program(3, [], [vec![Push(1), Push(2)], vec![Close]], [Pop, Pop, Pop, PopTimeout(0)]),
            program(1, [Push(9)], [vec![Push(1)], vec![Pop, Close]], [TryPush(2), Pop, Pop]),
            program(2, [Push(8), Push(9)], [vec![Close], vec![TryPush(1), Pop]], [Push(2), Pop, Pop]),
        ],
        "a-time-out-loses-nothing" => vec![
            program(2, [], [vec![PopTimeout(10)], vec![Push(1)]], [PopTimeout(0), Len]),
            program(2, [], [vec![PopTimeout(10), PutBack], vec![Pop], vec![Push(1)]], [PopTimeout(0), Len]),
            program(1, [], [vec![PopPatiently], vec![Push(1)]], [PopTimeout(0)]),
        ],
        "join-waits-for-every-item" => vec![
            program(1, [Push(1)], [vec![Join, Len], vec![Pop, TaskDone]], [Join]),
            program(2, [Push(1), Push(2)], [vec![Join], vec![Pop, TaskDone], vec![Pop, TaskDone]], [TaskDone]),
            program(1, [Push(1)], [vec![Join], vec![Join], vec![Pop, TaskDone]], [TaskDone]),
            program(1, [Push(1)], [vec![Join], vec![Pop, Close, TaskDone]], [Push(2), Join]),
        ],
        _ => Vec::new(),
    }
}

/// Programs that need the virtual clock: nobody can sleep so exactly in real time.
fn on_the_clock() -> Vec<Round> {
    let stolen = vec![Sleep(6), Push(1), PopTimeout(0)];
    vec![
        clocked(program(1, [], [vec![PopTimeout(10)], stolen], [PopTimeout(0)])),
        clocked(program(1, [], [vec![PopTimeout(10)], vec![PopTimeout(25), Sleep(1)]], [])),
        clocked(program(1, [], [vec![PopTimeout(0)], vec![Sleep(20)]], [PopTimeout(0)])),
    ]
}

fn waiting() -> Vec<Round> {
    let long = |capacity, before: &[Call], waiting: &[Call], release: &[Call]| {
        let (before, waiting, release) = (before.to_vec(), waiting.to_vec(), release.to_vec());
        wait(Wait { capacity, before, waiting, yields: 200, pause_ms: HOUR_MS, release })
    };
    vec![
        long(1, &[], &[Pop], &[Push(1)]),
        long(1, &[Push(9)], &[Push(1)], &[Pop, Pop]),
        long(1, &[], &[PopTimeout(2 * HOUR_MS)], &[Push(1)]),
        long(1, &[Push(9)], &[Join], &[TaskDone, Pop]),
    ]
}

/// Pipelines: explored, and repeated under stress.
fn pipelines(check: &str) -> Vec<Pipeline> {
    use Meeting::{FullQueue, Nobody, Producers, Workers};
    use Then::{Closes, Joins, Panics, Returns};
    match check {
        "pipeline-works-on-every-item" => vec![
            pipeline([(vec![1, 2], Returns)], 1, 1, Nobody),
            pipeline([(vec![1], Returns), (vec![2], Returns)], 2, 1, Nobody),
            pipeline([], 2, 1, Nobody),
            pipeline([(vec![1, 2], Joins)], 1, 2, Nobody),
            pipeline([(vec![1], Closes), (vec![2], Returns)], 1, 1, Nobody),
        ],
        "pipeline-works-side-by-side" => vec![
            pipeline([(vec![1, 2], Returns)], 2, 2, Workers),
            pipeline([(vec![1], Returns), (vec![2], Returns)], 1, 1, Producers),
            pipeline([(vec![1, 2, 3, 4], Returns)], 1, 2, FullQueue),
        ],
        "pipeline-survives-panics" => vec![
            panicking(pipeline([(vec![1, 2], Returns)], 1, 2, Nobody), [1]),
            panicking(pipeline([(vec![1, 2], Joins)], 2, 1, Nobody), [2]),
            pipeline([(vec![1], Panics), (vec![2], Returns)], 1, 1, Nobody),
        ],
        _ => Vec::new(),
    }
}

/// The same with more of everything, for real threads. That each of several who wait is woken for its own item or room is a
/// matter of another check: where several producers may wait, there is room for one item, and where the queue has to be full,
/// there is one consumer.
fn larger_pipelines(check: &str) -> Vec<Pipeline> {
    use Meeting::{FullQueue, Nobody, Producers, Workers};
    use Then::{Closes, Joins, Panics, Returns};
    let hundred = |from: u32| (from..from + 100).collect::<Vec<_>>();
    match check {
        "pipeline-works-on-every-item" => vec![
            pipeline([(hundred(0), Returns), (hundred(100), Joins), (hundred(200), Returns)], 3, 1, Nobody),
            pipeline([(hundred(0), Returns), (vec![], Closes), (hundred(200), Returns)], 4, 1, Nobody),
        ],
        "pipeline-works-side-by-side" => vec![
            pipeline([(hundred(0), Returns), (hundred(100), Returns)], 8, ROOMY, Workers),
            pipeline([(hundred(0), Returns), (hundred(100), Returns), (hundred(200), Returns)], 2, ROOMY, Producers),
            pipeline([(hundred(0), Returns)], 1, 5, FullQueue),
        ],
        "pipeline-survives-panics" => vec![
            panicking(pipeline([(hundred(0), Joins), (hundred(100), Returns)], 3, 1, Nobody), [0, 7, 8, 9, 150, 199]),
            pipeline([(hundred(0), Panics), (hundred(100), Returns), (vec![], Panics)], 2, 1, Nobody),
        ],
        _ => Vec::new(),
    }
}

fn stressed(plan: &Plan<'_>) -> Vec<Round> {
    let mut rng = fastrand::Rng::with_seed(plan.seed);
    let times = match plan.effort {
        Effort::Quick => 15,
        Effort::Full => 150,
    };
    let mut rounds = match plan.check {
        "each-call-does-its-own-job" => alone(&mut rng, times),
        // Nobody waits for room where the check is not about waiting.
        "every-item-comes-out-once" => {
            vec![flood(rules(plan.check), Flood { producers: 3, consumers: 2, capacity: ROOMY, items: 2_000 })]
        }
        "each-producers-order-is-kept" => {
            vec![flood(rules(plan.check), Flood { producers: 2, consumers: 3, capacity: ROOMY, items: 2_000 })]
        }
        "whoever-waits-is-woken" => vec![
            flood(rules(plan.check), Flood { producers: 1, consumers: 1, capacity: 1, items: 2_000 }),
            flood(rules(plan.check), Flood { producers: 3, consumers: 2, capacity: 4, items: 2_000 }),
        ],
        "a-time-out-loses-nothing" => vec![
            calls(rules(plan.check), program(1, [], [vec![PopTimeout(0), PopTimeout(20), PopTimeout(1)]], [])),
            calls(rules(plan.check), program(1, [Push(1)], [vec![PopTimeout(0), PopTimeout(0)]], [])),
        ],
        "join-waits-for-every-item" => counting(),
        "waiting-costs-nothing" => return idle_threads(plan.effort),
        check => larger_pipelines(check).into_iter().map(piped).collect(),
    };
    for _ in 0..times {
        let shaken = shapes(plan.check).into_iter().map(|shape| Program { stir: Some(rng.u64(..)), ..shape });
        rounds.extend(shaken.map(|shape| calls(rules(plan.check), shape)));
    }
    for _ in 0..times / 5 {
        rounds.extend(pipelines(plan.check).into_iter().map(piped));
    }
    rounds
}

/// What `task_done` and `join` say to one thread.
fn counting() -> Vec<Round> {
    let refused = [Push(1), TryPush(2), Pop, Close, TryPush(3), Push(4), TaskDone, Join, TaskDone];
    vec![
        calls(Rules::ALL, program(1, [], [vec![Join, TaskDone, Push(1), Pop, TaskDone, Join, TaskDone]], [])),
        calls(Rules::ALL, program(3, [], [vec![Push(1), Push(2), TaskDone, TaskDone, Join, TaskDone]], [])),
        calls(Rules::ALL, program(1, [], [refused.to_vec()], [])),
        calls(Rules::ALL, program(2, [], [vec![TryPush(1), TaskDone, TaskDone, Join]], [])),
    ]
}

/// The simplest calls, made by one thread that never has to wait.
fn alone(rng: &mut fastrand::Rng, times: usize) -> Vec<Round> {
    let first =
        vec![Len, Push(1), Push(2), Len, Pop, TryPush(3), TryPush(4), Len, Pop, Pop, TryPush(5), PopTimeout(50)];
    let mut rounds = vec![
        calls(Rules::ALL, program(2, [], [first], [])),
        calls(Rules::ALL, program(usize::MAX, [], [vec![Push(1), TryPush(2), Len, Pop, Pop, Len]], [])),
        calls(Rules::ALL, program(2, [], [vec![Push(1), Close, Close, Len, Pop, Pop, Push(2), TryPush(3)]], [])),
    ];
    rounds.extend((0..times).map(|_| {
        let capacity = rng.usize(1..4);
        let mut length = 0;
        let sequence = (0..12).map(|item| any_call(rng, capacity, &mut length, item)).collect();
        calls(Rules::ALL, program(capacity, [], [sequence], [Len]))
    }));
    rounds
}

/// A call that does not have to wait when `length` items are in the queue.
fn any_call(rng: &mut fastrand::Rng, capacity: usize, length: &mut usize, item: u32) -> Call {
    match rng.u8(0..4) {
        0 if *length < capacity => {
            *length += 1;
            Push(item)
        }
        1 => {
            *length = capacity.min(*length + 1);
            TryPush(item)
        }
        2 if *length > 0 => {
            *length -= 1;
            Pop
        }
        _ => Len,
    }
}

/// Threads in every kind of wait, one of each kind: whether all of many are woken is no question of cost.
fn idle_threads(effort: Effort) -> Vec<Round> {
    let pause_ms = match effort {
        Effort::Quick => 250,
        Effort::Full => 600,
    };
    let quiet = |before: &[Call], waiting: &[Call], release: &[Call]| {
        let (before, waiting, release) = (before.to_vec(), waiting.to_vec(), release.to_vec());
        let round = Wait { capacity: 1, before, waiting, yields: 0, pause_ms, release };
        idle(round, Duration::from_millis(pause_ms / 2))
    };
    vec![
        // Done before it is taken: this is not about when exactly `join` returns.
        quiet(&[Push(9)], &[Push(1), Join], &[TaskDone, Pop, Pop, TaskDone]),
        quiet(&[], &[Pop], &[Push(1)]),
        quiet(&[], &[PopTimeout(HOUR_MS)], &[Push(1)]),
    ]
}

fn timed(check: &str) -> Vec<Round> {
    // The more threads are awake at once, the more work of their own each needs, or the scheduler's choices show. Where one
    // stands against many it has less to do than they have together: if it had as much, every run would find out anew
    // which side waits for the other.
    let shape = |producers, consumers, items, (producing, consuming)| {
        vec![work(Work { producers, consumers, capacity: 64, items, producing, consuming })]
    };
    match check {
        "one-to-one" => shape(1, 1, 98_000, (300, 300)),
        "many-to-one" => shape(4, 1, 12_000, (600, 100)),
        "one-to-many" => shape(1, 4, 48_000, (100, 600)),
        "many-to-many" => shape(4, 4, 24_000, (300, 300)),
        "wake-up-latency" => vec![round_trips(4_400)],
        _ => Vec::new(),
    }
}

fn program<const B: usize, const T: usize, const A: usize>(
    capacity: usize,
    before: [Call; B],
    threads: [Vec<Call>; T],
    after: [Call; A],
) -> Program {
    Program { capacity, before: before.into(), threads: threads.into(), after: after.into(), stir: None }
}

fn pipeline<const P: usize>(
    producers: [(Vec<u32>, Then); P],
    consumers: usize,
    capacity: usize,
    meeting: Meeting,
) -> Pipeline {
    let producers = producers.map(|(items, then)| Producer { items, then }).into();
    Pipeline { producers, consumers, capacity, panicking: Vec::new(), meeting }
}

fn panicking<const I: usize>(pipeline: Pipeline, items: [u32; I]) -> Pipeline {
    Pipeline { panicking: items.into(), ..pipeline }
}
