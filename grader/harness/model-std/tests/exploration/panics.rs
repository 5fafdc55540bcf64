//! Panics, poison and hooks are those of the modelled thread.

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::sync::{Arc, Mutex, RwLock};
use std::thread;

use crate::explorer::{budget, explore, explore_with, observations};

#[test]
fn a_panic_poisons_the_lock_that_its_thread_holds_and_no_other() {
    let body = || {
        let (mine, other) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
        let (held, free) = (Arc::clone(&mine), Arc::clone(&other));
        let panicking = thread::spawn(move || {
            let _guard = held.lock().unwrap();
            panic!("on purpose");
        });
        let quiet = thread::spawn(move || *free.lock().unwrap() += 1);
        let results = [panicking.join().is_err(), quiet.join().is_err()];
        [results[0], results[1], mine.is_poisoned(), other.is_poisoned(), mine.lock().is_err()].map(u8::from).to_vec()
    };
    assert_eq!(observations(&body), [vec![1, 0, 1, 0, 1]].into());
}

/// While it is dropped, other threads run: its thread is in the middle of a panic then.
struct Slow<'a>(&'a AtomicU8);

impl Drop for Slow<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_thread_that_runs_in_the_middle_of_anothers_panic_is_not_panicking() {
    let body = || {
        let (value, lock) = (AtomicU8::new(0), Mutex::new(()));
        let quiet = thread::scope(|scope| {
            let panicking = scope.spawn(|| {
                let _slow = Slow(&value);
                panic!("on purpose");
            });
            let quiet = scope.spawn(|| {
                let guard = lock.lock().unwrap();
                value.fetch_add(1, SeqCst);
                let panicking = thread::panicking();
                drop(guard);
                panicking
            });
            assert!(panicking.join().is_err());
            quiet.join().unwrap()
        });
        vec![u8::from(quiet), u8::from(lock.is_poisoned())]
    };
    assert_eq!(observations(&body), [vec![0, 0]].into());
}

#[test]
fn two_threads_may_panic_at_once() {
    let body = || {
        let (value, lock) = (AtomicU8::new(0), RwLock::new(()));
        let errors = thread::scope(|scope| {
            let threads = [(); 2].map(|()| {
                scope.spawn(|| {
                    let _slow = Slow(&value);
                    let _guard = lock.write().unwrap();
                    panic!("on purpose");
                })
            });
            threads.map(|thread| u8::from(thread.join().is_err()))
        });
        vec![errors[0], errors[1], u8::from(lock.is_poisoned())]
    };
    let exploration = explore_with(&budget(), &body, |observation| observation == [1, 1, 1]);
    assert_eq!(exploration.failure, None);
}

#[test]
fn a_caught_panic_leaves_the_thread_as_it_was() {
    let body = || {
        let lock = Mutex::new(());
        let caught = panic::catch_unwind(AssertUnwindSafe(|| {
            let _guard = lock.lock().unwrap();
            panic!("on purpose")
        }));
        let poisoned = lock.is_poisoned();
        lock.clear_poison();
        let _guard = lock.lock().unwrap();
        vec![u8::from(caught.is_err()), u8::from(poisoned), u8::from(thread::panicking())]
    };
    assert_eq!(observations(&body), [vec![1, 1, 0]].into());
}

#[test]
fn a_payload_travels_through_join() {
    let body = || {
        let payload = thread::spawn(|| panic::panic_any(7_u8)).join().unwrap_err();
        let again = thread::spawn(move || panic::resume_unwind(payload)).join().unwrap_err();
        vec![*again.downcast::<u8>().unwrap()]
    };
    assert_eq!(observations(&body), [vec![7]].into());
}

#[test]
fn a_hook_lasts_for_one_execution() {
    let body = || {
        let calls = Arc::new(AtomicU8::new(0));
        let counting = Arc::clone(&calls);
        panic::set_hook(Box::new(move |_| {
            counting.fetch_add(1, SeqCst);
        }));
        assert!(thread::spawn(|| panic!("seen")).join().is_err());
        drop(panic::take_hook());
        assert!(thread::spawn(|| panic!("not seen")).join().is_err());
        vec![calls.load(SeqCst)]
    };
    let exploration = explore(&body);
    assert_eq!((exploration.failure, exploration.reached.observations), (None, 1));
}
