//! What a round runs on: [`Real`] threads or the threads of a [`Model`].

use std::hint::spin_loop;
use std::panic::resume_unwind;
use std::sync::{Barrier, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use model_std::sync::atomic::{AtomicBool, Ordering};

/// Threads, a clock, and a way to wait.
pub(crate) trait Machine: Sync {
    /// Runs `body` in `count` threads at once and `beside` in this one; returns the results of the threads in order.
    fn side_by_side<R: Send>(&self, count: usize, body: impl Fn(usize) -> R + Sync, beside: impl FnOnce()) -> Vec<R>;
    /// A moment at which others may run, before the `call`-th call of a thread.
    fn between(&self, thread: usize, call: usize);
    /// Gives way to the other threads.
    fn give_way(&self);
    /// Sleeps.
    fn sleep(&self, pause: Duration);
    /// The time since the machine was made.
    fn elapsed(&self) -> Duration;
    /// How many steps this thread has taken; 0 where they are not counted.
    fn steps(&self) -> u64;
    /// Waits until `condition` holds, which somebody's [`changed`](Self::changed) tells.
    fn wait_until(&self, condition: impl Fn() -> bool);
    /// Tells those who wait for a condition that it may hold now.
    fn changed(&self);
}

/// Threads of the operating system.
pub(crate) struct Real {
    began: Instant,
    stir: Option<u64>,
    lock: Mutex<()>,
    change: Condvar,
}

impl Real {
    /// A machine that shakes its threads apart if there is a seed for it.
    pub(crate) fn new(stir: Option<u64>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "what is timed here is how long the submission waited")]
        let began = Instant::now();
        Self { began, stir, lock: Mutex::new(()), change: Condvar::new() }
    }
}

impl Machine for Real {
    fn side_by_side<R: Send>(&self, count: usize, body: impl Fn(usize) -> R + Sync, beside: impl FnOnce()) -> Vec<R> {
        let gate = Barrier::new(count + 1);
        thread::scope(|scope| {
            let (body, gate) = (&body, &gate);
            let begin = |index| {
                scope.spawn(move || {
                    gate.wait();
                    body(index)
                })
            };
            let threads: Vec<_> = (0..count).map(begin).collect();
            gate.wait();
            beside();
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        })
    }

    /// Pauses for up to a few hundred nanoseconds or until the scheduler comes round again, so that rounds do not all
    /// interleave alike.
    fn between(&self, thread: usize, call: usize) {
        let Some(seed) = self.stir else { return };
        let mut state = seed.wrapping_add((thread << 8 | call) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        state ^= state >> 31;
        state = state.wrapping_mul(0xD6E8_FEB8_6659_FD93);
        state ^= state >> 32;
        match state % 8 {
            0 => thread::yield_now(),
            spins => (0..spins * spins * 4).for_each(|_| spin_loop()),
        }
    }

    fn give_way(&self) {}

    fn sleep(&self, pause: Duration) {
        thread::sleep(pause);
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn steps(&self) -> u64 {
        0
    }

    fn wait_until(&self, condition: impl Fn() -> bool) {
        let guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.change.wait_while(guard, |()| !condition()).unwrap_or_else(PoisonError::into_inner));
    }

    fn changed(&self) {
        // Whoever waits has either seen the change, or sleeps by the time the lock is to be had.
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
        self.change.notify_all();
    }
}

/// The threads of one interleaving.
pub(crate) struct Model {
    /// A point at which threads may be switched.
    point: AtomicBool,
    lock: model_std::sync::Mutex<()>,
    change: model_std::sync::Condvar,
}

impl Model {
    pub(crate) fn new() -> Self {
        let lock = model_std::sync::Mutex::new(());
        Self { point: AtomicBool::new(false), lock, change: model_std::sync::Condvar::new() }
    }
}

impl Machine for Model {
    fn side_by_side<R: Send>(&self, count: usize, body: impl Fn(usize) -> R + Sync, beside: impl FnOnce()) -> Vec<R> {
        model_std::thread::scope(|scope| {
            let body = &body;
            let threads: Vec<_> = (0..count).map(|index| scope.spawn(move || body(index))).collect();
            beside();
            let joined = threads.into_iter().map(|thread| thread.join());
            joined.map(|result| result.unwrap_or_else(|panic| model_std::panic::resume_unwind(panic))).collect()
        })
    }

    fn between(&self, _: usize, _: usize) {
        self.point.load(Ordering::SeqCst);
    }

    fn give_way(&self) {
        model_std::thread::yield_now();
    }

    fn sleep(&self, pause: Duration) {
        model_std::thread::sleep(pause);
    }

    fn elapsed(&self) -> Duration {
        // The clock of a modelled program begins at an arbitrary moment that is the same every time.
        model_std::time::SystemTime::now().duration_since(model_std::time::UNIX_EPOCH).unwrap_or_default()
    }

    fn steps(&self) -> u64 {
        driver::steps()
    }

    fn wait_until(&self, condition: impl Fn() -> bool) {
        let guard = self.lock.lock().unwrap_or_else(model_std::sync::PoisonError::into_inner);
        drop(self.change.wait_while(guard, |()| !condition()).unwrap_or_else(model_std::sync::PoisonError::into_inner));
    }

    fn changed(&self) {
        drop(self.lock.lock().unwrap_or_else(model_std::sync::PoisonError::into_inner));
        self.change.notify_all();
    }
}
