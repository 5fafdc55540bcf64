//! Honest spinning ends, and blocked threads take no steps.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::SeqCst};
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;
use std::{hint, sync::TryLockError};

use protocol::explore::FailureKind;

use crate::explorer::{explore, fails_again, observations};

/// A lock that spins, with the given way to pass the time.
struct SpinLock {
    held: AtomicBool,
    pass: fn(),
}

impl SpinLock {
    fn with<R>(&self, body: impl FnOnce() -> R) -> R {
        while self.held.compare_exchange(false, true, SeqCst, SeqCst).is_err() {
            (self.pass)();
        }
        let result = body();
        self.held.store(false, SeqCst);
        result
    }
}

#[test]
fn a_spin_lock_is_explored_with_and_without_a_hint() {
    for pass in [hint::spin_loop as fn(), thread::yield_now, || ()] {
        let body = move || {
            let (lock, value) = (SpinLock { held: AtomicBool::new(false), pass }, AtomicU8::new(0));
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        lock.with(|| {
                            let read = value.load(SeqCst);
                            value.store(read + 1, SeqCst);
                        });
                    });
                }
            });
            vec![value.into_inner()]
        };
        let exploration = explore(&body);
        assert_eq!((exploration.failure, exploration.reached.observations), (None, 1));
        assert!(exploration.reached.schedules > 20);
    }
}

#[test]
fn waiting_for_what_a_lock_guards_ends() {
    let body = || {
        let done = Mutex::new(false);
        thread::scope(|scope| {
            scope.spawn(|| while !*done.lock().unwrap() {});
            scope.spawn(|| *done.lock().unwrap() = true);
        });
        Vec::new()
    };
    assert_eq!(explore(&body).failure, None);
}

#[test]
fn spinning_for_a_sleeper_ends() {
    let body = || {
        let flag = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_secs(3600));
                flag.store(true, SeqCst);
            });
            while !flag.load(SeqCst) {}
        });
        Vec::new()
    };
    assert_eq!(explore(&body).failure, None);
}

#[test]
fn spinning_on_try_lock_sees_the_lock_held() {
    let body = || {
        let lock = Mutex::new(());
        let blocked = thread::scope(|scope| {
            scope.spawn(|| drop(lock.lock().unwrap()));
            matches!(lock.try_lock(), Err(TryLockError::WouldBlock))
        });
        vec![u8::from(blocked)]
    };
    assert_eq!(observations(&body), [vec![0], vec![1]].into());
}

#[test]
fn two_threads_that_politely_give_way_for_ever_are_a_livelock() {
    // Each raises its flag and lowers it again if the other one's is raised: in lockstep they never get in.
    let body = || {
        let flags = [AtomicBool::new(false), AtomicBool::new(false)];
        thread::scope(|scope| {
            for me in 0..2 {
                let flags = &flags;
                scope.spawn(move || {
                    loop {
                        flags[me].store(true, SeqCst);
                        thread::yield_now();
                        if !flags[1 - me].load(SeqCst) {
                            return;
                        }
                        flags[me].store(false, SeqCst);
                        thread::yield_now();
                    }
                });
            }
        });
        Vec::new()
    };
    assert!(matches!(fails_again(&body, |_| true), FailureKind::Livelock { .. }));
}

#[test]
fn a_blocked_thread_takes_no_steps_and_a_polling_one_does() {
    let steps = |poll: bool| {
        move || {
            let (ready, condvar) = (Mutex::new(false), Condvar::new());
            let steps = thread::scope(|scope| {
                let waiter = scope.spawn(|| {
                    let before = model::steps();
                    let mut guard = ready.lock().unwrap();
                    while !*guard {
                        if poll {
                            drop(guard);
                            thread::sleep(Duration::from_millis(1));
                            guard = ready.lock().unwrap();
                        } else {
                            guard = condvar.wait(guard).unwrap();
                        }
                    }
                    drop(guard);
                    model::steps() - before
                });
                thread::sleep(Duration::from_millis(200));
                *ready.lock().unwrap() = true;
                condvar.notify_one();
                waiter.join().unwrap()
            });
            vec![u8::try_from(steps).unwrap_or(u8::MAX)]
        }
    };
    let run = |body: &dyn Fn() -> Vec<u8>| {
        let mut judge = |_: &[u8]| model::Judgement::Accepted;
        model::makespan(&crate::explorer::budget(), &crate::explorer::scenario(body), &mut judge).observation
    };
    assert_eq!(run(&steps(false)), [2]);
    assert_eq!(run(&steps(true)), [u8::MAX]);
}
