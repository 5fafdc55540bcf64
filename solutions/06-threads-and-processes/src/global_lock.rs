//! A lock that goes round.
//!
//! A plain `Mutex` is not enough: whoever gives it back and takes it again at once nearly always gets it, since the others
//! have yet to wake up. So the lock says whose turn it is, and everybody else waits.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// One lock for several threads, which get it in turn until they leave.
pub(crate) struct GlobalLock {
    ring: Mutex<Ring>,
    /// One for each thread, so that handing over wakes nobody in vain.
    its_turn: Vec<Condvar>,
}

/// The threads that share a lock.
struct Ring {
    /// Who may have it.
    next: usize,
    /// Who has not left.
    present: Vec<bool>,
}

/// The lock, in hand. Dropping it hands it over, also when its thread panics.
pub(crate) struct Held<'a> {
    lock: &'a GlobalLock,
    ring: MutexGuard<'a, Ring>,
    thread: usize,
}

impl GlobalLock {
    /// A lock for so many threads, numbered from 0.
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            ring: Mutex::new(Ring { next: 0, present: vec![true; threads] }),
            its_turn: (0..threads).map(|_| Condvar::new()).collect(),
        }
    }

    /// Waits until it is the turn of `thread`.
    pub(crate) fn take(&self, thread: usize) -> Held<'_> {
        // A ring is whole at every moment at which somebody can panic.
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        // Not `wait_while`: once the mutex is poisoned it returns whether or not its condition holds.
        while ring.next != thread {
            ring = self.its_turn[thread].wait(ring).unwrap_or_else(PoisonError::into_inner);
        }
        Held { lock: self, ring, thread }
    }
}

impl Held<'_> {
    /// This thread will not come again.
    pub(crate) fn leave(&mut self) {
        self.ring.present[self.thread] = false;
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.leave();
        }
        let threads = self.ring.present.len();
        let mut after = (1..=threads).map(|step| (self.thread + step) % threads);
        if let Some(next) = after.find(|thread| self.ring.present[*thread]) {
            self.ring.next = next;
            self.lock.its_turn[next].notify_one();
        }
    }
}
