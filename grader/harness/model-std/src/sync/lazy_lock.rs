//! [`LazyLock`].
#![allow(unsafe_code, reason = "a value is written once and shared from then on")]

use ::std::cell::UnsafeCell;
use ::std::fmt;
use ::std::mem;
use ::std::ops::{Deref, DerefMut};
use ::std::panic::{RefUnwindSafe, UnwindSafe};

use model::{Kind, Object};

use super::once::{self, Earlier, Stage, Stages};

/// The stage, and what belongs to it.
#[repr(u32)]
enum Slot<T, F> {
    Incomplete(F),
    Poisoned,
    Running,
    Complete(T),
}

/// `std::sync::LazyLock`.
pub struct LazyLock<T, F = fn() -> T> {
    slot: UnsafeCell<Slot<T, F>>,
}

// SAFETY: the closure is run by one thread (which `Send` allows), and so is the value written; then it is shared.
unsafe impl<T: Sync + Send, F: Send> Sync for LazyLock<T, F> {}

impl<T: RefUnwindSafe + UnwindSafe, F: UnwindSafe> RefUnwindSafe for LazyLock<T, F> {}
impl<T: UnwindSafe, F: UnwindSafe> UnwindSafe for LazyLock<T, F> {}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    /// A value that the closure will compute.
    pub const fn new(compute: F) -> Self {
        Self { slot: UnsafeCell::new(Slot::Incomplete(compute)) }
    }

    /// The value, which is computed now if it was not before.
    ///
    /// # Panics
    /// If the closure does, or did.
    #[track_caller]
    pub fn force(this: &Self) -> &T {
        once::initialise(this, Earlier::Ignore, |before| {
            assert!(before != Stage::Poisoned, "LazyLock instance has previously been poisoned");
            this.compute();
        });
        this.value().expect("the initialisation is complete")
    }

    /// The value of one that nobody shares, computed now if it was not before.
    ///
    /// # Panics
    /// If the closure does, or did.
    #[track_caller]
    pub fn force_mut(this: &mut Self) -> &mut T {
        Self::force(this);
        match this.slot.get_mut() {
            Slot::Complete(value) => value,
            Slot::Incomplete(_) | Slot::Poisoned | Slot::Running => unreachable!("the initialisation is complete"),
        }
    }

    /// Runs the closure that was put aside when the stage became `Running`.
    fn compute(&self) {
        // SAFETY: this thread alone initialises; nobody has a reference into the slot.
        let before = unsafe { mem::replace(&mut *self.slot.get(), Slot::Running) };
        if let Slot::Incomplete(compute) = before {
            let value = compute();
            // SAFETY: as above; the closure may have run other threads, but they wait for this one.
            unsafe { *self.slot.get() = Slot::Complete(value) };
        }
    }
}

impl<T, F> LazyLock<T, F> {
    /// The value of one that nobody shares, if it was computed.
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        match this.slot.get_mut() {
            Slot::Complete(value) => Some(value),
            Slot::Incomplete(_) | Slot::Poisoned | Slot::Running => None,
        }
    }

    /// The value, if it was computed.
    #[track_caller]
    pub fn get(this: &Self) -> Option<&T> {
        if once::is_complete(this) { this.value() } else { None }
    }

    fn value(&self) -> Option<&T> {
        // SAFETY: a complete slot is never written again while it is shared, and an incomplete one gives no reference.
        match unsafe { &*self.slot.get() } {
            Slot::Complete(value) => Some(value),
            Slot::Incomplete(_) | Slot::Poisoned | Slot::Running => None,
        }
    }
}

impl<T, F> Stages for LazyLock<T, F> {
    fn stage(&self) -> Stage {
        // SAFETY: modelled threads take turns, and none is in the middle of writing here.
        match unsafe { &*self.slot.get() } {
            Slot::Incomplete(_) => Stage::Incomplete,
            Slot::Poisoned => Stage::Poisoned,
            Slot::Running => Stage::Running,
            Slot::Complete(_) => Stage::Complete,
        }
    }

    /// The slot itself becomes `Running` when its closure is taken out.
    fn set_stage(&self, stage: Stage) {
        if stage == Stage::Poisoned {
            // SAFETY: this thread alone initialises; nobody has a reference into the slot.
            unsafe { *self.slot.get() = Slot::Poisoned };
        }
    }

    fn object(&self) -> Object {
        Object::of(self, Kind::Once)
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[track_caller]
    fn deref(&self) -> &T {
        Self::force(self)
    }
}

impl<T, F: FnOnce() -> T> DerefMut for LazyLock<T, F> {
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        Self::force_mut(self)
    }
}

impl<T: Default> Default for LazyLock<T> {
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = formatter.debug_tuple("LazyLock");
        match Self::get(self) {
            Some(value) => output.field(value),
            None => output.field(&format_args!("<uninit>")),
        };
        output.finish()
    }
}
