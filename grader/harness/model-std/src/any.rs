//! `std::any`: the names of modelled types are those of the real ones.

use ::std::cell::RefCell;
use ::std::collections::BTreeMap;

pub use ::std::any::{Any, TypeId};

/// What this crate calls its modules and what the standard library calls them, the longer names first.
const MODULES: [(&str, &str); 17] = [
    ("model_std::sync::atomic::integer::", "core::sync::atomic::"),
    ("model_std::sync::atomic::boolean::", "core::sync::atomic::"),
    ("model_std::sync::atomic::pointer::", "core::sync::atomic::"),
    ("model_std::sync::condvar::WaitTimeoutResult", "std::sync::WaitTimeoutResult"),
    ("model_std::sync::condvar::", "std::sync::poison::condvar::"),
    ("model_std::sync::mutex::", "std::sync::poison::mutex::"),
    ("model_std::sync::rwlock::", "std::sync::poison::rwlock::"),
    ("model_std::sync::barrier::", "std::sync::barrier::"),
    ("model_std::sync::once::", "std::sync::once::"),
    ("model_std::sync::once_lock::", "std::sync::once_lock::"),
    ("model_std::sync::lazy_lock::", "std::sync::lazy_lock::"),
    ("model_std::thread::handle::", "std::thread::thread::"),
    ("model_std::hint::", "core::hint::"),
    ("model_std::any::", "core::any::"),
    ("model_std::panic::catch_unwind", "std::panic::catch_unwind"),
    ("model_std::thread::", "std::thread::"),
    ("model_std::", "std::"),
];

/// The name of a type.
#[must_use]
pub fn type_name<T: ?Sized>() -> &'static str {
    real_name(::std::any::type_name::<T>())
}

/// The name of a value's type.
#[must_use]
pub fn type_name_of_val<T: ?Sized>(_value: &T) -> &'static str {
    type_name::<T>()
}

/// The name in which every module of this crate is replaced by the one that it stands for. Each is made once.
fn real_name(name: &'static str) -> &'static str {
    thread_local!(static NAMES: RefCell<BTreeMap<&'static str, &'static str>> = const { RefCell::new(BTreeMap::new()) });
    if !name.contains("model_std::") {
        return name;
    }
    NAMES.with_borrow_mut(|names| {
        let made = names.entry(name).or_insert_with(|| {
            MODULES.iter().fold(name.to_owned(), |name, (ours, real)| name.replace(ours, real)).leak()
        });
        *made
    })
}
