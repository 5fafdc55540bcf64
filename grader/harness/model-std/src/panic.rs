//! `std::panic`: panics are counted for each modelled thread, and a hook lasts for one execution.

use ::std::any::Any;

use model::Hook;

#[allow(deprecated, reason = "it is still there")]
pub use ::std::panic::PanicInfo;
pub use ::std::panic::{AssertUnwindSafe, Location, PanicHookInfo, RefUnwindSafe, UnwindSafe, panic_any};

/// Runs a closure and catches its panic.
///
/// # Errors
/// With the panic's payload.
pub fn catch_unwind<F: FnOnce() -> R + UnwindSafe, R>(run: F) -> ::std::thread::Result<R> {
    model::catch(run)
}

/// Goes on panicking without a word from the hook.
pub fn resume_unwind(payload: Box<dyn Any + Send>) -> ! {
    model::resume(payload)
}

/// Sets a hook for the rest of the execution.
///
/// # Panics
/// If the thread is panicking.
pub fn set_hook(hook: Hook) {
    assert!(!model::panicking(), "cannot modify the panic hook from a panicking thread");
    drop(model::replace_hook(Some(hook)));
}

/// Takes the hook that was set, or one that does nothing.
///
/// # Panics
/// If the thread is panicking.
#[must_use]
pub fn take_hook() -> Hook {
    assert!(!model::panicking(), "cannot modify the panic hook from a panicking thread");
    model::replace_hook(None).unwrap_or_else(|| Box::new(|_| {}))
}
