//! 11.3.5, "without a lock": ten threads count to 100,000 each, and increments are lost.
//!
//! Rust does not compile a plain shared `count += 1`. Reading and writing an atomic in two steps is the same mistake in a
//! form that compiles.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

fn main() {
    let count = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                for _ in 0..100_000 {
                    let value = count.load(Ordering::SeqCst);
                    count.store(value + 1, Ordering::SeqCst);
                }
            });
        }
    });
    println!("counted {} of 1000000", count.into_inner());
}
