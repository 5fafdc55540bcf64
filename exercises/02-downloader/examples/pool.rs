//! 11.3.4, "thread pools": three threads, five tasks, a callback for each.
//!
//! The channel is the queue of the pool. The callback runs in the thread that has done the task, as the chapter's does.

use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

fn task(x: u32) -> u32 {
    thread::sleep(Duration::from_millis(200));
    x * x
}

fn main() {
    let (submit, tasks) = mpsc::channel();
    let tasks = Mutex::new(tasks);
    let on_done = |x, result| println!("{:?}: the square of {x} is {result}", thread::current().id());
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    // The lock is given back at the end of this statement, before the task runs.
                    let next = tasks.lock().expect("nobody panics in here").recv();
                    let Ok(x) = next else { break };
                    on_done(x, task(x));
                }
            });
        }
        for x in 0..5 {
            submit.send(x).expect("the threads wait for tasks");
        }
        // The chapter's `with` block ends here: no more tasks, and the scope waits for those under way.
        drop(submit);
    });
}
