//! [`Thread`].

use ::std::fmt;
use ::std::panic::Location;
use ::std::sync::Arc;

use model::Handle;

use super::id::ThreadId;

/// `std::thread::Thread`.
#[derive(Clone)]
pub struct Thread(pub(super) Arc<Handle>);

impl Thread {
    /// Lets the thread's next or present `park` return.
    #[track_caller]
    pub fn unpark(&self) {
        model::unpark(self.0.number(), Location::caller());
    }

    /// The thread's id.
    #[must_use]
    pub fn id(&self) -> ThreadId {
        ThreadId::new(self.0.number())
    }

    /// The thread's name, if it was given one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.name()
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Thread").field("id", &self.id()).field("name", &self.name()).finish_non_exhaustive()
    }
}
