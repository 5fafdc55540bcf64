//! Plain work: as many calls as fit, with nothing noted in between.

use std::hint::black_box;
use std::sync::Barrier;

use protocol::counter::{Observation, Work};

use crate::Counters;
use crate::rounds::{side_by_side, while_patience_lasts};

/// Increments from several threads as fast as they can, and keeps every ticket.
pub(crate) fn flood(counters: &dyn Counters, threads: usize, increments: usize) -> Observation {
    let gate = Barrier::new(threads);
    let tickets = side_by_side(threads, |_| {
        gate.wait();
        while_patience_lasts(0..increments).map(|_| counters.increment()).collect()
    });
    Observation::Flood { tickets, value: counters.get() }
}

/// Does timed work; returns the value at the end.
pub(crate) fn perform(counters: &dyn Counters, work: Work) -> i64 {
    let gate = Barrier::new(work.writers + work.readers);
    side_by_side(work.writers + work.readers, |thread| {
        gate.wait();
        for call in 0..work.calls {
            private_work(work.private, call);
            let value = if thread < work.writers { counters.increment() } else { counters.get() };
            black_box(value);
        }
    });
    counters.get()
}

/// Arithmetic of a thread's own, so that threads do not spend all their time at the counter: a bare contended counter
/// has two speeds, depending on where the scheduler puts the threads.
fn private_work(rounds: u32, seed: usize) {
    let mut state = black_box(seed as u64 | 1);
    for _ in 0..rounds {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    black_box(state);
}
