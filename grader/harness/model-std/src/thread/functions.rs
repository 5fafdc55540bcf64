//! The free functions.

use ::std::io;
use ::std::num::NonZeroUsize;
use ::std::panic::Location;
use ::std::time::Duration;

use super::builder::Builder;
use super::handle::Thread;
use super::join_handle::JoinHandle;
use crate::time::nanoseconds;

/// How many threads run at once, as far as a program is told. Small, since a search grows with every thread.
const PARALLELISM: NonZeroUsize = NonZeroUsize::new(2).expect("two is not zero");

/// Starts a thread.
#[track_caller]
pub fn spawn<F, T>(run: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Builder::new().spawn(run).expect("failed to spawn thread")
}

/// The running thread.
#[must_use]
pub fn current() -> Thread {
    Thread(model::current())
}

/// Gives way to the other threads.
#[track_caller]
pub fn yield_now() {
    model::yield_now(Location::caller());
}

/// Whether the running thread is panicking.
#[must_use]
pub fn panicking() -> bool {
    model::panicking()
}

/// Waits for so long on the virtual clock.
#[track_caller]
pub fn sleep(duration: Duration) {
    model::sleep(nanoseconds(duration), Location::caller());
}

/// Waits for so many milliseconds on the virtual clock.
#[deprecated(since = "1.6.0", note = "replaced by `std::thread::sleep`")]
#[track_caller]
pub fn sleep_ms(ms: u32) {
    sleep(Duration::from_millis(u64::from(ms)));
}

/// Waits for an `unpark`; may return without cause.
#[track_caller]
pub fn park() {
    model::park(None, Location::caller());
}

/// Waits for an `unpark` for at most so many milliseconds.
#[deprecated(since = "1.6.0", note = "replaced by `std::thread::park_timeout`")]
#[track_caller]
pub fn park_timeout_ms(ms: u32) {
    park_timeout(Duration::from_millis(u64::from(ms)));
}

/// Waits for an `unpark` for at most so long; may return without cause.
#[track_caller]
pub fn park_timeout(duration: Duration) {
    model::park(Some(nanoseconds(duration)), Location::caller());
}

/// Two, on every machine.
pub fn available_parallelism() -> io::Result<NonZeroUsize> {
    Ok(PARALLELISM)
}
