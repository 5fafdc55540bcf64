//! [`AtomicPtr`].
#![allow(unsafe_code, reason = "`from_ptr` is unsafe in the standard library, too")]

use ::std::fmt;
use ::std::sync::atomic::Ordering::{self, Relaxed};

use model::Operation;

use super::point::{Point, Word, common_operations, fails_without_cause};

impl<T> Word for *mut T {
    fn bits(self) -> u64 {
        self.addr() as u64
    }

    fn show(self) -> String {
        // The address says nothing, and differs from run to run.
        if self.is_null() { "null" } else { "a pointer" }.to_owned()
    }
}

/// `std::sync::atomic::AtomicPtr`.
#[repr(transparent)]
pub struct AtomicPtr<T>(::std::sync::atomic::AtomicPtr<T>);

impl<T> AtomicPtr<T> {
    /// A variable with this value.
    #[must_use]
    pub const fn new(pointer: *mut T) -> Self {
        Self(::std::sync::atomic::AtomicPtr::new(pointer))
    }

    /// The variable that lies at an address.
    ///
    /// # Safety
    /// As for the standard library's.
    pub const unsafe fn from_ptr<'a>(pointer: *mut *mut T) -> &'a Self {
        // SAFETY: the caller's promise is that of the real type, which this one is, transparently.
        unsafe { &*pointer.cast::<Self>() }
    }

    /// The value of a variable that nobody shares.
    #[must_use]
    pub const fn into_inner(self) -> *mut T {
        self.0.into_inner()
    }

    /// The address of the value. What goes through it is not seen by the scheduler.
    pub const fn as_ptr(&self) -> *mut *mut T {
        self.0.as_ptr()
    }

    common_operations!(*mut T);
}

macro_rules! offsets {
    ($($fetch:ident $what:literal;)*) => {
        impl<T> AtomicPtr<T> { $(
            #[doc = concat!($what, " Returns the pointer before.")]
            #[track_caller]
            pub fn $fetch(&self, value: usize, order: Ordering) -> *mut T {
                let point = Point::new(self, Operation::Change, stringify!($fetch));
                let old = self.0.$fetch(value, order);
                point.replaced(old, self.0.load(Relaxed))
            }
        )* }
    };
}

offsets! {
    fetch_ptr_add "Moves the pointer forward by so many elements.";
    fetch_ptr_sub "Moves the pointer back by so many elements.";
    fetch_byte_add "Moves the pointer forward by so many bytes.";
    fetch_byte_sub "Moves the pointer back by so many bytes.";
    fetch_or "Bitwise or of the address.";
    fetch_and "Bitwise and of the address.";
    fetch_xor "Bitwise exclusive or of the address.";
}

impl<T> Default for AtomicPtr<T> {
    fn default() -> Self {
        Self::new(::std::ptr::null_mut())
    }
}

impl<T> From<*mut T> for AtomicPtr<T> {
    fn from(pointer: *mut T) -> Self {
        Self::new(pointer)
    }
}

impl<T> fmt::Debug for AtomicPtr<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.load(Relaxed), formatter)
    }
}

impl<T> fmt::Pointer for AtomicPtr<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&self.load(Relaxed), formatter)
    }
}
