//! The rounds of each check of exercise 4.

use protocol::batch_converter::{Batch, CONVERSIONS, Change, Conversion, Format, Order, Pool};
use protocol::workers::{Fault as WorkerFault, Launch};

use super::evidence::{
    all_missing, called_once, closes, costs_one, drops, exact, idles_nobody, in_order, nobody_left, reused,
    whole_or_absent, worked,
};
use super::listing::images;
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
            let held = |workers, held, others| Order::Held { pool: pool(workers), held, others };
            vec![round(held(2, 1, 12), in_order), round(held(3, 2, 5), in_order)]
        }
        (Lens::Stress, "workers-are-reused") => {
            let mut planned = vec![round(Order::Idle(watched(2)), reused)];
            for workers in [1, 3] {
                let batches = vec![any_batch(&mut rng, 20), any_batch(&mut rng, 12)];
                planned.push(round(Order::Batches { pool: watched(workers), batches }, reused));
            }
            planned
        }
        (Lens::Stress, "a-slow-image-idles-nobody") => {
            let held = |workers, held, others| Order::Held { pool: pool(workers), held, others };
            vec![round(held(2, 1, 20), idles_nobody), round(held(3, 3, 4), idles_nobody)]
        }
        (Lens::Stress, "no-pipe-gets-stuck") => {
            let count = if full { 6_000 } else { 2_000 };
            [1, 2].map(|workers| round(Order::Missing { pool: pool(workers), count }, all_missing)).into()
        }
        (Lens::Stress, "callbacks-come-exactly-once") => {
            let inputs =
                |count| (0..count).map(|at: usize| if at % 4 == 3 { BROKEN[at % 6].to_owned() } else { good(at) });
            let callbacks = |workers, count, again| {
                round(Order::Callbacks { pool: pool(workers), inputs: inputs(count).collect(), again }, called_once)
            };
            vec![callbacks(2, 20, false), callbacks(1, 8, true), callbacks(3, 12, true)]
        }
        (Lens::Stress, "close-refuses-and-join-waits") => {
            [1, 2].map(|workers| round(Order::Closing { pool: pool(workers), others: 8 }, closes)).into()
        }
        (Lens::Chaos, "a-dead-worker-costs-one-task") => dead_workers(&mut rng),
        (Lens::Chaos, "a-hung-worker-costs-one-task") => hung_workers(&mut rng),
        (Lens::Chaos, "outputs-are-whole-or-absent") => unfinished(&mut rng),
        (Lens::Chaos, "nobody-is-left-behind") => {
            let batches = vec![any_batch(&mut rng, 10)];
            let dying = faulty(2, &[(1, WorkerFault::DiesAfterWriting(1))], None);
            vec![
                round(Order::Dropping { pool: pool(2), held: 4 }, drops),
                round(Order::Dropping { pool: pool(3), held: 1 }, drops),
                round(Order::Idle(pool(3)), nobody_left),
                round(Order::Batches { pool: dying, batches }, nobody_left),
            ]
        }
        (Lens::Timing, "a-batch") => {
            let conversion = Conversion { change: Change::Rotate, format: Format::Png };
            let work = Order::Work { pool: pool(2), input: "noise.ppm".to_owned(), conversion, count: 60 };
            vec![round(work, worked)]
        }
        (Lens::Timing, "many-small-tasks") => {
            let work = Order::Work { pool: pool(2), input: "pixel.png".to_owned(), conversion: TO_PPM, count: 900 };
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
        let batches = vec![Batch { inputs, conversion: CONVERSIONS[rng.usize(0..CONVERSIONS.len())] }];
        planned.push(round(Order::Batches { pool: pool(workers.min(4)), batches }, exact));
    }
    planned
}

fn dead_workers(rng: &mut fastrand::Rng) -> Vec<Round> {
    use WorkerFault::{
        ClosesAfterWriting, DiesAfterReading, DiesAfterWriting, DiesAtStart, FailsAtStart, Floods, Garbage, Silence,
    };
    let faults = [
        vec![(0, DiesAtStart)],
        vec![(1, FailsAtStart)],
        vec![(0, DiesAfterReading(1))],
        vec![(1, DiesAfterReading(150))],
        vec![(0, DiesAfterWriting(0))],
        vec![(1, DiesAfterWriting(5))],
        vec![(0, Garbage)],
        vec![(1, Silence)],
        vec![(0, Floods)],
        // Replacements fail as well.
        vec![(0, DiesAfterReading(1)), (1, DiesAfterWriting(1)), (2, DiesAfterReading(10)), (3, Garbage)],
    ];
    let mut planned: Vec<Round> = faults
        .iter()
        .map(|faults| {
            let batches = vec![any_batch(rng, 8), any_batch(rng, 4)];
            round(Order::Batches { pool: faulty(2, faults, None), batches }, costs_one)
        })
        .collect();
    // It ends its output, and goes on reading tasks.
    let closing = faulty(2, &[(0, ClosesAfterWriting(3))], Some(SHORT));
    planned.push(round(Order::Batches { pool: closing, batches: vec![any_batch(rng, 8)] }, costs_one));
    planned
}

fn hung_workers(rng: &mut fastrand::Rng) -> Vec<Round> {
    use WorkerFault::{Hangs, HangsAfterWriting};
    let mut hung = |faults: &[(usize, WorkerFault)]| {
        let batches = vec![any_batch(rng, 8)];
        round(Order::Batches { pool: faulty(2, faults, Some(SHORT)), batches }, costs_one)
    };
    vec![hung(&[(0, Hangs)]), hung(&[(1, HangsAfterWriting(1))]), hung(&[(0, Hangs), (1, Hangs)])]
}

/// The disk is full, or a worker dies, in the middle of an output.
fn unfinished(rng: &mut fastrand::Rng) -> Vec<Round> {
    let everyone = |fault| (0..40).map(|worker| (worker, fault)).collect::<Vec<_>>();
    let mut planned = Vec::new();
    for bytes in [0, 1000, 20_000] {
        for fault in [WorkerFault::FindsDiskFull(bytes), WorkerFault::DiesSaving(bytes)] {
            let conversion = if rng.bool() { TO_PPM } else { TO_PNG };
            let batches = vec![Batch { inputs: images(), conversion }];
            let pool = faulty(2, &everyone(fault), None);
            planned.push(round(Order::Batches { pool, batches }, whole_or_absent));
        }
    }
    let inputs = BROKEN.iter().map(|name| (*name).to_owned()).chain(images()).collect();
    let batches = vec![Batch { inputs, conversion: TO_PNG }];
    planned.push(round(Order::Batches { pool: pool(2), batches }, whole_or_absent));
    let batches = vec![any_batch(rng, 8)];
    let hung = faulty(2, &[(0, WorkerFault::HangsAfterWriting(0))], Some(SHORT));
    planned.push(round(Order::Batches { pool: hung, batches }, whole_or_absent));
    planned
}

fn any_batch(rng: &mut fastrand::Rng, count: usize) -> Batch {
    let conversion = CONVERSIONS[rng.usize(0..CONVERSIONS.len())];
    // No image twice: two outputs would have one name.
    let mut inputs = images();
    rng.shuffle(&mut inputs);
    inputs.truncate(count);
    Batch { inputs, conversion }
}

fn good(at: usize) -> String {
    let images = images();
    images[at % images.len()].clone()
}

fn pool(workers: usize) -> Pool {
    Pool { workers, launch: Launch::default() }
}

/// Workers are counted, and wait until all of them are alive.
fn watched(workers: usize) -> Pool {
    Pool { workers, launch: Launch { muster: Some(workers), ..Launch::default() } }
}

fn faulty(workers: usize, faults: &[(usize, WorkerFault)], patience_ms: Option<u64>) -> Pool {
    Pool { workers, launch: Launch { faults: faults.to_vec(), patience_ms, ..Launch::default() } }
}
