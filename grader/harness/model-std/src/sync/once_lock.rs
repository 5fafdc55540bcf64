//! [`OnceLock`].
#![allow(unsafe_code, reason = "a value is written once and shared from then on")]

use ::std::cell::UnsafeCell;
use ::std::fmt;
use ::std::panic::{RefUnwindSafe, UnwindSafe};

use model::{Kind, Object};

use super::once::{self, Earlier, Stage, Stages};

/// The stage and the value in one, so that the compiler drops it, as it drops any value of this type.
#[repr(u32)]
enum Slot<T> {
    Incomplete,
    Poisoned,
    Running,
    Complete(T),
}

/// `std::sync::OnceLock`.
pub struct OnceLock<T> {
    slot: UnsafeCell<Slot<T>>,
}

// SAFETY: the value is written by one thread (which `Send` allows) and then shared (which `Sync` allows).
unsafe impl<T: Sync + Send> Sync for OnceLock<T> {}

impl<T: RefUnwindSafe + UnwindSafe> RefUnwindSafe for OnceLock<T> {}
impl<T: UnwindSafe> UnwindSafe for OnceLock<T> {}

impl<T> OnceLock<T> {
    /// One without a value.
    #[must_use]
    pub const fn new() -> Self {
        Self { slot: UnsafeCell::new(Slot::Incomplete) }
    }

    /// The value, if there is one.
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        if once::is_complete(self) { self.value() } else { None }
    }

    /// The value of one that nobody shares.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        match self.slot.get_mut() {
            Slot::Complete(value) => Some(value),
            Slot::Incomplete | Slot::Poisoned | Slot::Running => None,
        }
    }

    /// Waits for the value.
    #[track_caller]
    pub fn wait(&self) -> &T {
        once::wait(self, Earlier::Ignore);
        self.value().expect("the initialisation is complete")
    }

    /// Sets the value, unless there is one.
    ///
    /// # Errors
    /// With the value that was too late.
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        once::initialise(self, Earlier::Ignore, |_| {
            if let Some(value) = value.take() {
                self.complete(value);
            }
        });
        value.map_or(Ok(()), Err)
    }

    /// The value, which is computed if there is none.
    ///
    /// # Panics
    /// If the computation does.
    #[track_caller]
    pub fn get_or_init<F: FnOnce() -> T>(&self, compute: F) -> &T {
        once::initialise(self, Earlier::Ignore, |_| self.complete(compute()));
        self.value().expect("the initialisation is complete")
    }

    /// The value, if there is one.
    pub fn into_inner(self) -> Option<T> {
        match self.slot.into_inner() {
            Slot::Complete(value) => Some(value),
            Slot::Incomplete | Slot::Poisoned | Slot::Running => None,
        }
    }

    /// Takes the value out.
    pub fn take(&mut self) -> Option<T> {
        match ::std::mem::replace(self.slot.get_mut(), Slot::Incomplete) {
            Slot::Complete(value) => Some(value),
            Slot::Incomplete | Slot::Poisoned | Slot::Running => None,
        }
    }

    fn value(&self) -> Option<&T> {
        // SAFETY: a complete slot is never written again while it is shared, and an incomplete one gives no reference.
        match unsafe { &*self.slot.get() } {
            Slot::Complete(value) => Some(value),
            Slot::Incomplete | Slot::Poisoned | Slot::Running => None,
        }
    }

    fn complete(&self, value: T) {
        // SAFETY: the slot is not complete, so nobody has a reference into it.
        unsafe { *self.slot.get() = Slot::Complete(value) };
    }
}

impl<T> Stages for OnceLock<T> {
    fn stage(&self) -> Stage {
        // SAFETY: modelled threads take turns, and none is in the middle of writing here.
        match unsafe { &*self.slot.get() } {
            Slot::Incomplete => Stage::Incomplete,
            Slot::Poisoned => Stage::Poisoned,
            Slot::Running => Stage::Running,
            Slot::Complete(_) => Stage::Complete,
        }
    }

    fn set_stage(&self, stage: Stage) {
        let slot = match stage {
            Stage::Incomplete => Slot::Incomplete,
            Stage::Poisoned => Slot::Poisoned,
            Stage::Running | Stage::Complete => Slot::Running,
        };
        // SAFETY: stages are set before the slot is complete, while nobody has a reference into it.
        unsafe { *self.slot.get() = slot };
    }

    fn object(&self) -> Object {
        Object::of(self, Kind::Once)
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = formatter.debug_tuple("OnceLock");
        match self.get() {
            Some(value) => output.field(value),
            None => output.field(&format_args!("<uninit>")),
        };
        output.finish()
    }
}

impl<T: Clone> Clone for OnceLock<T> {
    fn clone(&self) -> Self {
        self.get().map_or_else(Self::new, |value| Self::from(value.clone()))
    }
}

impl<T> From<T> for OnceLock<T> {
    fn from(value: T) -> Self {
        Self { slot: UnsafeCell::new(Slot::Complete(value)) }
    }
}

impl<T: PartialEq> PartialEq for OnceLock<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceLock<T> {}
