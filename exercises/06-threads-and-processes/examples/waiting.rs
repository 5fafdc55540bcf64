//! 11.3.6, "when the GIL matters": work that computes and work that waits, each under one lock. Python gives the lock back
//! while it waits, so waiting in several threads overlaps all the same.

use std::hint::black_box;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

fn main() {
    let lock = Mutex::new(());
    let in_two_threads = |work: &(dyn Fn() + Sync)| {
        let began = Instant::now();
        thread::scope(|scope| {
            scope.spawn(work);
            scope.spawn(work);
        });
        began.elapsed().as_secs_f64()
    };
    let computing = || {
        let _held = lock.lock();
        black_box((0..100_000_000_u64).fold(0, |sum: u64, number| black_box(sum.wrapping_add(number * number))));
    };
    let waiting = || {
        drop(lock.lock());
        // Whoever waits for the network or a disk needs no lock for it.
        thread::sleep(Duration::from_secs(1));
        drop(lock.lock());
    };
    println!("computing, two threads: {:.2} s", in_two_threads(&computing));
    println!("waiting, two threads:   {:.2} s", in_two_threads(&waiting));
}
