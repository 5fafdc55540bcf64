//! The clock of everything outside the sandbox.

use std::time::Instant;

/// The present moment.
#[expect(clippy::disallowed_methods, reason = "the one place that asks")]
pub fn now() -> Instant {
    Instant::now()
}
