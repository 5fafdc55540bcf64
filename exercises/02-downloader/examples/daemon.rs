//! 11.3.2, "daemon threads": what a thread does after the main thread has ended.
//!
//! In Rust every thread is a daemon in the chapter's sense: when `main` returns, the process ends, and so do they. Whoever
//! wants to wait joins, or uses a scope, which cannot end before its threads.

use std::thread;
use std::time::Duration;

fn main() {
    thread::spawn(|| {
        thread::sleep(Duration::from_secs(5));
        println!("nobody gets to see this");
    });
    let name = "borrowed from the main thread".to_owned();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(100));
            println!("a scoped thread has ended; it may use what is {name}");
        });
    });
    println!("the main thread ends, and the first thread with it");
}
