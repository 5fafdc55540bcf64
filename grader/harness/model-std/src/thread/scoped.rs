//! [`scope`] and its threads.
#![allow(unsafe_code, reason = "a scope's threads borrow from it")]

use ::std::fmt;
use ::std::io;
use ::std::marker::PhantomData;
use ::std::panic::Location;
use ::std::sync::Arc;
use ::std::sync::atomic::Ordering::Relaxed;

use protocol::explore::Awaited;

use super::Result;
use super::builder::Builder;
use super::handle::Thread;
use super::join_handle::{ScopeData, Started, start};

/// `std::thread::Scope`.
pub struct Scope<'scope, 'env: 'scope> {
    data: Arc<ScopeData>,
    lifetime: PhantomData<&'scope mut &'scope ()>,
    environment: PhantomData<&'env mut &'env ()>,
}

/// `std::thread::ScopedJoinHandle`.
pub struct ScopedJoinHandle<'scope, T>(Started<'scope, T>);

// SAFETY: a result is reached only by value, through `join`; and only a result that could be sent was ever left there.
unsafe impl<T> Send for ScopedJoinHandle<'_, T> {}
// SAFETY: as above; a shared handle gives no access to the result.
unsafe impl<T> Sync for ScopedJoinHandle<'_, T> {}

/// Runs a closure that may start threads that borrow, and waits for all of them.
///
/// # Panics
/// If a thread panicked and nobody joined it, or if the closure panics.
#[track_caller]
pub fn scope<'env, F, T>(run: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let line = Location::caller();
    let scope = Scope { data: Arc::new(ScopeData::default()), lifetime: PhantomData, environment: PhantomData };
    let result = model::catch(|| run(&scope));
    while scope.data.running.load(Relaxed) > 0 {
        model::wait_for(Awaited::Scope, scope.data.address(), None, line);
    }
    match result {
        Err(payload) => model::resume(payload),
        Ok(_) if scope.data.panicked.load(Relaxed) => panic!("a scoped thread panicked"),
        Ok(result) => result,
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Starts a thread that ends before the scope does.
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, run: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        Builder::new().spawn_scoped(self, run).expect("failed to spawn thread")
    }
}

impl Builder {
    /// Starts a thread that ends before the scope does.
    ///
    /// # Panics
    /// If the name contains a null byte.
    #[track_caller]
    pub fn spawn_scoped<'scope, 'env, F, T>(
        self,
        scope: &'scope Scope<'scope, 'env>,
        run: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        // SAFETY: the scope waits for the thread's end before anything that it may borrow goes.
        let started = unsafe { start(self.name, Some(Arc::clone(&scope.data)), run, Location::caller()) };
        Ok(ScopedJoinHandle(started))
    }
}

impl<T> ScopedJoinHandle<'_, T> {
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

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Scope")
            .field("num_running_threads", &self.data.running.load(Relaxed))
            .field("a_thread_panicked", &self.data.panicked.load(Relaxed))
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ScopedJoinHandle").finish_non_exhaustive()
    }
}
