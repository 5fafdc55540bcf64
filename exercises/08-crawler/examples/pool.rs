//! 11.3.4: a pool of three threads takes tasks from a queue; results come back in the order of the tasks.
//!
//! `ThreadPoolExecutor.map` in the chapter. A queue that is empty means that the pool is done: nobody adds to it. In a
//! crawler every task may bring new ones.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

fn task(x: u32) -> u32 {
    println!("working on {x}");
    thread::sleep(Duration::from_millis(200));
    x * 2
}

fn main() {
    let queue: Mutex<VecDeque<(usize, u32)>> = Mutex::new((0..5).enumerate().collect());
    let results = Mutex::new([0; 5]);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    // The lock is held for this one line, not while the task runs.
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some((place, x)) = next else { break };
                    let result = task(x);
                    results.lock().unwrap_or_else(PoisonError::into_inner)[place] = result;
                }
            });
        }
    });
    println!("results: {:?}", results.into_inner().unwrap_or_else(PoisonError::into_inner));
}
