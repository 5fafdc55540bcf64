//! 11.4.2: ten pages are fetched by ten threads. They wait at the same time, so it takes as long as one of them.
//!
//! A thread for each address is fine for ten addresses. A crawler does not know how many there will be.

use std::thread;
use std::time::{Duration, Instant};

/// Stands in for a request over the network.
fn fetch(url: &str) -> usize {
    thread::sleep(Duration::from_millis(300));
    url.len()
}

fn main() {
    let began = Instant::now();
    let urls: Vec<String> = (0..10).map(|page| format!("http://example.test/{page}")).collect();
    thread::scope(|scope| {
        for url in &urls {
            scope.spawn(move || println!("{url}: {} bytes", fetch(url)));
        }
    });
    println!("ten pages of 300 ms each in {:?}", began.elapsed());
}
