//! [`JoinHandle`], and how a thread's result gets to it.
#![allow(unsafe_code, reason = "a scope's threads borrow from it")]

use ::std::cell::UnsafeCell;
use ::std::fmt;
use ::std::marker::PhantomData;
use ::std::panic::Location;
use ::std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use ::std::sync::{Arc, Mutex, PoisonError};

use protocol::explore::Awaited;

use super::Result;
use super::handle::Thread;

/// The threads of a scope.
#[derive(Debug, Default)]
pub(super) struct ScopeData {
    pub(super) running: AtomicUsize,
    pub(super) panicked: AtomicBool,
}

impl ScopeData {
    /// What the end of the scope waits for.
    pub(super) fn address(&self) -> usize {
        ::std::ptr::from_ref(self).addr()
    }

    fn ended(&self, panicked: bool) {
        self.panicked.fetch_or(panicked, Relaxed);
        if self.running.fetch_sub(1, Relaxed) == 1 {
            model::refresh(Awaited::Scope, self.address(), true);
        }
    }
}

/// Where a thread leaves its result. It is gone when both the thread and its handle are, and only then has the thread
/// ended for its scope, as in the standard library.
struct Packet<'scope, T> {
    scope: Option<Arc<ScopeData>>,
    result: Mutex<Option<Result<T>>>,
    /// A result that is left in the middle of a panic may be broken: the real handle is not unwind safe either.
    lifetime: PhantomData<(Option<&'scope ScopeData>, UnsafeCell<()>)>,
}

impl<T> Packet<'_, T> {
    fn set(&self, result: Option<Result<T>>) -> Option<Result<T>> {
        ::std::mem::replace(&mut *self.result.lock().unwrap_or_else(PoisonError::into_inner), result)
    }
}

impl<T> Drop for Packet<'_, T> {
    fn drop(&mut self) {
        let result = self.set(None);
        let unhandled = matches!(result, Some(Err(_)));
        drop(result);
        if let Some(scope) = &self.scope {
            scope.ended(unhandled);
        }
    }
}

/// A thread that was started, and the place for its result.
pub(super) struct Started<'scope, T> {
    pub(super) thread: Thread,
    packet: Arc<Packet<'scope, T>>,
    /// Gives it the size that it has in the standard library.
    _size: usize,
}

impl<T> Started<'_, T> {
    pub(super) fn join(self, line: &'static Location<'static>) -> Result<T> {
        model::join(self.thread.0.number(), line);
        self.packet.set(None).expect("the thread has ended")
    }

    pub(super) fn is_finished(&self, line: &'static Location<'static>) -> bool {
        model::has_ended(self.thread.0.number(), line)
    }
}

/// Starts a thread.
///
/// # Safety
/// What `run` and its result borrow must live until the thread has ended.
pub(super) unsafe fn start<'scope, F, T>(
    name: Option<String>,
    scope: Option<Arc<ScopeData>>,
    run: F,
    line: &'static Location<'static>,
) -> Started<'scope, T>
where
    F: FnOnce() -> T,
{
    assert!(name.as_ref().is_none_or(|name| !name.contains('\0')), "thread name may not contain interior null bytes");
    if let Some(scope) = &scope {
        scope.running.fetch_add(1, Relaxed);
    }
    let packet = Arc::new(Packet { scope, result: Mutex::new(None), lifetime: PhantomData });
    let theirs = Arc::clone(&packet);
    let body = move || {
        let result = model::catch(run);
        drop(theirs.set(Some(result)));
        drop(theirs);
    };
    // SAFETY: the caller's promise.
    let handle = unsafe { model::spawn(name, Box::new(body), line) };
    Started { thread: Thread(handle), packet, _size: 0 }
}

/// `std::thread::JoinHandle`.
pub struct JoinHandle<T>(pub(super) Started<'static, T>);

// SAFETY: a result is reached only by value, through `join`; and only a result that could be sent was ever left there.
unsafe impl<T> Send for JoinHandle<T> {}
// SAFETY: as above; a shared handle gives no access to the result.
unsafe impl<T> Sync for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// The thread.
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.0.thread
    }

    /// Waits for the thread's end and gives its result.
    ///
    /// # Errors
    /// With the payload if the thread panicked.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        self.0.join(Location::caller())
    }

    /// Whether the thread has ended.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        self.0.is_finished(Location::caller())
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("JoinHandle").finish_non_exhaustive()
    }
}
