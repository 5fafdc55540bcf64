//! The rounds of each check of exercise 4.

use protocol::batch_converter::{Batch, CONVERSIONS, Change, Conversion, Format, Habit, Order, Pool};
use protocol::workers::{Fault as WorkerFault, Launch};

use super::evidence::{
    all_converted, broken_alone, called_by_drop, called_once, called_when_closed, closes, costs_one, idles_nobody,
    in_order, recovered, worked,
};
use super::files::{exact, whole_or_absent};
use super::listing::images;
use super::processes::{drops, nobody_left, reused};
use super::round;
use crate::judge::{Effort, Plan, Round};
use crate::verdict::Lens;

/// Patience in rounds with a worker that hangs, in milliseconds.
const SHORT: u64 = 400;

/// Images that are none.
const BROKEN: [&str; 6] = ["truncated.png", "flipped.png", "empty.png", "text.png", "header.ppm", "missing.png"];

const TO_PPM: Conversion = Conversion { change: Change::Keep, format: Format::Ppm };
const TO_PNG: Conversion = Conversion { change: Change::Keep, format: Format::Png };

/// The rounds of a check under a lens.
pub(super) fn of(plan: &Plan<'_>) -> Vec<Round> {
    let mut rng = fastrand::Rng::with_seed(plan.seed);
    let full = plan.effort == Effort::Full;
    match (plan.lens, plan.check) {
        (Lens::Stress, "pixels-are-right") => pixels(),
        (Lens::Stress, "a-broken-image-costs-itself") => broken(&mut rng, if full { 10 } else { 3 }),
        (Lens::Stress, "results-in-input-order") => {
            // Among the others are some that cannot be read.
            let others = |count| (0..count).map(good_or_broken).collect();
            vec![round(held(pool(2), 1, others(12)), in_order), round(held(pool(3), 2, others(5)), in_order)]
        }
        (Lens::Stress, "workers-are-reused") => reuse(&mut rng),
        (Lens::Stress, "a-slow-image-idles-nobody") => {
            let others = |count| vec!["pixel.png".to_owned(); count];
            vec![round(held(pool(2), 1, others(20)), idles_nobody), round(held(pool(3), 3, others(4)), idles_nobody)]
        }
        (Lens::Stress, "no-pipe-gets-stuck") => {
            let count = if full { 900 } else { 600 };
            [1, 2].map(|workers| round(Order::Many { pool: pool(workers), count }, all_converted)).into()
        }
        (Lens::Stress, "callbacks-come-exactly-once") => callbacks(),
        (Lens::Stress, "close-refuses-and-join-waits") => {
            [1, 2].map(|workers| round(Order::Closing { pool: pool(workers), others: 8 }, closes)).into()
        }
        (Lens::Chaos, "a-dead-worker-costs-one-task") => dead_workers(&mut rng),
        (Lens::Chaos, "a-hung-worker-costs-one-task") => hung_workers(&mut rng),
        (Lens::Chaos, "outputs-are-whole-or-absent") => unfinished(),
        (Lens::Chaos, "nobody-is-left-behind") => leaving(&mut rng),
        (Lens::Timing, "a-batch") => {
            let conversion = Conversion { change: Change::Rotate, format: Format::Png };
            let work = Order::Work { pool: pool(2), input: "noise.ppm".to_owned(), conversion, count: 178 };
            vec![round(work, worked)]
        }
        (Lens::Timing, "many-small-tasks") => {
            let work = Order::Work { pool: pool(2), input: "landscape.png".to_owned(), conversion: TO_PPM, count: 960 };
            vec![round(work, worked)]
        }
        _ => Vec::new(),
    }
}

fn pixels() -> Vec<Round> {
    let each = CONVERSIONS.map(|conversion| {
        let batch = Batch { inputs: images(), conversion };
        round(Order::Batches { pool: pool(2), batches: vec![batch] }, exact)
    });
    each.into()
}

fn broken(rng: &mut fastrand::Rng, rounds: usize) -> Vec<Round> {
    let mut planned = Vec::new();
    for workers in 1..=rounds {
        let mut inputs: Vec<String> = images().into_iter().chain(BROKEN.map(str::to_owned)).collect();
        rng.shuffle(&mut inputs);
        let batches = vec![Batch { inputs, conversion: TO_PNG }];
        planned.push(round(Order::Batches { pool: pool(workers.min(4)), batches }, broken_alone));
    }
    planned
}

fn reuse(rng: &mut fastrand::Rng) -> Vec<Round> {
    let mut planned =
        vec![round(Order::Idle(watched(2)), reused), round(Order::Unstartable(unstartable(2, 0)), reused)];
    for workers in [1, 3] {
        let batches = vec![any_batch(rng, 8), any_batch(rng, 8)];
        planned.push(round(Order::Batches { pool: watched(workers), batches }, reused));
    }
    planned.push(round(held(watched(2), 2, Vec::new()), reused));
    planned
}

fn callbacks() -> Vec<Round> {
    use WorkerFault::DiesAfterWriting;
    let called = |pool, count, habit| {
        let inputs = (0..count).map(good_or_broken).collect();
        round(Order::Callbacks { pool, inputs, habit }, called_once)
    };
    vec![
        called(pool(2), 20, Habit::Returns),
        called(pool(1), 8, Habit::Submits),
        called(pool(3), 12, Habit::Submits),
        called(pool(1), 6, Habit::Panics),
        called(faulty(1, &[(0, DiesAfterWriting(0))], None), 6, Habit::Returns),
        // Of four, two are under way and two wait for a worker.
        round(Order::Dropping { pool: pool(2), held: 0, called: 4 }, called_by_drop),
        round(Order::Closing { pool: pool(1), others: 1 }, called_when_closed),
    ]
}

fn dead_workers(rng: &mut fastrand::Rng) -> Vec<Round> {
    use WorkerFault::{
        DiesAfterReading, DiesAfterWriting, DiesAtStart, FailsAtStart, Floods, Garbage, Nonsense, Silence,
    };
    let faults = [
        DiesAtStart,
        FailsAtStart,
        DiesAfterReading(1),
        DiesAfterReading(150),
        DiesAfterWriting(0),
        DiesAfterWriting(5),
        Garbage,
        Nonsense,
        Silence,
        Floods,
    ];
    // One worker at a time has every task for certain.
    let alone = faults.map(|fault| vec![(0, fault)]).map(|faults| (1, faults));
    let among_others = [
        (2, vec![(1, DiesAfterReading(1))]),
        // Replacements fail as well.
        (2, vec![(0, DiesAfterReading(1)), (1, DiesAfterWriting(1)), (2, DiesAfterReading(10)), (3, Garbage)]),
        (1, vec![(0, DiesAfterReading(2)), (1, DiesAfterWriting(1)), (2, DiesAfterReading(10))]),
    ];
    let mut planned: Vec<Round> = alone
        .into_iter()
        .chain(among_others)
        .map(|(workers, faults)| {
            // No image is in both: a task that fails may take an older output of its name with it.
            let mut first = any_batch(rng, 8);
            let second = Batch { inputs: first.inputs.split_off(5), ..first };
            let batches = vec![first, second];
            round(Order::Batches { pool: faulty(workers, &faults, None), batches }, costs_one)
        })
        .collect();
    planned.push(round(Order::Recovers(faulty(2, &[(0, DiesAfterWriting(0))], None)), recovered));
    planned
}

fn hung_workers(rng: &mut fastrand::Rng) -> Vec<Round> {
    use WorkerFault::{ClosesAfterWriting, Hangs, HangsAfterWriting};
    let mut hung = |workers, faults: &[(usize, WorkerFault)]| {
        let batches = vec![any_batch(rng, 5)];
        round(Order::Batches { pool: faulty(workers, faults, Some(SHORT)), batches }, costs_one)
    };
    vec![
        hung(1, &[(0, HangsAfterWriting(0))]),
        // All at once. Of the last one's answers the rest gets lost on the way, and it goes on reading tasks.
        hung(3, &[(0, Hangs), (1, Hangs), (2, ClosesAfterWriting(3))]),
        round(Order::Recovers(faulty(2, &[(0, HangsAfterWriting(0))], Some(SHORT))), recovered),
    ]
}

/// Pools that end, in every way.
fn leaving(rng: &mut fastrand::Rng) -> Vec<Round> {
    use WorkerFault::DiesAfterWriting;
    // Whichever gets a task dies.
    let dying = faulty(2, &[(0, DiesAfterWriting(0)), (1, DiesAfterWriting(0))], None);
    vec![
        round(Order::Dropping { pool: pool(2), held: 4, called: 0 }, drops),
        round(Order::Dropping { pool: pool(3), held: 1, called: 0 }, drops),
        round(Order::Idle(pool(3)), nobody_left),
        round(Order::Batches { pool: dying, batches: vec![any_batch(rng, 8)] }, nobody_left),
        round(Order::Orphans(pool(2)), drops),
        round(Order::Unstartable(unstartable(3, 2)), nobody_left),
    ]
}

/// The disk is full, or a worker dies, in the middle of an output.
fn unfinished() -> Vec<Round> {
    let everyone = |fault| (0..40).map(|worker| (worker, fault)).collect::<Vec<_>>();
    let mut planned = Vec::new();
    for bytes in [0, 1000, 20_000] {
        for fault in [WorkerFault::FindsDiskFull(bytes), WorkerFault::DiesSaving(bytes)] {
            let batches = vec![Batch { inputs: images(), conversion: TO_PNG }];
            let pool = faulty(2, &everyone(fault), None);
            planned.push(round(Order::Batches { pool, batches }, whole_or_absent));
        }
    }
    let inputs = BROKEN.iter().map(|name| (*name).to_owned()).chain(images()).collect();
    let batches = vec![Batch { inputs, conversion: TO_PNG }];
    planned.push(round(Order::Batches { pool: pool(2), batches }, whole_or_absent));
    planned.push(round(Order::Dropping { pool: pool(2), held: 2, called: 0 }, whole_or_absent));
    planned
}

fn any_batch(rng: &mut fastrand::Rng, count: usize) -> Batch {
    // No image twice: two outputs would have one name.
    let mut inputs = images();
    rng.shuffle(&mut inputs);
    inputs.truncate(count);
    // Whether other conversions are right is a matter of one check alone.
    Batch { inputs, conversion: TO_PNG }
}

fn good(at: usize) -> String {
    let images = images();
    images[at % images.len()].clone()
}

/// Every fourth cannot be read.
fn good_or_broken(at: usize) -> String {
    if at % 4 == 3 { BROKEN[at % 6].to_owned() } else { good(at) }
}

fn held(pool: Pool, held: usize, others: Vec<String>) -> Order {
    let outputs = others.iter().filter(|name| !BROKEN.contains(&name.as_str())).count();
    Order::Held { pool, held, others, outputs }
}

fn pool(workers: usize) -> Pool {
    Pool { workers, launch: Launch::default() }
}

/// Workers are counted, and wait until all of them are alive.
fn watched(workers: usize) -> Pool {
    Pool { workers, launch: Launch { muster: Some(workers), ..Launch::default() } }
}

/// Workers of which all can be started that come before `first`, and no others.
fn unstartable(workers: usize, first: usize) -> Pool {
    let faults: Vec<_> = (first..workers).map(|worker| (worker, WorkerFault::NeverStarts)).collect();
    faulty(workers, &faults, None)
}

fn faulty(workers: usize, faults: &[(usize, WorkerFault)], patience_ms: Option<u64>) -> Pool {
    Pool { workers, launch: Launch { faults: faults.to_vec(), patience_ms, ..Launch::default() } }
}
