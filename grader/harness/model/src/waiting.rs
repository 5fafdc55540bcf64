//! Who waits for whom: blocking, waking, and who is ready because a lock is free.
//!
//! A thread that waits for a lock is ready exactly while it could take it, so that the search wastes no schedule on a
//! thread that would only look and block again.

use protocol::explore::Awaited;

use crate::engine::{Engine, leave, with};
use crate::pass::{Leave, Operation, Turn};
use crate::threads::{Line, Wait, Woken};

/// Blocks the running thread until somebody wakes it.
///
/// # Panics
/// If no execution is under way: then nobody ever would.
pub(crate) fn block(wait: Wait, limit: Option<u64>) -> Woken {
    let switch = with(|engine| engine.block(wait, limit));
    leave(switch.expect("this would wait for ever: no execution is under way"));
    with(Engine::resumed).unwrap_or_default()
}

/// Waits for something to happen to the object at `address`, at most `limit` nanoseconds.
///
/// # Panics
/// If no execution is under way.
#[allow(clippy::must_use_candidate, reason = "without a limit there is one answer only")]
pub fn wait_for(awaited: Awaited, address: usize, limit: Option<u64>, line: Line) -> Woken {
    block(Wait::new(awaited, address, line), limit)
}

/// Says whether those who wait for the object in this way could get on.
pub fn refresh(awaited: Awaited, address: usize, ready: bool) {
    with(|engine| engine.refresh(awaited, address, ready));
}

impl Engine {
    pub(crate) fn block(&mut self, mut wait: Wait, limit: Option<u64>) -> Leave {
        self.note_wait();
        self.waits += 1;
        wait.order = self.waits;
        wait.timed = limit.is_some();
        let now = self.clock.now;
        // The longest limit stands for all that are longer, and is as good as none.
        let deadline = limit.filter(|&limit| limit < u64::MAX).and_then(|limit| now.checked_add(limit.max(1)));
        self.set_deadline(self.current, deadline);
        wait.timed = deadline.is_some();
        let thread = self.thread();
        thread.wait = Some(wait);
        thread.woken = Woken::Called;
        self.waiting.push(self.current);
        self.ready.set(self.current, false);
        self.pass(Turn::Leave, Operation::Blocked)
    }

    /// The running thread goes on after a wait.
    pub(crate) fn resumed(&mut self) -> Woken {
        let current = self.current;
        if let Some(place) = self.waiting.iter().position(|&number| number == current) {
            self.waiting.swap_remove(place);
        }
        let thread = self.thread();
        thread.wait = None;
        thread.woken
    }

    pub(crate) fn set_deadline(&mut self, thread: usize, deadline: Option<u64>) {
        let old = std::mem::replace(&mut self.threads[thread].deadline, deadline);
        match (old, deadline) {
            (None, Some(_)) => self.timed.push(thread),
            (Some(_), None) => self.timed.retain(|&number| number != thread),
            (None, None) | (Some(_), Some(_)) => {}
        }
    }

    /// Ends a thread's wait. If it has a mutex to take again, it waits for that now.
    pub(crate) fn wake(&mut self, number: usize, woken: Woken) {
        self.clock.progress();
        self.thread().acted();
        if woken == Woken::Called && !self.features.clock {
            self.set_deadline(number, None);
        }
        let held = &self.held;
        let thread = &mut self.threads[number];
        thread.woken = woken;
        let Some(wait) = thread.wait.as_mut() else { return };
        wait.timed = false;
        let ready = match wait.retake.take() {
            Some(mutex) => {
                (wait.awaited, wait.address) = (Awaited::Lock, mutex);
                !held.contains(&mutex)
            }
            None => true,
        };
        self.ready.set(number, ready);
    }

    pub(crate) fn refresh(&mut self, awaited: Awaited, address: usize, ready: bool) {
        self.thread().acted();
        for place in 0..self.waiting.len() {
            let number = self.waiting[place];
            let waits = |wait: Wait| wait.awaited == awaited && wait.address == address;
            if self.threads[number].wait.is_some_and(waits) {
                self.ready.set(number, ready);
                if ready {
                    self.clock.progress();
                    self.forget_deadline(number);
                }
            }
        }
    }

    /// A thread that can get on no longer waits for time; but time may still pass for those who look at the clock.
    fn forget_deadline(&mut self, number: usize) {
        if let Some(wait) = self.threads[number].wait.as_mut() {
            wait.timed = false;
        }
        if !self.features.clock {
            self.set_deadline(number, None);
        }
    }

    /// Those who wait for the object in this way, the longest first.
    pub(crate) fn waiters(&self, awaited: Awaited, address: usize) -> Vec<usize> {
        let order = |number: usize| self.threads[number].wait.map(|wait| wait.order);
        let waits = |wait: Wait| wait.awaited == awaited && wait.address == address;
        let mut waiters: Vec<usize> =
            self.waiting.iter().copied().filter(|&number| self.threads[number].wait.is_some_and(waits)).collect();
        waiters.sort_unstable_by_key(|&number| order(number));
        waiters
    }

    /// The running thread has ended: those who wait for that get on, and somebody else runs.
    pub(crate) fn end_thread(&mut self) {
        let number = self.current;
        self.set_deadline(number, None);
        self.ready.set(number, false);
        self.alive -= 1;
        let thread = self.thread();
        thread.ended = true;
        thread.switch = None;
        self.clock.progress();
        self.refresh(Awaited::End, number, true);
        if self.stop.is_none() {
            if self.alive == 0 {
                self.stop = Some(self.returned());
            } else {
                self.pass(Turn::Leave, Operation::Blocked);
            }
        }
    }
}
