//! [`ThreadId`].

use ::std::num::NonZeroU64;

/// `std::thread::ThreadId`. The main thread of every execution has the first one.
#[derive(Eq, PartialEq, Clone, Copy, Hash, Debug)]
pub struct ThreadId(NonZeroU64);

impl ThreadId {
    /// The id of the thread with this number, from 0.
    pub(super) fn new(number: usize) -> Self {
        Self(NonZeroU64::MIN.saturating_add(number as u64))
    }
}
