//! How much memory a call takes, by the allocator's own books.

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Calls `body`; returns the most memory that this process had at a time beyond what it had before, in bytes.
pub(crate) fn measured<R>(body: impl FnOnce() -> R) -> (R, u64) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = body();
    (result, ALLOCATOR.peak_usage().saturating_sub(before) as u64)
}
