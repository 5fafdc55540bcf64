//! The lock of a mutex: [`RawMutex`], one word that says whether it is held.
//!
//! Data, poison and guards are `model-std`'s. The object that an operation is given is the whole mutex, at the same
//! address.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use protocol::explore::Awaited;

use crate::engine::{Engine, with};
use crate::object::Object;
use crate::pass::{Operation, step};
use crate::threads::{Line, Wait};
use crate::waiting::block;

/// Whether a mutex is held.
#[derive(Debug, Default)]
pub struct RawMutex(AtomicU32);

impl RawMutex {
    /// A free one.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Takes the lock, and waits until it is free.
    pub fn lock(&self, object: Object, line: Line) {
        step(Operation::Lock, object, line);
        self.take(object, line);
        with(|engine| engine.taken(object, "lock", line));
    }

    /// Takes the lock without a scheduling point of its own.
    pub(crate) fn take(&self, object: Object, line: Line) {
        while self.0.load(Relaxed) != 0 {
            block(Wait::new(Awaited::Lock, object.address, line), None);
        }
        self.0.store(1, Relaxed);
        with(|engine| engine.hold(object, line));
    }

    /// Takes the lock if it is free.
    pub fn try_lock(&self, object: Object, line: Line) -> bool {
        with(|engine| engine.needs.tries = true);
        step(Operation::TryLock, object, line);
        let free = self.0.load(Relaxed) == 0;
        if free {
            self.0.store(1, Relaxed);
        }
        with(|engine| {
            if free {
                engine.hold(object, line);
                engine.taken(object, "try_lock", line);
            } else {
                engine.refused(object, "try_lock", line);
            }
        });
        free
    }

    /// Lets go of the lock; the running thread holds it.
    pub fn unlock(&self, object: Object) {
        unlock_point(object);
        self.release(object);
    }

    /// Lets go of the lock without a scheduling point.
    pub(crate) fn release(&self, object: Object) {
        self.0.store(0, Relaxed);
        with(|engine| engine.release(object));
    }
}

/// Before a lock is let go there is a point only for programs that look whether it is held.
pub(crate) fn unlock_point(object: Object) {
    if let Some(Some(line)) = with(Engine::line_of_a_try) {
        step(Operation::Unlock, object, line);
    }
}

impl Engine {
    /// The last line of the running thread, if the program looks at what others hold or whether they have ended.
    pub(crate) fn line_of_a_try(&mut self) -> Option<Line> {
        let tries = self.features.tries;
        self.thread().line.filter(|_| tries)
    }

    /// The running thread holds a mutex now.
    fn hold(&mut self, object: Object, line: Line) {
        self.held.push(object.address);
        self.refresh(Awaited::Lock, object.address, false);
        self.note_hold(object, line);
    }

    fn release(&mut self, object: Object) {
        if let Some(place) = self.held.iter().rposition(|&held| held == object.address) {
            self.held.swap_remove(place);
        }
        self.refresh(Awaited::Lock, object.address, true);
        self.note_release(object);
    }

    /// A lock was taken: for the log, and for threads that poll what it guards.
    pub(crate) fn taken(&mut self, object: Object, what: &'static str, line: Line) {
        let thread = self.thread();
        let polls = thread.polls.lock(line, object.address);
        thread.polls_if(polls);
        self.note(object, what, line, String::new);
    }

    /// A lock was not taken.
    pub(crate) fn refused(&mut self, object: Object, what: &'static str, line: Line) {
        let thread = self.thread();
        let polls = thread.polls.ask(line, object.address, 0);
        thread.polls_if(polls);
        self.note(object, what, line, || "would block".to_owned());
    }
}
