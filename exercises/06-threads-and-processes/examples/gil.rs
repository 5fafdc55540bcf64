//! 11.3.6, "the effect of the GIL": the same counting twice, first one after the other, then in two threads, and at last
//! in two threads that share one lock, as Python's do.

use std::hint::black_box;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

const COUNT: u64 = 50_000_000;

/// How much a thread counts before it gives the lock back.
const TURN: u64 = 50_000;

fn main() {
    timed("one thread", || {
        count(COUNT);
        count(COUNT);
    });
    timed("two threads", || {
        thread::scope(|scope| {
            scope.spawn(|| count(COUNT));
            scope.spawn(|| count(COUNT));
        });
    });
    timed("two threads, one lock", || {
        let lock = Mutex::new(());
        let under_lock = || {
            for _ in 0..COUNT / TURN {
                let _held = lock.lock();
                count(TURN);
            }
        };
        thread::scope(|scope| {
            scope.spawn(under_lock);
            scope.spawn(under_lock);
        });
    });
}

fn count(times: u64) {
    let mut count = 0_u64;
    for _ in 0..times {
        // Or the compiler would find out that the loop only counts, and leave it out.
        count = black_box(count + 1);
    }
}

fn timed(what: &str, work: impl FnOnce()) {
    let began = Instant::now();
    work();
    println!("{what}: {:.2} s", began.elapsed().as_secs_f64());
}
