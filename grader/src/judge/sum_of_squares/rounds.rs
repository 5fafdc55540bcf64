//! The rounds of each check of exercise 1.

use protocol::sum_of_squares::{Input, Layout, Numbers, Order};
use protocol::workers::{Fault as WorkerFault, Launch};

use super::evidence::{all_at_once, all_came, bounded_answer, constant_memory, nobody_left, nothing_left, own_parts};
use super::{call, call_with, call_with_first, watched_call};
use crate::judge::{Effort, Plan, Round};
use crate::verdict::Lens;

/// Patience in calls with a worker that hangs, in milliseconds.
const SHORT: u64 = 300;

/// Patience in a call with a worker that writes without end, in milliseconds: what is kept of it gets large on a busy
/// machine, too.
const FLOODED: u64 = 1200;

/// Patience in calls in which nobody may wait for it to pass, in milliseconds.
const LONG: u64 = 4000;

/// Patience in calls in which all workers come to their end, but not in time, in milliseconds.
const SHARED: u64 = 600;

/// What the workers of a timed call do of their own, in rounds of arithmetic.
const ROUNDS: u64 = 42_000_000;

/// The least number, whose square is two to the power of 126.
const LEAST: i64 = i64::MIN;

/// The rounds of a check under a lens.
pub(super) fn of(plan: &Plan<'_>) -> Vec<Round> {
    let mut rng = fastrand::Rng::with_seed(plan.seed);
    let full = plan.effort == Effort::Full;
    match (plan.lens, plan.check) {
        (Lens::Stress, "sums-are-right") => right_sums(&mut rng, if full { 60 } else { 8 }),
        (Lens::Stress, "an-overflow-is-an-error") => overflows(),
        (Lens::Stress, "no-pipe-gets-stuck") => wide_inputs(&mut rng, if full { 2_000_007 } else { 300_007 }),
        (Lens::Stress, "files-are-cut-at-line-ends") => cut_files(&mut rng, if full { 60 } else { 6 }),
        (Lens::Stress, "a-bad-line-is-named") => bad_lines(),
        (Lens::Stress, "workers-live-at-once") => together(&mut rng),
        (Lens::Stress, "each-worker-reads-its-own-part") => {
            let numbers = drawn(&mut rng, if full { 2_000_000 } else { 400_000 }, 50);
            [2, 4].map(|workers| watched_call(watched(long(numbers), workers, 1), own_parts)).into()
        }
        (Lens::Stress, "memory-stays-constant") => {
            // About 17 bytes a line.
            let numbers = drawn(&mut rng, if full { 12_000_000 } else { 3_000_000 }, 50);
            vec![watched_call(watched(long(numbers), 2, 1), constant_memory).alone(|_| None)]
        }
        (Lens::Chaos, "a-failed-worker-is-named") => failed_workers(&mut rng),
        (Lens::Chaos, "a-hung-worker-is-named") => hung_workers(&mut rng),
        (Lens::Chaos, "nobody-is-left-behind") => {
            leaving(&mut rng).into_iter().map(|order| watched_call(order, nothing_left).alone(nobody_left)).collect()
        }
        (Lens::Timing, "large-file") => {
            let numbers = Numbers { seed: 1, count: 46_000, bits: 50 };
            vec![timed(Input::Long(numbers, Layout::Repeated(18)))]
        }
        (Lens::Timing, "many-numbers") => {
            vec![timed(Input::Drawn(Numbers { seed: 2, count: 3_000_000, bits: 50 }))]
        }
        _ => Vec::new(),
    }
}

/// A call of two workers that have work of their own before they begin: it takes the same time in every run, unlike the
/// reading of numbers on a core that is shared with other machines, and shows as well whether both work at once. The input
/// is there before the clock starts.
fn timed(input: Input) -> Round {
    let faults = vec![(0, WorkerFault::BeginsBusy(ROUNDS)), (1, WorkerFault::BeginsBusy(ROUNDS))];
    // Whoever does without the workers does without what keeps them busy.
    let launch = Launch { faults, muster: Some(1), ..Launch::default() };
    let order = Order { input, workers: 2, launch };
    let made = Order { workers: 0, ..order.clone() };
    call_with(order, all_came).prepared_by(&made)
}

fn right_sums(rng: &mut fastrand::Rng, rounds: usize) -> Vec<Round> {
    let listed = [
        (vec![], 3),
        (vec![7], 1),
        (vec![-7], 4),
        (vec![3, -4], 4),
        ((1..=10).collect(), 3),
        ((-5..=5).collect(), 4),
        ((1..=7).collect(), 7),
        (vec![i64::from(u32::MAX); 3], 2),
        (vec![i64::MAX, 1], 2),
        (vec![LEAST], 1),
        (vec![LEAST, 0, LEAST, 1, LEAST], 2),
    ];
    let mut planned: Vec<Round> =
        listed.into_iter().map(|(numbers, workers)| call(plain(Input::Listed(numbers), workers))).collect();
    planned.extend((0..rounds).map(|_| {
        let (count, bits) = (rng.u64(1..3000), rng.u32(1..57));
        call(plain(Input::Drawn(drawn(rng, count, bits)), rng.usize(1..6)))
    }));
    planned
}

/// Sums on both sides of the greatest that there is: within one worker's part, and only when the parts come together.
fn overflows() -> Vec<Round> {
    let nearly = vec![LEAST, LEAST, LEAST, i64::MAX, (1 << 32) - 1];
    let barely = vec![LEAST, LEAST, LEAST, i64::MAX, 1 << 32];
    let mut planned = Vec::new();
    for numbers in [vec![LEAST; 3], vec![LEAST; 4], vec![LEAST; 5], vec![LEAST; 8], nearly, barely] {
        let lines: Vec<String> = numbers.iter().map(|number| format!("{number}\n")).collect();
        for workers in [1, 2, 4] {
            planned.push(call(plain(Input::Listed(numbers.clone()), workers)));
        }
        // One part: where a file is cut is the business of another check.
        planned.push(call(plain(Input::Text(lines.concat()), 1)));
    }
    planned
}

/// More than any pipe holds.
fn wide_inputs(rng: &mut fastrand::Rng, count: u64) -> Vec<Round> {
    [1, 2, 3, 5].map(|workers| call(plain(Input::Drawn(drawn(rng, count, 50)), workers))).into()
}

fn cut_files(rng: &mut fastrand::Rng, rounds: usize) -> Vec<Round> {
    let texts = [
        "",
        "\n",
        "5",
        "5\n",
        "1\n22\n333\n4444\n55555\n",
        "1\n22\n333\n4444\n55555",
        "-1\r\n-22\r\n\r\n333\r\n4444",
        "\n\n\n1\n\n\n2\n\n\n",
        "7\n1234567890123456789\n7\n",
        "9223372036854775807\n-9223372036854775808\n0\n",
    ];
    let mut planned = Vec::new();
    for text in texts {
        for workers in [1, 2, 3, 4, 7] {
            planned.push(call(plain(Input::Text(text.to_owned()), workers)));
        }
    }
    planned.extend((0..rounds).map(|_| {
        let ends = ["\n", "\n", "\n", "\r\n", "\n\n"];
        let lines = (0..rng.usize(1..40))
            .map(|_| format!("{}{}", rng.i64(..) >> rng.u32(8..63), ends[rng.usize(0..ends.len())]));
        let mut text = lines.collect::<Vec<_>>().concat();
        if rng.bool() {
            text.truncate(text.trim_end().len());
        }
        call(plain(Input::Text(text), rng.usize(1..9)))
    }));
    for workers in [2, 3] {
        planned.push(call(plain(Input::Long(drawn(rng, 20_000, 45), Layout::Ragged), workers)));
    }
    planned
}

fn bad_lines() -> Vec<Round> {
    let many: String =
        (1..=60).map(|line| if line == 41 { "four\n".to_owned() } else { format!("{line}\n") }).collect();
    let texts = [
        "x\n",
        "1\n2\nthree\n4\n",
        "1\n2\n3\n4x",
        "1\n\n\r\n2\n3 4\n5\n",
        "1\n-\n2\n",
        "1\n2\n3\n4\n5\n9223372036854775808\n",
        "-9223372036854775809\n1\n2\n3\n",
        "1\nx\n2\ny\n3\nz\n",
        "1.5\n2\n",
        "1\n２\n3\n",
        &many,
    ];
    let mut planned = Vec::new();
    for text in texts {
        for workers in [1, 2, 4] {
            planned.push(call(plain(Input::Text(text.to_owned()), workers)));
        }
    }
    // Who is the first to be heard of need not be the first in the file.
    let text = || Input::Text("1\nx\n2\ny\n3\nz\n".to_owned());
    planned.push(call(faulty(text(), 2, vec![(0, WorkerFault::Slow(100))])));
    planned.push(call(plain(Input::Missing, 2)));
    planned
}

fn together(rng: &mut fastrand::Rng) -> Vec<Round> {
    let mut planned = Vec::new();
    for workers in [2, 4, 3] {
        planned.push(watched_call(watched(Input::Drawn(drawn(rng, 60_000, 50)), workers, workers), all_at_once));
    }
    planned.push(watched_call(watched(long(drawn(rng, 100_000, 50)), 3, 3), all_at_once));
    // A remainder makes no worker of its own.
    for (count, workers) in [(10, 3), (11, 4), (5, 2), (3, 8)] {
        planned.push(watched_call(watched(Input::Drawn(drawn(rng, count, 20)), workers, 1), all_at_once));
    }
    planned
}

fn failed_workers(rng: &mut fastrand::Rng) -> Vec<Round> {
    use WorkerFault::{
        ClosesAfterWriting, DiesAfterReading, DiesAfterWriting, DiesAtEnd, DiesAtStart, FailsAtEnd, FailsAtStart,
        Garbage, NeverStarts, Silence, Slow,
    };
    let mut planned = Vec::new();
    let faults = [
        FailsAtStart,
        DiesAtStart,
        DiesAfterReading(1),
        DiesAfterWriting(0),
        DiesAfterWriting(1),
        FailsAtEnd,
        DiesAtEnd,
        Garbage,
        Silence,
        ClosesAfterWriting(0),
        ClosesAfterWriting(1),
        ClosesAfterWriting(2),
        ClosesAfterWriting(5),
        ClosesAfterWriting(9),
    ];
    for fault in faults {
        let numbers = drawn(rng, 300, 40);
        for input in [Input::Drawn(numbers), long(numbers)] {
            planned.push(call(faulty(input, 3, vec![(rng.usize(0..3), fault)])));
        }
    }
    // The first, and one that comes after others.
    for worker in [0, 2] {
        planned.push(call(faulty(Input::Drawn(drawn(rng, 300, 40)), 3, vec![(worker, NeverStarts)])));
    }
    // Late is not failed.
    planned.push(call(faulty(Input::Drawn(drawn(rng, 300, 40)), 3, vec![(rng.usize(0..3), Slow(20))])));
    // The rest of the input has nowhere to go.
    for fault in [DiesAtStart, DiesAfterReading(1000), FailsAtStart] {
        planned.push(call(faulty(Input::Drawn(drawn(rng, 100_000, 50)), 2, vec![(rng.usize(0..2), fault)])));
    }
    planned
}

fn hung_workers(rng: &mut fastrand::Rng) -> Vec<Round> {
    use WorkerFault::{BeginsLate, DiesAtStart, Floods, Hangs, HangsAfterWriting};
    let mut within = |patience, input, fault| {
        let order = faulty(input, 2, vec![(rng.usize(0..2), fault)]);
        Order { launch: Launch { patience_ms: Some(patience), ..order.launch }, ..order }
    };
    let few = Numbers { seed: 3, count: 100, bits: 40 };
    let many = Numbers { seed: 4, count: 100_000, bits: 50 };
    let several = |patience, faults| {
        let order = faulty(Input::Drawn(few), 3, faults);
        Order { launch: Launch { patience_ms: Some(patience), ..order.launch }, ..order }
    };
    // Each is done before the patience with it is over if that begins anew when the one before it is done: at 0.65, 1.3 and
    // 1.95 times the patience, as far from its end as can be.
    let late = (0..3).map(|worker| (worker, BeginsLate((worker as u64 + 1) * SHARED * 13 / 20))).collect();
    vec![
        call_with_first(several(LONG, vec![(0, Hangs), (1, DiesAtStart)]), 1),
        call(within(SHORT, Input::Drawn(few), Hangs)),
        call(within(SHORT, Input::Drawn(many), Hangs)),
        call(within(SHORT, long(few), HangsAfterWriting(1))),
        call_with(within(FLOODED, Input::Drawn(few), Floods), bounded_answer),
        // After those that hang: who never looks at the clock may give a sum here, or an error, as luck has it.
        call(several(SHARED, late)),
    ]
}

/// Calls that end well, and calls that end early.
fn leaving(rng: &mut fastrand::Rng) -> Vec<Order> {
    use WorkerFault::{DiesAtStart, FailsAtStart, Hangs, NeverStarts};
    let numbers = drawn(rng, 3000, 40);
    let hung = faulty(Input::Drawn(numbers), 3, vec![(0, Hangs), (1, DiesAtStart), (2, Hangs)]);
    vec![
        plain(Input::Drawn(numbers), 3),
        plain(long(numbers), 2),
        plain(Input::Text("1\n2\nx\n4\n5\n6\n".to_owned()), 3),
        plain(Input::Listed(vec![LEAST; 5]), 3),
        faulty(Input::Drawn(numbers), 3, vec![(rng.usize(0..3), FailsAtStart)]),
        faulty(Input::Drawn(numbers), 3, vec![(2, NeverStarts)]),
        Order { launch: Launch { patience_ms: Some(SHORT), ..hung.launch }, ..hung },
    ]
}

fn drawn(rng: &mut fastrand::Rng, count: u64, bits: u32) -> Numbers {
    Numbers { seed: rng.u64(..), count, bits }
}

fn long(numbers: Numbers) -> Input {
    Input::Long(numbers, Layout::Plain)
}

fn plain(input: Input, workers: usize) -> Order {
    Order { input, workers, launch: Launch::default() }
}

/// Workers are watched, and wait until `muster` of them are alive.
fn watched(input: Input, workers: usize, muster: usize) -> Order {
    Order { input, workers, launch: Launch { muster: Some(muster), ..Launch::default() } }
}

fn faulty(input: Input, workers: usize, faults: Vec<(usize, WorkerFault)>) -> Order {
    Order { input, workers, launch: Launch { faults, ..Launch::default() } }
}
