//! 11.3.5, "deadlock": two threads take two locks in opposite orders.
//!
//! The chapter's program hangs. This one gives up after a second, so that you can run it.

use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

fn main() {
    let (first, second) = (Mutex::new(()), Mutex::new(()));
    // Both threads hold their first lock before either tries its second.
    let both = Barrier::new(2);
    let task = |name: &str, mine: &Mutex<()>, other: &Mutex<()>| {
        let _mine = mine.lock().expect("nobody panics");
        both.wait();
        let deadline = Instant::now() + Duration::from_secs(1);
        while Instant::now() < deadline {
            if other.try_lock().is_ok() {
                println!("{name} got both locks");
                return;
            }
            thread::yield_now();
        }
        println!("{name} holds one lock and waits for the other for ever");
        // The chapter's threads never let go; these do, once both have given up.
        both.wait();
    };
    thread::scope(|scope| {
        scope.spawn(|| task("task 1", &first, &second));
        scope.spawn(|| task("task 2", &second, &first));
    });
}
