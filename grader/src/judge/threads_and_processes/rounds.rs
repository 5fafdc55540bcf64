//! The rounds of each check of exercise 6.

use protocol::threads_and_processes::{Call, Event, Happening, Mode, Outcome, Samples, Spec, Work};
use protocol::workers::{Fault as WorkerFault, Launch};

use super::evidence::{lock_goes_round, one_thread, processes_at_once, right_checksum, same_work, threads_at_once};
use super::sampling::{modes_take_turns, samples_are_true, warm_ups_apart};
use super::{compared, leaving, refused, rendering, statistics, troubled};
use crate::judge::{Effort, Plan, Round};
use crate::verdict::Lens;

/// Patience in calls with a worker that hangs, in milliseconds.
const SHORT: u64 = 300;

/// Patience in a call in which all workers come to their end, but not in time, in milliseconds.
const SHARED: u64 = 600;

/// How much longer the run takes whose sample must not be taken for another's, in milliseconds: many times what the others
/// take.
const STALL: u64 = 80;

/// The same for a warm-up. A sample is blamed for being as long as that, so nothing else may be.
const LONG_STALL: u64 = 150;

/// How long a worker process takes to start where that must not be forgotten, in milliseconds: many times what a sample may
/// be off.
const START: u64 = 20;

/// The rounds of a check under a lens.
pub(super) fn of(plan: &Plan<'_>) -> Vec<Round> {
    let mut rng = fastrand::Rng::with_seed(plan.seed);
    let full = plan.effort == Effort::Full;
    match (plan.lens, plan.check) {
        (Lens::Stress, "every-mode-does-the-same-work") => shapes(&mut rng, if full { 30 } else { 3 }),
        (Lens::Stress, "sequential-is-one-thread") => {
            vec![compared(call(&mut rng, spec(3, 1, 1), paused(6, 300)), one_thread)]
        }
        (Lens::Stress, "threads-work-at-once") => {
            let meeting = |workers| Work { meeting: Some(Mode::Threads), ..plain(workers as u64 * 3) };
            [2, 4, 3]
                .map(|workers| compared(call(&mut rng, spec(workers, 0, 1), meeting(workers)), threads_at_once))
                .into()
        }
        (Lens::Stress, "processes-work-at-once") => [2, 4, 3].map(|workers| processes(&mut rng, workers)).into(),
        (Lens::Stress, "the-global-lock-goes-round") => turns_with_the_lock(&mut rng, full),
        (Lens::Stress, "warm-ups-are-not-counted") => warm_ups(&mut rng),
        (Lens::Stress, "modes-take-turns") => {
            [spec(2, 1, 3), spec(1, 0, 4)].map(|spec| compared(call(&mut rng, spec, plain(4)), modes_take_turns)).into()
        }
        (Lens::Stress, "samples-are-true") => samples(&mut rng),
        (Lens::Stress, "statistics-follow-from-samples") => statistics(&mut rng, if full { 60 } else { 20 }),
        (Lens::Stress, "nothing-to-measure-is-an-error") => nothing_to_measure(&mut rng),
        (Lens::Stress, "the-table-is-exact") => rendering::tables(),
        (Lens::Stress, "the-json-is-complete") => rendering::objects(),
        (Lens::Chaos, "a-failure-names-its-mode") => failures(&mut rng),
        (Lens::Chaos, "a-hung-worker-is-an-error") => hung_workers(&mut rng),
        (Lens::Chaos, "nobody-is-left-behind") => departures(&mut rng).into_iter().map(leaving).collect(),
        (Lens::Timing, "many-units") => {
            // So little work that what is done for each unit besides shows.
            let work = Work { steps: 10, noted: false, ..plain(600_000) };
            vec![timed(call(&mut rng, Spec { turn: 4_000, ..spec(2, 0, 1) }, work))]
        }
        (Lens::Timing, "many-runs") => {
            let work = Work { steps: 60, noted: false, ..plain(64) };
            vec![timed(call(&mut rng, Spec { turn: 8, ..spec(2, 1, 40) }, work))]
        }
        _ => Vec::new(),
    }
}

/// With a remainder and without, with fewer units than workers, and with none.
fn shapes(rng: &mut fastrand::Rng, drawn: usize) -> Vec<Round> {
    let mut shapes = vec![(10, 3), (7, 2), (3, 8), (1, 1), (0, 2), (16, 4), (97, 5)];
    shapes.extend((0..drawn).map(|_| (rng.u64(1..60), rng.usize(1..7))));
    let mut planned = Vec::new();
    for (units, workers) in shapes {
        planned.push(compared(call(rng, spec(workers, 0, 1), plain(units)), same_work));
    }
    planned
}

fn processes(rng: &mut fastrand::Rng, workers: usize) -> Round {
    let work = Work { meeting: Some(Mode::Processes), ..plain(workers as u64 * 3) };
    let call = call(rng, spec(workers, 0, 1), work);
    let launch = Launch { muster: Some(workers), ..call.launch };
    compared(Call { launch, ..call }, processes_at_once)
}

/// Turns of one unit and of several, shares of many turns and of one.
fn turns_with_the_lock(rng: &mut fastrand::Rng, full: bool) -> Vec<Round> {
    let again = if full { 3 } else { 1 };
    let shapes = [(2, 1, 12), (3, 2, 24), (4, 5, 24), (2, 6, 12)].repeat(again);
    let rounds = shapes.into_iter().map(|(workers, turn, units)| {
        let spec = Spec { turn, ..spec(workers, 0, 1) };
        compared(call(rng, spec, paused(units, 1000)), lock_goes_round)
    });
    rounds.collect()
}

/// A warm-up takes longer than any other run.
fn warm_ups(rng: &mut fastrand::Rng) -> Vec<Round> {
    [(2, 2, Some(stall(0, LONG_STALL))), (1, 1, None), (0, 2, None)]
        .map(|(warm_ups, runs, event)| {
            compared(call(rng, spec(2, warm_ups, runs), Work { event, ..paused(4, 300) }), warm_ups_apart)
        })
        .into()
}

/// A run that is neither the first nor the last takes longer than the others, and processes take their time to start.
fn samples(rng: &mut fastrand::Rng) -> Vec<Round> {
    [(2, 3, 1), (3, 2, 1)]
        .map(|(workers, runs, run)| {
            let work = Work { event: Some(stall(run, STALL)), start_ms: START, ..paused(6, 1000) };
            compared(call(rng, spec(workers, 0, runs), work), samples_are_true)
        })
        .into()
}

/// Few samples and many, odd numbers and even, in any order, and times of zero.
fn statistics(rng: &mut fastrand::Rng, drawn: usize) -> Vec<Round> {
    let listed = [
        [vec![1000], vec![500], vec![2000], vec![250]],
        [vec![30, 10, 20], vec![9, 1, 5], vec![70, 90, 80], vec![3, 3, 3]],
        [vec![10, 1000], vec![40, 20], vec![5, 6], vec![7, 7]],
        [vec![4, 1, 3, 1_000_000], vec![9, 8, 7, 2], vec![1, 2, 3, 5], vec![1, 1, 1, 9]],
        [vec![0], vec![0], vec![5], vec![0]],
        [vec![8, 6], vec![0, 0], vec![0, 1], vec![3, 0]],
    ];
    let drawn = (0..drawn).map(|_| {
        let count = rng.usize(1..9);
        [(); 4].map(|()| (0..count).map(|_| rng.u64(0..2_000_000_000)).collect())
    });
    let lists: Vec<[Vec<u64>; 4]> = listed.into_iter().chain(drawn).collect();
    let mut planned = Vec::new();
    for samples in lists {
        let (workers, units, checksum) = (rng.usize(1..9), rng.u64(1..1000), rng.u64(..));
        planned.push(statistics::summary(Samples { workers, units, checksum, samples }));
    }
    planned.push(compared(call(rng, spec(2, 1, 4), plain(4)), statistics::follow));
    planned
}

fn nothing_to_measure(rng: &mut fastrand::Rng) -> Vec<Round> {
    let mut planned = Vec::new();
    for (spec, due) in [(spec(0, 1, 2), Outcome::NoWorkers), (spec(2, 1, 0), Outcome::NoRuns)] {
        planned.push(refused(call(rng, spec, plain(6)), due));
    }
    let samples = [vec![1], vec![2], vec![], vec![3]];
    planned.push(statistics::summary(Samples { workers: 1, units: 1, checksum: 0, samples }));
    planned.push(statistics::summary(Samples { workers: 1, units: 1, checksum: 0, samples: Default::default() }));
    planned
}

/// Worker processes that die, fail, or answer with nonsense; units that panic or lie, in every mode.
fn failures(rng: &mut fastrand::Rng) -> Vec<Round> {
    use WorkerFault::{
        ClosesAfterWriting, DiesAfterWriting, DiesAtEnd, DiesAtStart, FailsAtEnd, FailsAtStart, Garbage, NeverStarts,
        Silence, Slow,
    };
    let workers = 3;
    let mut planned = Vec::new();
    let mut plan = |fault, run: usize| {
        let worker = run * workers + rng.usize(0..workers);
        let call = call(rng, spec_of_two(workers, run), plain(12));
        planned.push(troubled(Call { launch: Launch { faults: vec![(worker, fault)], ..call.launch }, ..call }));
    };
    let faults = [
        NeverStarts,
        FailsAtStart,
        DiesAtStart,
        DiesAfterWriting(0),
        DiesAfterWriting(1),
        FailsAtEnd,
        DiesAtEnd,
        Garbage,
        Silence,
        ClosesAfterWriting(0),
        ClosesAfterWriting(1),
    ];
    for fault in faults {
        plan(fault, 0);
    }
    for fault in [DiesAtStart, FailsAtEnd, Slow(20)] {
        plan(fault, 1);
    }
    for mode in Mode::ALL {
        for (happening, run) in [(Happening::Panics, 0), (Happening::Panics, 1), (Happening::Lies, 1)] {
            // The second share of three.
            let event = Some(Event { mode: Some(mode), run, unit: 4, happening });
            planned.push(troubled(call(rng, spec_of_two(workers, usize::from(run > 0)), Work { event, ..plain(12) })));
        }
        // A warm-up counts as a run here; the first run of all is what others are compared with.
        if mode != Mode::Sequential {
            let event = Some(Event { mode: Some(mode), run: 0, unit: 4, happening: Happening::Lies });
            planned.push(troubled(call(rng, spec_of_two(workers, 0), Work { event, ..plain(12) })));
        }
    }
    planned
}

fn hung_workers(rng: &mut fastrand::Rng) -> Vec<Round> {
    let hung = [(0, WorkerFault::Hangs), (3, WorkerFault::Hangs), (1, WorkerFault::HangsAfterWriting(1))];
    let mut planned: Vec<Round> = hung
        .map(|hung| {
            let call = call(rng, spec_of_two(2, hung.0 / 2), plain(8));
            let launch = Launch { faults: vec![hung], patience_ms: Some(SHORT), ..call.launch };
            troubled(Call { launch, ..call })
        })
        .into();
    // Each is done before the patience with it is over if that begins anew when the one before it is done: at 0.65, 1.3 and
    // 1.95 times the patience, as far from its end as can be.
    let late = (0..3).map(|worker| (worker, WorkerFault::BeginsLate((worker as u64 + 1) * SHARED * 13 / 20)));
    let call = call(rng, spec_of_two(3, 0), plain(9));
    let launch = Launch { faults: late.collect(), patience_ms: Some(SHARED), ..call.launch };
    planned.push(troubled(Call { launch, ..call }));
    planned
}

/// Calls that end well, and calls that end early.
fn departures(rng: &mut fastrand::Rng) -> Vec<Call> {
    use WorkerFault::{DiesAtStart, FailsAtStart, Hangs, NeverStarts};
    let mut with = |faults, patience_ms, event| {
        let call = call(rng, spec(3, 0, 2), Work { event, ..plain(9) });
        Call { launch: Launch { faults, patience_ms, ..call.launch }, ..call }
    };
    let panics = |mode| Some(Event { mode: Some(mode), run: 0, unit: 4, happening: Happening::Panics });
    vec![
        with(vec![], None, None),
        with(vec![(1, FailsAtStart)], None, None),
        with(vec![(2, NeverStarts)], None, None),
        with(vec![(0, Hangs), (1, DiesAtStart), (2, Hangs)], Some(SHORT), None),
        with(vec![], None, panics(Mode::Threads)),
        with(vec![], None, panics(Mode::GlobalLock)),
        with(vec![], None, panics(Mode::Processes)),
    ]
}

/// A call whose time is taken: that it was right is all that is looked at.
fn timed(call: Call) -> Round {
    compared(call, |call, _, comparison| right_checksum(call, comparison))
}

fn call(rng: &mut fastrand::Rng, spec: Spec, mut work: Work) -> Call {
    // Units that are done in worker processes are reported to the muster; nobody waits there for anybody.
    let launch = Launch { muster: work.noted.then_some(1), ..Launch::default() };
    work.seed = rng.u64(..);
    Call { spec, work, launch }
}

fn spec(workers: usize, warm_ups: usize, runs: usize) -> Spec {
    Spec { workers, warm_ups, runs, turn: 2 }
}

/// Two runs: if the first of them is to fail it is a warm-up, which may not fail either.
fn spec_of_two(workers: usize, failing: usize) -> Spec {
    if failing == 0 { spec(workers, 1, 1) } else { spec(workers, 0, 2) }
}

/// So many units, which take no time to speak of.
fn plain(units: u64) -> Work {
    Work { units, seed: 0, steps: 0, pause_us: 0, start_ms: 0, noted: true, meeting: None, event: None }
}

/// So many units of so many microseconds.
fn paused(units: u64, pause_us: u64) -> Work {
    Work { pause_us, ..plain(units) }
}

/// A run of every mode, counted from 0, takes so many milliseconds longer.
fn stall(run: u64, milliseconds: u64) -> Event {
    Event { mode: None, run, unit: 0, happening: Happening::Stalls(milliseconds) }
}
