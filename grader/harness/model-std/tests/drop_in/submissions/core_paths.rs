//! Nobody slips out through `core`.

extern crate alloc;

fn same<T>(_: T, _: T) {}

pub fn check() {
    same(core::sync::atomic::AtomicU64::new(1), std::sync::atomic::AtomicU64::new(1));
    same(::core::sync::atomic::AtomicBool::new(true), std::sync::atomic::AtomicBool::new(true));
    same::<fn()>(core::hint::spin_loop, std::hint::spin_loop);
    same(core::any::type_name::<u8> as fn() -> &'static str, std::any::type_name::<u8>);
    same(core::time::Duration::ZERO, std::time::Duration::ZERO);
    same(alloc::sync::Arc::new(core::cell::Cell::new(1)), std::sync::Arc::new(std::cell::Cell::new(1)));
}
