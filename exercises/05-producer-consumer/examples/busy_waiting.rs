//! What a condvar is for: the same wait, once by asking again and again, once by sleeping until somebody tells.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

fn main() {
    let (items, has_items) = (Mutex::new(Vec::new()), Condvar::new());
    let looks = AtomicU64::new(0);
    let produce = |item| {
        thread::sleep(Duration::from_millis(200));
        items.lock().expect("nobody panics").push(item);
        has_items.notify_one();
    };
    thread::scope(|scope| {
        scope.spawn(|| produce(1));
        while items.lock().expect("nobody panics").pop().is_none() {
            looks.fetch_add(1, Ordering::Relaxed);
            thread::yield_now();
        }
    });
    println!("asking took {} looks", looks.swap(0, Ordering::Relaxed));
    thread::scope(|scope| {
        scope.spawn(|| produce(2));
        let mut guard = items.lock().expect("nobody panics");
        while guard.pop().is_none() {
            looks.fetch_add(1, Ordering::Relaxed);
            guard = has_items.wait(guard).expect("nobody panics");
        }
    });
    println!("sleeping took {} looks", looks.into_inner());
}
