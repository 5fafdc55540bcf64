//! [`Barrier`].

use ::std::fmt;
use ::std::panic::Location;
use ::std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use model::{Effect, Kind, Object, Operation};
use protocol::explore::Awaited;

/// `std::sync::Barrier`.
pub struct Barrier {
    /// How many threads have reached it in this round.
    count: AtomicUsize,
    round: AtomicUsize,
    threads: usize,
    /// Gives it the size that it has in the standard library.
    _size: [usize; 2],
}

/// `std::sync::BarrierWaitResult`.
pub struct BarrierWaitResult(bool);

impl Barrier {
    /// A barrier for so many threads.
    #[must_use]
    pub const fn new(threads: usize) -> Self {
        Self { count: AtomicUsize::new(0), round: AtomicUsize::new(0), threads, _size: [0; 2] }
    }

    /// Waits until all threads are here.
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        let (object, line) = (Object::of(self, Kind::Barrier), Location::caller());
        model::step(Operation::Barrier, object, line);
        let (round, count) = (self.round.load(Relaxed), self.count.load(Relaxed) + 1);
        let leads = count >= self.threads;
        let outcome = || if leads { "the last one" } else { "waits for the others" }.to_owned();
        model::accessed(object, "wait", line, Effect::Changed, outcome);
        if leads {
            self.count.store(0, Relaxed);
            self.round.store(round.wrapping_add(1), Relaxed);
            model::refresh(Awaited::Barrier, object.address, true);
        } else {
            self.count.store(count, Relaxed);
            while self.round.load(Relaxed) == round {
                model::wait_for(Awaited::Barrier, object.address, None, line);
            }
        }
        BarrierWaitResult(leads)
    }
}

impl BarrierWaitResult {
    /// Whether this thread was the last to arrive.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Barrier").finish_non_exhaustive()
    }
}

impl fmt::Debug for BarrierWaitResult {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("BarrierWaitResult").field("is_leader", &self.is_leader()).finish()
    }
}
