//! Thread-local values: [`LocalKey`], and what `thread_local!` expands to.

use ::std::cell::{Cell, RefCell};
use ::std::error::Error;
use ::std::fmt;
use ::std::rc::Rc;
use ::std::sync::atomic::AtomicU8;

/// `std::thread::LocalKey`.
pub struct LocalKey<T: 'static> {
    /// The running thread's value; if there is none, it is made of the argument or, without one, by the initialiser.
    access: fn(&mut Option<T>) -> Option<Rc<T>>,
}

/// `std::thread::AccessError`.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct AccessError;

impl fmt::Debug for AccessError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AccessError").finish()
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt("already destroyed", formatter)
    }
}

impl Error for AccessError {}

/// Tells one key from another by its address.
#[doc(hidden)]
#[derive(Debug)]
pub struct Place(AtomicU8);

impl Place {
    #[doc(hidden)]
    #[must_use]
    #[allow(clippy::new_without_default, reason = "only the macro makes one")]
    pub const fn new() -> Self {
        Self(AtomicU8::new(0))
    }

    #[doc(hidden)]
    pub fn access<T: 'static>(&'static self, given: &mut Option<T>, initialise: fn() -> T) -> Option<Rc<T>> {
        model::local(::std::ptr::from_ref(&self.0).addr(), || given.take().unwrap_or_else(initialise))
    }
}

impl<T: 'static> LocalKey<T> {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(access: fn(&mut Option<T>) -> Option<Rc<T>>) -> Self {
        Self { access }
    }

    /// Lends the running thread's value.
    ///
    /// # Panics
    /// If the value was dropped already.
    #[track_caller]
    pub fn with<F, R>(&'static self, lend: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        match self.try_with(lend) {
            Ok(result) => result,
            Err(error) => panic_access_error(error),
        }
    }

    /// Lends the running thread's value.
    ///
    /// # Errors
    /// If the value was dropped already.
    pub fn try_with<F, R>(&'static self, lend: F) -> Result<R, AccessError>
    where
        F: FnOnce(&T) -> R,
    {
        (self.access)(&mut None).map(|value| lend(&value)).ok_or(AccessError)
    }

    /// Lends the value, and the given one if there was a value already.
    #[track_caller]
    fn initialise_with<R>(&'static self, given: T, lend: impl FnOnce(Option<T>, &T) -> R) -> R {
        let mut given = Some(given);
        match (self.access)(&mut given) {
            Some(value) => lend(given, &value),
            None => panic_access_error(AccessError),
        }
    }
}

#[track_caller]
#[cold]
fn panic_access_error(error: AccessError) -> ! {
    panic!("cannot access a Thread Local Storage value during or after destruction: {error:?}")
}

impl<T: 'static> LocalKey<Cell<T>> {
    /// Sets the value.
    #[track_caller]
    pub fn set(&'static self, value: T) {
        self.initialise_with(Cell::new(value), |given, cell| {
            if let Some(given) = given {
                cell.set(given.into_inner());
            }
        });
    }

    /// A copy of the value.
    #[track_caller]
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }

    /// Takes the value and leaves the default.
    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(Cell::take)
    }

    /// Replaces the value and gives the old one.
    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> LocalKey<RefCell<T>> {
    /// Lends the value in the cell.
    #[track_caller]
    pub fn with_borrow<F, R>(&'static self, lend: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        self.with(|cell| lend(&cell.borrow()))
    }

    /// Lends the value in the cell mutably.
    #[track_caller]
    pub fn with_borrow_mut<F, R>(&'static self, lend: F) -> R
    where
        F: FnOnce(&mut T) -> R,
    {
        self.with(|cell| lend(&mut cell.borrow_mut()))
    }

    /// Sets the value.
    #[track_caller]
    pub fn set(&'static self, value: T) {
        self.initialise_with(RefCell::new(value), |given, cell| {
            if let Some(given) = given {
                *cell.borrow_mut() = given.into_inner();
            }
        });
    }

    /// Takes the value and leaves the default.
    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(RefCell::take)
    }

    /// Replaces the value and gives the old one.
    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LocalKey").finish_non_exhaustive()
    }
}
