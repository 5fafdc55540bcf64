//! Threads: their ends, their values, their numbers.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;

use protocol::explore::Budget;

use crate::explorer::{budget, explore, explore_with, observations};

#[test]
fn a_thousand_threads_run() {
    let body = || {
        let sum = AtomicUsize::new(0);
        thread::scope(|scope| {
            for number in 0..1_000 {
                let sum = &sum;
                scope.spawn(move || sum.fetch_add(number, SeqCst));
            }
        });
        sum.into_inner().to_le_bytes().to_vec()
    };
    let budget = Budget { schedules: 40, random: 20, steps: 10_000, ..budget() };
    let exploration = explore_with(&budget, &body, |sum| sum == 499_500_usize.to_le_bytes());
    assert_eq!((exploration.failure, exploration.reached.schedules), (None, 40));
}

#[test]
fn a_thousand_threads_wait_for_one_lock() {
    let body = || {
        let (lock, barrier) = (Mutex::new(0_u32), Barrier::new(1_000));
        thread::scope(|scope| {
            for _ in 0..1_000 {
                scope.spawn(|| {
                    barrier.wait();
                    *lock.lock().unwrap() += 1;
                });
            }
        });
        lock.into_inner().unwrap().to_le_bytes().to_vec()
    };
    let budget = Budget { schedules: 10, random: 5, steps: 10_000, ..budget() };
    assert_eq!(explore_with(&budget, &body, |count| count == 1_000_u32.to_le_bytes()).failure, None);
}

#[test]
fn what_a_driver_does_at_the_start_of_a_thread_can_overlap_once_it_says_so() {
    // The driver's own books, of which the model knows nothing.
    fn most_at_once(says_so: bool) -> BTreeSet<Vec<u8>> {
        let body = || {
            let (inside, most) = (core::sync::atomic::AtomicU8::new(0), core::sync::atomic::AtomicU8::new(0));
            let point = AtomicU8::new(0);
            thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
                        if says_so {
                            model::acted();
                        }
                        point.load(SeqCst);
                        inside.fetch_sub(1, SeqCst);
                    });
                }
            });
            vec![most.into_inner()]
        };
        observations(&body)
    }
    assert_eq!(most_at_once(true), BTreeSet::from([vec![1], vec![2], vec![3]]));
    assert_eq!(most_at_once(false), BTreeSet::from([vec![1]]), "a first operation is part of a thread's start");
}

std::thread_local! {
    static OWN: Cell<u8> = const { Cell::new(5) };
    static LIST: RefCell<Vec<u8>> = RefCell::new(vec![1]);
}

/// Says on a channel that it is dropped.
struct Last(mpsc::Sender<u8>, u8);

impl Drop for Last {
    fn drop(&mut self) {
        let _ = self.0.send(self.1);
    }
}

#[test]
fn every_thread_has_its_own_values() {
    let body = || {
        let threads = [1, 2].map(|number| {
            thread::spawn(move || {
                OWN.set(OWN.get() + number);
                LIST.with_borrow_mut(|list| list.push(number));
                OWN.get() * 10 + LIST.with_borrow(Vec::len) as u8
            })
        });
        let values = threads.map(|thread| thread.join().unwrap());
        vec![values[0], values[1], OWN.get(), LIST.take().len() as u8]
    };
    assert_eq!(observations(&body), [vec![62, 72, 5, 1]].into());
}

#[test]
fn values_are_dropped_when_their_thread_ends_the_last_one_first() {
    std::thread_local! {
        static FIRST: RefCell<Option<Last>> = const { RefCell::new(None) };
        static SECOND: RefCell<Option<Last>> = const { RefCell::new(None) };
    }
    let body = || {
        let (sender, receiver) = mpsc::channel();
        let thread = thread::spawn(move || {
            FIRST.set(Some(Last(sender.clone(), 1)));
            SECOND.set(Some(Last(sender.clone(), 2)));
            sender.send(0).unwrap();
        });
        thread.join().unwrap();
        receiver.iter().collect()
    };
    assert_eq!(observations(&body), [vec![0, 2, 1]].into());
}

#[test]
fn a_value_cannot_be_had_while_it_is_dropped() {
    struct Late(Arc<AtomicU8>);
    impl Drop for Late {
        fn drop(&mut self) {
            let error = LATE.try_with(|_| ()).is_err();
            self.0.store(1 + u8::from(error), SeqCst);
        }
    }
    std::thread_local!(static LATE: RefCell<Option<Late>> = const { RefCell::new(None) });
    let body = || {
        let seen = Arc::new(AtomicU8::new(0));
        let shared = Arc::clone(&seen);
        thread::spawn(move || LATE.set(Some(Late(shared)))).join().unwrap();
        vec![seen.load(SeqCst)]
    };
    assert_eq!(observations(&body), [vec![2]].into());
}

#[test]
fn parking_keeps_one_token() {
    let body = || {
        let thread = thread::spawn(|| {
            thread::park();
            1
        });
        thread.thread().unpark();
        thread.thread().unpark();
        vec![thread.join().unwrap()]
    };
    assert_eq!(explore(&body).failure, None);
}

#[test]
fn names_and_ids_are_those_of_the_execution() {
    let body = || {
        let main = thread::current();
        let named = thread::Builder::new().name("worker".to_owned()).stack_size(1).spawn(thread::current).unwrap();
        let worker = named.join().unwrap();
        let plain = thread::spawn(thread::current).join().unwrap();
        assert_eq!((main.name(), worker.name(), plain.name()), (Some("main"), Some("worker"), None));
        assert!(main.id() != worker.id() && worker.id() != plain.id());
        format!("{:?}", plain.id()).into_bytes()
    };
    assert_eq!(observations(&body), [b"ThreadId(3)".to_vec()].into());
}

#[test]
fn a_finished_thread_says_so() {
    let body = || {
        let thread = thread::spawn(|| ());
        let early = thread.is_finished();
        thread.join().unwrap();
        vec![u8::from(early)]
    };
    assert_eq!(observations(&body), [vec![0], vec![1]].into());
}

#[test]
fn a_forgotten_guard_keeps_the_lock_and_breaks_nothing() {
    let body = || {
        let lock = Mutex::new(0);
        std::mem::forget(lock.lock().unwrap());
        vec![u8::from(lock.try_lock().is_err())]
    };
    assert_eq!(observations(&body), [vec![1]].into());
}
