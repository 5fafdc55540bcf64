//! [`Mutex`] and its guard.
#![allow(unsafe_code, reason = "a lock hands out references to what it guards")]

use ::std::cell::UnsafeCell;
use ::std::fmt;
use ::std::marker::PhantomData;
use ::std::ops::{Deref, DerefMut};
use ::std::panic::{Location, RefUnwindSafe, UnwindSafe};
use ::std::sync::{LockResult, TryLockError, TryLockResult};

use model::{Kind, Object, RawMutex};

use super::identity::Identity;
use super::poison::{Flag, Guard};

/// `std::sync::Mutex`.
#[repr(C)]
pub struct Mutex<T: ?Sized> {
    identity: Identity,
    raw: RawMutex,
    poison: Flag,
    data: UnsafeCell<T>,
}

// SAFETY: as for the real one: whoever has the mutex can take the value out, and nothing else.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: the lock lets one thread at a time reach the value.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

impl<T: ?Sized> UnwindSafe for Mutex<T> {}
impl<T: ?Sized> RefUnwindSafe for Mutex<T> {}

/// `std::sync::MutexGuard`.
#[must_use = "if unused the Mutex will immediately unlock"]
#[clippy::has_significant_drop]
pub struct MutexGuard<'a, T: ?Sized + 'a> {
    lock: &'a Mutex<T>,
    poison: Guard,
    /// A guard stays in its thread.
    not_send: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives shared references to the value only.
unsafe impl<T: ?Sized + Sync> Sync for MutexGuard<'_, T> {}

impl<T> Mutex<T> {
    /// A free mutex around a value.
    pub const fn new(value: T) -> Self {
        Self { identity: Identity, raw: RawMutex::new(), poison: Flag::new(), data: UnsafeCell::new(value) }
    }

    /// The value.
    pub fn into_inner(self) -> LockResult<T> {
        let Self { identity: _, raw: _, poison, data } = self;
        poison.wrap(data.into_inner())
    }
}

impl<T: ?Sized> Mutex<T> {
    fn object(&self) -> Object {
        Object::of(self, Kind::Lock)
    }

    /// Waits until the mutex is free and takes it.
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        self.raw.lock(self.object(), Location::caller());
        self.poison.wrap(self.guard())
    }

    /// Takes the mutex if it is free.
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        if self.raw.try_lock(self.object(), Location::caller()) {
            Ok(self.poison.wrap(self.guard())?)
        } else {
            Err(TryLockError::WouldBlock)
        }
    }

    fn guard(&self) -> MutexGuard<'_, T> {
        MutexGuard { lock: self, poison: self.poison.guard(), not_send: PhantomData }
    }

    /// Whether a holder panicked.
    pub fn is_poisoned(&self) -> bool {
        self.poison.get()
    }

    /// Forgets that a holder panicked.
    pub fn clear_poison(&self) {
        self.poison.clear();
    }

    /// The value of a mutex that nobody shares.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.poison.wrap(self.data.get_mut())
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// The lock behind a guard, as a condvar needs it.
    pub(super) fn raw(&self) -> (&'a RawMutex, Object) {
        (&self.lock.raw, self.lock.object())
    }

    /// The poison of the lock behind a guard.
    pub(super) fn flag(&self) -> &'a Flag {
        &self.lock.poison
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard's thread holds the lock, so nobody has a mutable reference to the value.
        unsafe { &*self.lock.data.get() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard's thread holds the lock, and the guard itself is borrowed mutably.
        unsafe { &mut *self.lock.data.get() }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.poison.done(&self.poison);
        self.lock.raw.unlock(self.lock.object());
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = formatter.debug_struct("Mutex");
        match self.try_lock() {
            Ok(guard) => output.field("data", &&*guard),
            Err(TryLockError::Poisoned(error)) => output.field("data", &&**error.get_ref()),
            Err(TryLockError::WouldBlock) => output.field("data", &"<locked>"),
        };
        output.field("poisoned", &self.poison.get());
        output.finish_non_exhaustive()
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(formatter)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(formatter)
    }
}
