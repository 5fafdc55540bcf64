//! [`Builder`].
#![allow(unsafe_code, reason = "`spawn_unchecked` is unsafe in the standard library, too")]

use ::std::io;
use ::std::panic::Location;

use super::join_handle::{JoinHandle, start};

/// `std::thread::Builder`. The size of a stack is noted and not used: all stacks have the same.
#[must_use = "must eventually spawn the thread"]
#[derive(Debug)]
pub struct Builder {
    pub(super) name: Option<String>,
    stack_size: Option<usize>,
    /// Never read; but `Debug` shows it, as the real one does.
    #[allow(dead_code, reason = "it is there to be shown")]
    no_hooks: bool,
}

impl Builder {
    /// A thread without a name.
    #[allow(clippy::new_without_default, reason = "the real one has no default either")]
    pub fn new() -> Self {
        Self { name: None, stack_size: None, no_hooks: false }
    }

    /// Gives the thread a name.
    pub fn name(mut self, name: String) -> Self {
        self.name = Some(name);
        self
    }

    /// Asks for a size of its stack.
    pub fn stack_size(mut self, size: usize) -> Self {
        self.stack_size = Some(size);
        self
    }

    /// Starts the thread.
    ///
    /// # Panics
    /// If the name contains a null byte.
    #[track_caller]
    pub fn spawn<F, T>(self, run: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        // SAFETY: what is `'static` lives long enough.
        Ok(JoinHandle(unsafe { start(self.name, None, run, Location::caller()) }))
    }

    /// Starts a thread that may borrow.
    ///
    /// # Panics
    /// If the name contains a null byte.
    ///
    /// # Safety
    /// As for the standard library's.
    #[track_caller]
    pub unsafe fn spawn_unchecked<F, T>(self, run: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send,
        T: Send,
    {
        // SAFETY: the caller promises that what is borrowed lives until the thread is joined.
        Ok(JoinHandle(unsafe { start(self.name, None, run, Location::caller()) }))
    }
}
