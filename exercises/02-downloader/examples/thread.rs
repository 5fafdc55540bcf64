//! 11.3.1 and 11.3.2: two threads with names. The main thread waits for both.

use std::thread;
use std::time::Duration;

fn count_numbers(start: u32, end: u32) -> u32 {
    let name = thread::current().name().unwrap_or("a thread without a name").to_owned();
    println!("{name} begins");
    for number in start..end {
        println!("{name}: {number}");
        thread::sleep(Duration::from_millis(50));
    }
    (start..end).sum()
}

fn main() {
    println!("the main thread is called {:?}", thread::current().name());
    let start = |name: &str, start, end| {
        let thread = thread::Builder::new().name(name.to_owned());
        thread.spawn(move || count_numbers(start, end)).expect("the system has a thread to give")
    };
    let threads = [start("thread 1", 0, 5), start("thread 2", 5, 10)];
    // `join` waits, and hands over what the thread returned: no list that both write to is needed.
    let sums = threads.map(|thread| thread.join().expect("nobody panics while counting"));
    println!("the sums are {sums:?}");
}
