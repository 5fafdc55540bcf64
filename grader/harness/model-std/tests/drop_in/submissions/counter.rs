//! A counter with a race, which knows nothing of the model.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Default)]
pub struct Counter {
    value: AtomicU64,
}

impl Counter {
    /// Counts; prints, which must not be seen.
    pub fn increment(&self) -> u64 {
        println!("counting");
        let value = self.value.load(Ordering::SeqCst);
        self.value.store(value + 1, Ordering::SeqCst);
        value
    }
}
