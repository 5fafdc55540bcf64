//! Programs: threads that make a few calls each, every one of them noted.

use std::hint::spin_loop;
use std::panic::resume_unwind;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use protocol::counter::{Answer, Completed, PATIENCE_MS, Program};

/// Runs the threads of a program side by side, then the calls after them; returns every call with its answer.
pub(crate) fn run<C>(program: &Program<C>, answer: impl Fn(&C) -> Answer + Sync) -> Vec<Completed<C>>
where
    C: Clone + Send + Sync,
{
    let readings = AtomicU64::new(0);
    let complete = |thread: usize, call: &C| {
        let began = readings.fetch_add(1, Ordering::SeqCst);
        let answer = driver::quietly(|| answer(call)).unwrap_or_else(Answer::Panicked);
        let ended = readings.fetch_add(1, Ordering::SeqCst);
        Completed { thread, call: call.clone(), answer, began, ended }
    };
    let count = program.threads.len();
    let gate = Barrier::new(count);
    let mut history = side_by_side(count, |thread| {
        let mut pauses = Pauses::new(program.stir, thread);
        gate.wait();
        let calls = while_patience_lasts(program.threads[thread].iter());
        calls.map(|call| pauses.before(|| complete(thread, call))).collect::<Vec<_>>()
    })
    .concat();
    history.extend(program.after.iter().map(|call| complete(count, call)));
    history
}

/// The items, up to the first that comes after [`PATIENCE_MS`]; the first of all in any case.
pub(crate) fn while_patience_lasts<T>(items: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    #[expect(clippy::disallowed_methods, reason = "how long a round lasts is no part of any verdict")]
    let now = Instant::now;
    let end = now() + Duration::from_millis(PATIENCE_MS);
    let mut begun = false;
    items.take_while(move |_| !std::mem::replace(&mut begun, true) || now() < end)
}

/// Runs `body` in `count` threads at once; returns their results in order.
pub(crate) fn side_by_side<R: Send>(count: usize, body: impl Fn(usize) -> R + Sync) -> Vec<R> {
    thread::scope(|scope| {
        let body = &body;
        let threads: Vec<_> = (0..count).map(|index| scope.spawn(move || body(index))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

/// Short random pauses that shake threads apart, so that rounds do not all interleave alike.
struct Pauses(Option<u64>);

impl Pauses {
    fn new(seed: Option<u64>, thread: usize) -> Self {
        Self(seed.map(|seed| seed.wrapping_add(thread as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1))
    }

    /// Pauses, for up to a few hundred nanoseconds or until the scheduler comes round again, then calls `body`.
    fn before<R>(&mut self, body: impl FnOnce() -> R) -> R {
        if let Some(state) = &mut self.0 {
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            match *state % 8 {
                0 => thread::yield_now(),
                spins => (0..spins * spins * 4).for_each(|_| spin_loop()),
            }
        }
        body()
    }
}
