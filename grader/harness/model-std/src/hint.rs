//! `std::hint`: a spinning thread gives way.

use ::std::panic::Location;

pub use ::std::hint::{assert_unchecked, black_box, cold_path, select_unpredictable, unreachable_unchecked};

/// Gives way to the other threads.
#[track_caller]
pub fn spin_loop() {
    model::yield_now(Location::caller());
}
