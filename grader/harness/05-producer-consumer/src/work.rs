//! Plain work: as many items as fit, with nothing noted in between.

use std::hint::black_box;
use std::panic::resume_unwind;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use protocol::producer_consumer::{Answer, Call, Flood, Observation, PATIENCE_MS, Work};
use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};

use crate::{Subject, at_least_one};

/// Pushes from several threads as fast as they can, pops in others, and keeps every item.
pub(crate) fn flood(subject: &dyn Subject, flood: Flood) -> Observation {
    let queue = subject.queue(at_least_one(flood.capacity));
    let queue = &*queue;
    let ended = AtomicUsize::new(0);
    let consume = || {
        let mut was_told = false;
        let items = std::iter::from_fn(|| {
            let item = queue.pop();
            was_told = item == Some(Flood::END);
            item.filter(|_| !was_told)
        });
        let popped: Vec<u32> = items.collect();
        if ended.fetch_add(1, SeqCst) + 1 < flood.consumers && was_told {
            // It comes to an empty list. Were there one for each from the beginning, whether all are woken would be luck
            // in a queue that wakes somebody only then; and whom it wakes is another matter than what it gives.
            let _ = queue.push(Flood::END);
        }
        popped
    };
    thread::scope(|scope| {
        let consumers: Vec<_> = (0..flood.consumers).map(|_| scope.spawn(consume)).collect();
        let pushed = side_by_side(flood.producers, |producer| {
            let mut pushed = 0;
            for number in while_patience_lasts(0..flood.items) {
                if queue.push(Flood::item(producer, number)).is_err() {
                    break;
                }
                pushed += 1;
            }
            pushed
        });
        // A queue that refuses has closed itself: its consumers end too.
        let _ = queue.push(Flood::END);
        let joined = consumers.into_iter().map(thread::ScopedJoinHandle::join);
        let popped = joined.map(|items| items.unwrap_or_else(|panic| resume_unwind(panic))).collect();
        let left = std::iter::from_fn(|| match queue.answer(&Call::PopTimeout(0)) {
            Answer::PoppedInTime(item) => item,
            _ => None,
        });
        Observation::Flooded { pushed, popped, left: left.filter(|item| *item != Flood::END).collect() }
    })
}

/// The items, up to the first that comes after [`PATIENCE_MS`]; the first of all in any case.
fn while_patience_lasts<T>(items: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    #[expect(clippy::disallowed_methods, reason = "how long a round lasts is no part of any verdict")]
    let now = Instant::now;
    let end = now() + Duration::from_millis(PATIENCE_MS);
    let mut begun = false;
    items.take_while(move |_| !std::mem::replace(&mut begun, true) || now() < end)
}

/// Does timed work; returns the sum of what was popped.
pub(crate) fn perform(subject: &dyn Subject, work: Work) -> Observation {
    let queue = subject.queue(at_least_one(work.capacity));
    let share = work.producers * work.items / work.consumers;
    let sums = side_by_side(work.producers + work.consumers, |thread| {
        if thread < work.producers {
            for item in 0..work.items {
                private_work(work.producing, item);
                let _ = queue.push(u32::try_from(item).unwrap_or(0));
            }
            return 0;
        }
        let mut sum = 0;
        for place in 0..share {
            sum += u64::from(queue.pop().unwrap_or(0));
            private_work(work.consuming, place);
        }
        sum
    });
    Observation::Worked(sums.into_iter().sum())
}

/// Sends one item there and back again.
///
/// Both ends share a core: what it takes to rouse one that is asleep differs from machine to machine, and from one time to
/// the next, far more than what it takes to rouse a thread.
pub(crate) fn round_trips(subject: &dyn Subject, trips: u32) -> Observation {
    let (there, back) = (subject.queue(at_least_one(1)), subject.queue(at_least_one(1)));
    let core = sched_getcpu();
    let counts = side_by_side(2, |thread| {
        stay_on(core);
        let mut count = 0;
        for trip in 0..trips {
            let arrived = if thread == 0 {
                let _ = there.push(trip);
                back.pop()
            } else {
                let item = there.pop();
                let _ = back.push(item.unwrap_or(0));
                item
            };
            count += u64::from(arrived == Some(trip));
        }
        count
    });
    Observation::Worked(counts.into_iter().min().unwrap_or(0))
}

/// Keeps the calling thread on a core. One that may not choose wanders as before, and only takes less steady a time.
fn stay_on(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core);
    let _ = sched_setaffinity(None, &cores);
}

/// Runs `body` in `count` threads at once; returns their results in order.
fn side_by_side<R: Send>(count: usize, body: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let gate = Barrier::new(count);
    thread::scope(|scope| {
        let (body, gate) = (&body, &gate);
        let begin = |index| {
            scope.spawn(move || {
                gate.wait();
                body(index)
            })
        };
        let threads: Vec<_> = (0..count).map(begin).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

/// Arithmetic of a thread's own, so that threads do not spend all their time at the queue.
fn private_work(rounds: u32, seed: usize) {
    let mut state = black_box(seed as u64 | 1);
    for _ in 0..rounds {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    black_box(state);
}
