//! The atomic integers.
#![allow(unsafe_code, reason = "`from_ptr` is unsafe in the standard library, too")]

use ::std::fmt;
use ::std::sync::atomic::Ordering::{self, Relaxed};

use model::Operation;

use super::point::{Point, Word, common_operations, fails_without_cause};

macro_rules! atomic_integers {
    ($($name:ident($integer:ident);)*) => { $(
        impl Word for $integer {
            #[allow(clippy::cast_sign_loss, clippy::cast_lossless, trivial_numeric_casts, reason = "only equality matters")]
            fn bits(self) -> u64 {
                self as u64
            }

            fn show(self) -> String {
                self.to_string()
            }
        }

        #[doc = concat!("`std::sync::atomic::", stringify!($name), "`.")]
        #[derive(Default)]
        #[repr(transparent)]
        pub struct $name(::std::sync::atomic::$name);

        impl $name {
            /// A variable with this value.
            #[must_use]
            pub const fn new(value: $integer) -> Self {
                Self(::std::sync::atomic::$name::new(value))
            }

            /// The variable that lies at an address.
            ///
            /// # Safety
            /// As for the standard library's.
            pub const unsafe fn from_ptr<'a>(pointer: *mut $integer) -> &'a Self {
                // SAFETY: the caller's promise is that of the real type, which this one is, transparently.
                unsafe { &*pointer.cast::<Self>() }
            }

            /// The value of a variable that nobody shares.
            #[must_use]
            pub const fn into_inner(self) -> $integer {
                self.0.into_inner()
            }

            /// The address of the value. What goes through it is not seen by the scheduler.
            pub const fn as_ptr(&self) -> *mut $integer {
                self.0.as_ptr()
            }

            common_operations!($integer);

            atomic_integers!(@fetch $integer:
                fetch_add "Adds a number, wrapping around.";
                fetch_sub "Subtracts a number, wrapping around.";
                fetch_and "Bitwise and.";
                fetch_nand "Bitwise and, then not.";
                fetch_or "Bitwise or.";
                fetch_xor "Bitwise exclusive or.";
                fetch_max "The greater of the value and a number.";
                fetch_min "The less of the value and a number.";
            );
        }

        impl From<$integer> for $name {
            fn from(value: $integer) -> Self {
                Self::new(value)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.load(Relaxed), formatter)
            }
        }
    )* };
    (@fetch $integer:ident: $($fetch:ident $what:literal;)*) => { $(
        #[doc = concat!($what, " Returns the value before.")]
        #[inline]
        #[track_caller]
        pub fn $fetch(&self, value: $integer, order: Ordering) -> $integer {
            let point = Point::new(self, Operation::Change, stringify!($fetch));
            let old = self.0.$fetch(value, order);
            point.replaced(old, self.0.load(Relaxed))
        }
    )* };
}

atomic_integers! {
    AtomicI8(i8);
    AtomicI16(i16);
    AtomicI32(i32);
    AtomicI64(i64);
    AtomicIsize(isize);
    AtomicU8(u8);
    AtomicU16(u16);
    AtomicU32(u32);
    AtomicU64(u64);
    AtomicUsize(usize);
}
