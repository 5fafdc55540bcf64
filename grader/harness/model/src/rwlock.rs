//! The lock of a `RwLock`: [`RawRwLock`].
//!
//! It prefers writers, as the standard library does on Linux: while a writer waits, nobody else starts to read. A thread
//! that reads twice can therefore deadlock, there and here.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use protocol::explore::Awaited;

use crate::engine::with;
use crate::mutex::unlock_point;
use crate::object::Object;
use crate::pass::{Operation, step};
use crate::threads::{Line, Wait};
use crate::waiting::{block, refresh};

/// The state of a lock that a writer holds.
const WRITING: u32 = u32::MAX;

/// Who holds a `RwLock`, and how many writers wait for it.
#[derive(Debug, Default)]
pub struct RawRwLock {
    /// The number of readers, or [`WRITING`].
    state: AtomicU32,
    writers: AtomicU32,
}

impl RawRwLock {
    /// A free one.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: AtomicU32::new(0), writers: AtomicU32::new(0) }
    }

    /// Takes the lock to read.
    pub fn read(&self, object: Object, line: Line) {
        step(Operation::Read, object, line);
        while !self.readable() {
            block(Wait::new(Awaited::Read, object.address, line), None);
        }
        self.add_reader(object, line);
        with(|engine| engine.taken(object, "read", line));
    }

    /// Takes the lock to read if that needs no waiting.
    pub fn try_read(&self, object: Object, line: Line) -> bool {
        with(|engine| engine.needs.tries = true);
        step(Operation::TryLock, object, line);
        let readable = self.readable();
        if readable {
            self.add_reader(object, line);
            with(|engine| engine.taken(object, "try_read", line));
        } else {
            with(|engine| engine.refused(object, "try_read", line));
        }
        readable
    }

    /// Takes the lock to write.
    pub fn write(&self, object: Object, line: Line) {
        step(Operation::Lock, object, line);
        if self.state.load(Relaxed) != 0 {
            self.writers.store(self.writers.load(Relaxed) + 1, Relaxed);
            self.changed(object);
            while self.state.load(Relaxed) != 0 {
                block(Wait::new(Awaited::Lock, object.address, line), None);
            }
            self.writers.store(self.writers.load(Relaxed) - 1, Relaxed);
        }
        self.set_writer(object, line);
        with(|engine| engine.taken(object, "write", line));
    }

    /// Takes the lock to write if it is free.
    pub fn try_write(&self, object: Object, line: Line) -> bool {
        with(|engine| engine.needs.tries = true);
        step(Operation::TryLock, object, line);
        let free = self.state.load(Relaxed) == 0;
        if free {
            self.set_writer(object, line);
            with(|engine| engine.taken(object, "try_write", line));
        } else {
            with(|engine| engine.refused(object, "try_write", line));
        }
        free
    }

    /// Stops reading; the running thread does.
    pub fn unlock_read(&self, object: Object) {
        unlock_point(object);
        self.state.store(self.state.load(Relaxed).saturating_sub(1), Relaxed);
        self.changed(object);
        with(|engine| engine.note_release(object));
    }

    /// Stops writing; the running thread does.
    pub fn unlock_write(&self, object: Object) {
        unlock_point(object);
        self.state.store(0, Relaxed);
        self.changed(object);
        with(|engine| engine.note_release(object));
    }

    /// Turns from writing to reading; the running thread writes.
    pub fn downgrade(&self, object: Object) {
        self.state.store(1, Relaxed);
        self.changed(object);
    }

    fn readable(&self) -> bool {
        self.state.load(Relaxed) != WRITING && self.writers.load(Relaxed) == 0
    }

    fn add_reader(&self, object: Object, line: Line) {
        self.state.store(self.state.load(Relaxed) + 1, Relaxed);
        self.changed(object);
        with(|engine| engine.note_hold(object, line));
    }

    fn set_writer(&self, object: Object, line: Line) {
        self.state.store(WRITING, Relaxed);
        self.changed(object);
        with(|engine| engine.note_hold(object, line));
    }

    /// Says who of the waiting could get on.
    fn changed(&self, object: Object) {
        refresh(Awaited::Read, object.address, self.readable());
        refresh(Awaited::Lock, object.address, self.state.load(Relaxed) == 0);
    }
}
