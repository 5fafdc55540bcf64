//! 11.3.5, "with a lock": the guard is the `with lock:` block of the chapter.

use std::sync::Mutex;
use std::thread;

fn main() {
    let count = Mutex::new(0);
    thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                for _ in 0..100_000 {
                    // Locked from here to the end of the statement.
                    *count.lock().expect("nobody panics while counting") += 1;
                }
            });
        }
    });
    println!("counted {} of 1000000", count.into_inner().expect("nobody panics while counting"));
}
