//! The chapter's closing example 3: two producers and three consumers, and a queue between them.
//!
//! The channel of the standard library is the queue here, and it is unbounded, like the chapter's. The consumers share one
//! receiver behind a lock, and give up when nothing has come for a while: the chapter's way to end, which guesses. The
//! exercise asks for a way that knows.

use std::sync::Mutex;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

fn producer(queue: &Sender<String>, name: &str) {
    for number in 0..5 {
        let item = format!("{name}-{number}");
        println!("{name} made {item}");
        queue.send(item).expect("the consumers outlive the producers");
        thread::sleep(Duration::from_millis(50));
    }
}

fn main() {
    let (sender, receiver) = mpsc::channel();
    let receiver = Mutex::new(receiver);
    thread::scope(|scope| {
        for number in 0..2 {
            let sender = sender.clone();
            scope.spawn(move || producer(&sender, &format!("producer {number}")));
        }
        for number in 0..3 {
            let receiver = &receiver;
            scope.spawn(move || {
                loop {
                    // The lock is given back at the end of this statement, before the work begins.
                    let item = receiver.lock().expect("nobody panics").recv_timeout(Duration::from_millis(300));
                    let Ok(item) = item else { break };
                    println!("consumer {number} got {item}");
                    thread::sleep(Duration::from_millis(80));
                }
            });
        }
    });
    println!("all is done");
}
