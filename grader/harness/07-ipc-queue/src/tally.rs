//! How many messages `gather` has decoded, by the messages' own count.

use std::sync::atomic::{AtomicUsize, Ordering};

use protocol::ipc_queue::Message;
use serde::{Deserialize, Deserializer};

static DECODED: AtomicUsize = AtomicUsize::new(0);

/// A message that counts itself when it is decoded.
pub struct Tallied(pub Message);

impl<'de> Deserialize<'de> for Tallied {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let message = Message::deserialize(deserializer)?;
        DECODED.fetch_add(1, Ordering::Relaxed);
        Ok(Self(message))
    }
}

/// Counts from zero again.
pub(crate) fn reset() {
    DECODED.store(0, Ordering::Relaxed);
}

/// How many were decoded.
pub(crate) fn count() -> usize {
    DECODED.load(Ordering::Relaxed)
}
