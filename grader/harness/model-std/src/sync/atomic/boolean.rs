//! [`AtomicBool`].
#![allow(unsafe_code, reason = "`from_ptr` is unsafe in the standard library, too")]

use ::std::fmt;
use ::std::sync::atomic::Ordering::{self, Relaxed};

use model::Operation;

use super::point::{Point, Word, common_operations, fails_without_cause};

impl Word for bool {
    fn bits(self) -> u64 {
        u64::from(self)
    }

    fn show(self) -> String {
        self.to_string()
    }
}

/// `std::sync::atomic::AtomicBool`.
#[derive(Default)]
#[repr(transparent)]
pub struct AtomicBool(::std::sync::atomic::AtomicBool);

impl AtomicBool {
    /// A variable with this value.
    #[must_use]
    pub const fn new(value: bool) -> Self {
        Self(::std::sync::atomic::AtomicBool::new(value))
    }

    /// The variable that lies at an address.
    ///
    /// # Safety
    /// As for the standard library's.
    pub const unsafe fn from_ptr<'a>(pointer: *mut bool) -> &'a Self {
        // SAFETY: the caller's promise is that of the real type, which this one is, transparently.
        unsafe { &*pointer.cast::<Self>() }
    }

    /// The value of a variable that nobody shares.
    #[must_use]
    pub const fn into_inner(self) -> bool {
        self.0.into_inner()
    }

    /// The address of the value. What goes through it is not seen by the scheduler.
    pub const fn as_ptr(&self) -> *mut bool {
        self.0.as_ptr()
    }

    common_operations!(bool);

    /// Logical and. Returns the value before.
    #[track_caller]
    pub fn fetch_and(&self, value: bool, order: Ordering) -> bool {
        let point = Point::new(self, Operation::Change, "fetch_and");
        let old = self.0.fetch_and(value, order);
        point.replaced(old, self.0.load(Relaxed))
    }

    /// Logical and, then not. Returns the value before.
    #[track_caller]
    pub fn fetch_nand(&self, value: bool, order: Ordering) -> bool {
        let point = Point::new(self, Operation::Change, "fetch_nand");
        let old = self.0.fetch_nand(value, order);
        point.replaced(old, self.0.load(Relaxed))
    }

    /// Logical or. Returns the value before.
    #[track_caller]
    pub fn fetch_or(&self, value: bool, order: Ordering) -> bool {
        let point = Point::new(self, Operation::Change, "fetch_or");
        let old = self.0.fetch_or(value, order);
        point.replaced(old, self.0.load(Relaxed))
    }

    /// Logical exclusive or. Returns the value before.
    #[track_caller]
    pub fn fetch_xor(&self, value: bool, order: Ordering) -> bool {
        let point = Point::new(self, Operation::Change, "fetch_xor");
        let old = self.0.fetch_xor(value, order);
        point.replaced(old, self.0.load(Relaxed))
    }

    /// Logical not. Returns the value before.
    #[track_caller]
    pub fn fetch_not(&self, order: Ordering) -> bool {
        let point = Point::new(self, Operation::Change, "fetch_not");
        let old = self.0.fetch_not(order);
        point.replaced(old, self.0.load(Relaxed))
    }
}

impl From<bool> for AtomicBool {
    fn from(value: bool) -> Self {
        Self::new(value)
    }
}

impl fmt::Debug for AtomicBool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.load(Relaxed), formatter)
    }
}
