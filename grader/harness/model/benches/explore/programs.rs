//! Right and wrong programs as students write them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

/// A counter whose increment is one operation.
struct Counter(AtomicU64);

impl Counter {
    fn right_increment(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }

    /// Two threads can read the same value.
    fn racy_increment(&self) -> u64 {
        let value = self.0.load(Ordering::SeqCst);
        self.0.store(value + 1, Ordering::SeqCst);
        value
    }
}

fn increments(increment: fn(&Counter) -> u64) -> Vec<u8> {
    let counter = Counter(AtomicU64::new(0));
    let mut tickets = std::thread::scope(|scope| {
        let threads = [(); 2].map(|()| scope.spawn(|| [increment(&counter), increment(&counter)]));
        threads.map(|thread| thread.join().expect("no panic")).concat()
    });
    tickets.sort_unstable();
    tickets.into_iter().map(|ticket| ticket as u8).collect()
}

pub(crate) fn right_counter() -> Vec<u8> {
    increments(Counter::right_increment)
}

pub(crate) fn racy_counter() -> Vec<u8> {
    increments(Counter::racy_increment)
}

/// Whether the tickets of the increments are distinct and without a gap.
pub(crate) fn dense(tickets: &[u8]) -> bool {
    tickets.iter().zip(0..).all(|(&ticket, expected)| ticket == expected)
}

fn transfer(from: &Mutex<i64>, to: &Mutex<i64>) {
    let mut from = from.lock().unwrap();
    let mut to = to.lock().unwrap();
    *from -= 1;
    *to += 1;
}

/// Two threads, each of which holds what the other one needs.
pub(crate) fn transfers() -> Vec<u8> {
    let accounts = [Mutex::new(10), Mutex::new(10)];
    std::thread::scope(|scope| {
        scope.spawn(|| transfer(&accounts[0], &accounts[1]));
        scope.spawn(|| transfer(&accounts[1], &accounts[0]));
    });
    Vec::new()
}

pub(crate) fn ordered_transfers() -> Vec<u8> {
    let accounts = [Mutex::new(10), Mutex::new(10)];
    std::thread::scope(|scope| {
        scope.spawn(|| transfer(&accounts[0], &accounts[1]));
        scope.spawn(|| transfer(&accounts[0], &accounts[1]));
    });
    Vec::new()
}

/// A queue with room for `capacity` items.
struct Queue {
    items: Mutex<VecDeque<u8>>,
    capacity: usize,
    filled: Condvar,
    emptied: Condvar,
}

impl Queue {
    fn new(capacity: usize) -> Self {
        Self { items: Mutex::new(VecDeque::new()), capacity, filled: Condvar::new(), emptied: Condvar::new() }
    }

    fn push(&self, item: u8) {
        let mut items = self.items.lock().unwrap();
        while items.len() == self.capacity {
            items = self.emptied.wait(items).unwrap();
        }
        items.push_back(item);
        self.filled.notify_one();
    }

    fn pop(&self) -> u8 {
        let mut items = self.items.lock().unwrap();
        while items.is_empty() {
            items = self.filled.wait(items).unwrap();
        }
        self.emptied.notify_one();
        items.pop_front().unwrap()
    }

    /// Wrong: may wake a producer when a consumer is meant.
    fn push_one_condvar(&self, item: u8) {
        let mut items = self.items.lock().unwrap();
        while items.len() == self.capacity {
            items = self.filled.wait(items).unwrap();
        }
        items.push_back(item);
        self.filled.notify_one();
    }

    fn pop_one_condvar(&self) -> u8 {
        let mut items = self.items.lock().unwrap();
        while items.is_empty() {
            items = self.filled.wait(items).unwrap();
        }
        self.filled.notify_one();
        items.pop_front().unwrap()
    }

    /// Wrong: somebody else may have taken the item before this thread runs again.
    fn pop_if(&self) -> u8 {
        let mut items = self.items.lock().unwrap();
        if items.is_empty() {
            items = self.filled.wait(items).unwrap();
        }
        self.emptied.notify_one();
        items.pop_front().unwrap()
    }

    /// Wrong: a thread that is woken for an item may find that its time is over, and leaves the item and takes the
    /// notification with it.
    fn pop_timeout(&self, limit: Duration) -> Option<u8> {
        let start = Instant::now();
        let mut items = self.items.lock().unwrap();
        loop {
            let left = limit.checked_sub(start.elapsed())?;
            if let Some(item) = items.pop_front() {
                self.emptied.notify_one();
                return Some(item);
            }
            items = self.filled.wait_timeout(items, left).unwrap().0;
        }
    }
}

fn produce_and_consume(push: fn(&Queue, u8), pop: fn(&Queue) -> u8) -> Vec<u8> {
    let queue = Queue::new(1);
    std::thread::scope(|scope| {
        for producer in 0..2 {
            let queue = &queue;
            scope.spawn(move || (0..2).for_each(|item| push(queue, producer * 10 + item)));
        }
        for _ in 0..2 {
            scope.spawn(|| [pop(&queue), pop(&queue)]);
        }
    });
    Vec::new()
}

pub(crate) fn right_queue() -> Vec<u8> {
    produce_and_consume(Queue::push, Queue::pop)
}

pub(crate) fn one_condvar_queue() -> Vec<u8> {
    produce_and_consume(Queue::push_one_condvar, Queue::pop_one_condvar)
}

pub(crate) fn if_queue() -> Vec<u8> {
    produce_and_consume(Queue::push, Queue::pop_if)
}

pub(crate) fn swallowed_wake_up() -> Vec<u8> {
    let queue = Queue::new(1);
    std::thread::scope(|scope| {
        let hurried = scope.spawn(|| queue.pop_timeout(Duration::from_secs(1)));
        scope.spawn(|| queue.pop());
        queue.push(7);
        if hurried.join().unwrap().is_some() {
            queue.push(8);
        }
    });
    Vec::new()
}
