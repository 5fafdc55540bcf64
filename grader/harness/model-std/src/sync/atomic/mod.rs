//! `std::sync::atomic`: every operation is a scheduling point, and sequentially consistent whatever its ordering says.
//!
//! Each type is the real one inside, of the same size and layout; only its operations go through the scheduler.

mod boolean;
mod integer;
mod point;
mod pointer;

pub use ::std::sync::atomic::Ordering;
pub use boolean::AtomicBool;
pub use integer::{
    AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize,
};
pub use pointer::AtomicPtr;

/// Orders nothing here: the model is sequentially consistent anyway. Panics where the real one does.
pub fn fence(order: Ordering) {
    ::std::sync::atomic::fence(order);
}

/// Orders nothing here: the model is sequentially consistent anyway. Panics where the real one does.
pub fn compiler_fence(order: Ordering) {
    ::std::sync::atomic::compiler_fence(order);
}

/// Gives way to the other threads.
#[deprecated(since = "1.51.0", note = "use hint::spin_loop instead")]
#[track_caller]
pub fn spin_loop_hint() {
    crate::hint::spin_loop();
}

macro_rules! initial {
    ($($name:ident: $type:ident = $value:expr;)*) => { $(
        #[doc = concat!("An [`", stringify!($type), "`] initialised to `", stringify!($value), "`.")]
        #[deprecated(since = "1.34.0", note = "the `new` function is now preferred")]
        #[allow(clippy::declare_interior_mutable_const, reason = "the real one is such a constant, too")]
        pub const $name: $type = $type::new($value);
    )* };
}

initial! {
    ATOMIC_BOOL_INIT: AtomicBool = false;
    ATOMIC_ISIZE_INIT: AtomicIsize = 0;
    ATOMIC_USIZE_INIT: AtomicUsize = 0;
}
