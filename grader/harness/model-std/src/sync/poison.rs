//! Poison: a lock whose holder panicked says so to the next one. As in the standard library, with the panics of the
//! modelled thread instead of those of the operating system's.

use ::std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use ::std::sync::{LockResult, PoisonError};

/// Whether somebody panicked while holding a lock.
#[derive(Debug)]
pub(super) struct Flag(AtomicBool);

/// Whether the holder of a guard was panicking already when it took the lock.
#[derive(Debug)]
pub(super) struct Guard {
    panicking: bool,
}

impl Flag {
    pub(super) const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    pub(super) fn get(&self) -> bool {
        self.0.load(Relaxed)
    }

    pub(super) fn clear(&self) {
        self.0.store(false, Relaxed);
    }

    /// Wraps what a lock gives, in an error if the lock is poisoned.
    pub(super) fn wrap<T>(&self, value: T) -> LockResult<T> {
        if self.get() { Err(PoisonError::new(value)) } else { Ok(value) }
    }

    /// Somebody takes the lock to write.
    #[allow(clippy::unused_self, reason = "a guard belongs to its flag")]
    pub(super) fn guard(&self) -> Guard {
        Guard { panicking: model::panicking() }
    }

    /// Somebody lets go of the lock.
    pub(super) fn done(&self, guard: &Guard) {
        if !guard.panicking && model::panicking() {
            self.0.store(true, Relaxed);
        }
    }
}

/// Changes what a lock gives, poisoned or not.
pub(super) fn map<T, U>(result: LockResult<T>, change: impl FnOnce(T) -> U) -> LockResult<U> {
    match result {
        Ok(value) => Ok(change(value)),
        Err(poisoned) => Err(PoisonError::new(change(poisoned.into_inner()))),
    }
}
