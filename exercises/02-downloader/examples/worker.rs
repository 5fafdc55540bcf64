//! 11.3.3: a type for what a thread does. Rust has no `Thread` to inherit from; a value with a method is moved in.

use std::thread;
use std::time::Duration;

struct Worker {
    id: u32,
    task: &'static str,
}

impl Worker {
    fn run(self) -> u32 {
        println!("task {}: {} begins", self.id, self.task);
        for step in 1..=3 {
            println!("task {}: {step}/3", self.id);
            thread::sleep(Duration::from_millis(100));
        }
        println!("task {}: {} is done", self.id, self.task);
        self.id
    }
}

fn main() {
    let tasks = ["data", "upload", "mail"];
    let workers = (1..).zip(tasks).map(|(id, task)| Worker { id, task });
    let threads: Vec<_> = workers.map(|worker| thread::spawn(|| worker.run())).collect();
    for thread in threads {
        match thread.join() {
            Ok(id) => println!("task {id} has been joined"),
            Err(_) => println!("a task has panicked, which ended its own thread only"),
        }
    }
}
