//! `std::sync::atomic` and `std::hint`.

use std::fmt::{Debug, Pointer};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::{self, Ordering};

use super::{has, lacks};

/// The operations that all atomics have.
macro_rules! common {
    ($atomic:ty, $value:ty) => {
        has!($atomic: Debug + Default + From<$value> + Send + Sync + UnwindSafe + RefUnwindSafe + Unpin);
        const { _ = <$atomic>::new as fn($value) -> $atomic };
        let _: unsafe fn(*mut $value) -> &'static $atomic = <$atomic>::from_ptr;
        let _: fn(&mut $atomic) -> &mut $value = <$atomic>::get_mut;
        let _: fn($atomic) -> $value = <$atomic>::into_inner;
        let _: fn(&$atomic) -> *mut $value = <$atomic>::as_ptr;
        let _: fn(&$atomic, Ordering) -> $value = <$atomic>::load;
        let _: fn(&$atomic, $value, Ordering) = <$atomic>::store;
        let _: fn(&$atomic, $value, Ordering) -> $value = <$atomic>::swap;
        let _: fn(&$atomic, $value, $value, Ordering) -> $value = <$atomic>::compare_and_swap;
        let _: fn(&$atomic, $value, $value, Ordering, Ordering) -> Result<$value, $value> = <$atomic>::compare_exchange;
        let _: fn(&$atomic, $value, $value, Ordering, Ordering) -> Result<$value, $value> =
            <$atomic>::compare_exchange_weak;
        let _: fn(&$atomic, Ordering, Ordering, fn($value) -> Option<$value>) -> Result<$value, $value> =
            <$atomic>::fetch_update;
        let _ = |atomic: &$atomic| atomic.try_update(Ordering::SeqCst, Ordering::SeqCst, |value| Some(value)).is_ok();
        let _ = |atomic: &$atomic| -> $value { atomic.update(Ordering::SeqCst, Ordering::SeqCst, |value| value) };
    };
}

macro_rules! integers {
    ($($atomic:ident($integer:ty))*) => { $({
        type Atomic = atomic::$atomic;
        common!(Atomic, $integer);
        for _ in [
            Atomic::fetch_add as fn(&Atomic, $integer, Ordering) -> $integer,
            Atomic::fetch_sub,
            Atomic::fetch_and,
            Atomic::fetch_nand,
            Atomic::fetch_or,
            Atomic::fetch_xor,
            Atomic::fetch_max,
            Atomic::fetch_min,
        ] {}
        const CONST: $integer = Atomic::new(5).into_inner();
        static STATIC: Atomic = Atomic::new(CONST);
        assert_eq!(STATIC.load(Ordering::Relaxed), 5);
    })* };
}

pub(super) fn check() {
    integers! {
        AtomicI8(i8) AtomicI16(i16) AtomicI32(i32) AtomicI64(i64) AtomicIsize(isize)
        AtomicU8(u8) AtomicU16(u16) AtomicU32(u32) AtomicU64(u64) AtomicUsize(usize)
    }
    type Bool = atomic::AtomicBool;
    common!(Bool, bool);
    for _ in [Bool::fetch_and as fn(&Bool, bool, Ordering) -> bool, Bool::fetch_nand, Bool::fetch_or, Bool::fetch_xor] {
    }
    let _: fn(&Bool, Ordering) -> bool = Bool::fetch_not;
    type Ptr = atomic::AtomicPtr<u8>;
    common!(Ptr, *mut u8);
    has!(Ptr: Pointer);
    for _ in [
        Ptr::fetch_ptr_add as fn(&Ptr, usize, Ordering) -> *mut u8,
        Ptr::fetch_ptr_sub,
        Ptr::fetch_byte_add,
        Ptr::fetch_byte_sub,
        Ptr::fetch_or,
        Ptr::fetch_and,
        Ptr::fetch_xor,
    ] {}
    for _ in [atomic::fence as fn(Ordering), atomic::compiler_fence] {}
    for _ in [atomic::spin_loop_hint as fn(), std::hint::spin_loop] {}
    let _ = (atomic::ATOMIC_BOOL_INIT, atomic::ATOMIC_ISIZE_INIT, atomic::ATOMIC_USIZE_INIT);
    lacks!(Bool: Clone);
    lacks!(Ptr: Copy);
}
