//! Condition variables: [`RawCondvar`].
//!
//! A notification is not kept for those who come later, and goes to any one of the waiters; a wait may wake without
//! cause, and be timed. A thread whose wait has timed out is no waiter any more, so it takes no notification with it.

use std::sync::atomic::AtomicU32;

use protocol::explore::Awaited;

use crate::engine::with;
use crate::mutex::RawMutex;
use crate::object::Object;
use crate::pass::{Operation, Turn, choose, step};
use crate::threads::{Line, Wait, Woken};
use crate::waiting::block;

/// A condition variable.
#[derive(Debug, Default)]
pub struct RawCondvar {
    /// Gives it the size that it has in the standard library.
    _size: AtomicU32,
}

impl RawCondvar {
    /// One that nobody waits for.
    #[must_use]
    pub const fn new() -> Self {
        Self { _size: AtomicU32::new(0) }
    }

    /// Lets go of the mutex, which the running thread holds, waits for a notification, at most `limit` nanoseconds, and
    /// takes the mutex again.
    pub fn wait(&self, object: Object, (mutex, guarded): (&RawMutex, Object), limit: Option<u64>, line: Line) -> Woken {
        step(Operation::Wait, object, line);
        let what = if limit.is_some() { "wait_timeout" } else { "wait" };
        with(|engine| engine.note(object, what, line, || "lets go of the lock".to_owned()));
        let without_cause = choose(2, Operation::WakeUp) == 1;
        mutex.release(guarded);
        let woken = if without_cause {
            if let Some(switch) = with(|engine| engine.pass(Turn::Yield, Operation::Yield)) {
                crate::engine::leave(switch);
            }
            Woken::Called
        } else {
            let mut wait = Wait::new(Awaited::Notification, object.address, line);
            wait.retake = Some(guarded.address);
            block(wait, limit)
        };
        mutex.take(guarded, line);
        with(|engine| {
            let outcome = match woken {
                Woken::Called if without_cause => "woken without cause",
                Woken::Called => "woken",
                Woken::TimedOut => "timed out",
            };
            engine.note(object, what, line, || outcome.to_owned());
        });
        woken
    }

    /// Wakes one of the waiters.
    pub fn notify_one(&self, object: Object, line: Line) {
        step(Operation::Notify, object, line);
        let waiters = with(|engine| engine.waiters(Awaited::Notification, object.address)).unwrap_or_default();
        let chosen = if waiters.is_empty() { 0 } else { choose(waiters.len() as u32, Operation::Waiter) };
        let woken = waiters.get(chosen as usize).into_iter().copied().collect();
        wake_all(woken, object, "notify_one", line);
    }

    /// Wakes all waiters.
    pub fn notify_all(&self, object: Object, line: Line) {
        step(Operation::Notify, object, line);
        let waiters = with(|engine| engine.waiters(Awaited::Notification, object.address)).unwrap_or_default();
        wake_all(waiters, object, "notify_all", line);
    }
}

fn wake_all(waiters: Vec<usize>, object: Object, what: &'static str, line: Line) {
    with(|engine| {
        engine.note_call(object, what, line, &waiters);
        if !waiters.is_empty() {
            engine.thread().polls.clear();
        }
        for waiter in waiters {
            engine.wake(waiter, Woken::Called);
        }
    });
}
