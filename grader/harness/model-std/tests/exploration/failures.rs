//! Every kind of failure is found, named, and found again.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, RwLock};
use std::thread;

use protocol::explore::{Awaited, Budget, FailureKind};

use crate::explorer::{budget, explore, explore_leaving, explore_with, fails_again, failure, scenario};

fn racy_counter() -> Vec<u8> {
    let value = AtomicU8::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let read = value.load(SeqCst);
                value.store(read + 1, SeqCst);
            });
        }
    });
    vec![value.into_inner()]
}

#[test]
fn a_lost_update_is_rejected() {
    let kind = fails_again(&racy_counter, |observation| observation == [2]);
    assert_eq!(kind, FailureKind::Rejected { observation: vec![1] });
}

#[test]
fn locks_in_argument_order_deadlock() {
    let body = || {
        let locks = [Mutex::new(()), Mutex::new(())];
        let both = |one: usize, other: usize| {
            let _one = locks[one].lock().unwrap();
            let _other = locks[other].lock().unwrap();
        };
        thread::scope(|scope| {
            scope.spawn(|| both(0, 1));
            scope.spawn(|| both(1, 0));
        });
        Vec::new()
    };
    assert_eq!(fails_again(&body, |_| true), FailureKind::Deadlock);
    let failure = failure(&body);
    assert_eq!((failure.delays, failure.found_at), (Some(1), 3));
    let (holds, waits) = (failure.story.holds, failure.story.waits);
    assert_eq!(holds.iter().map(|hold| hold.thread).collect::<Vec<_>>(), [1, 2]);
    let waiting = |thread: u32| waits.iter().find(|wait| wait.thread == thread).expect("it waits");
    assert_eq!(waiting(1).object, Some(holds[1].object));
    assert_eq!(waiting(2).object, Some(holds[0].object));
    assert_eq!(waiting(0).awaited, Awaited::Scope);
    let line = |place: &Option<protocol::explore::Place>| place.as_ref().map(|place| place.line);
    assert_eq!(line(&waiting(1).place), line(&holds[0].place).map(|line| line + 1));
}

#[test]
fn a_thread_that_locks_twice_deadlocks() {
    let body = || {
        let lock = Mutex::new(());
        let _first = lock.lock().unwrap();
        let _second = lock.lock().unwrap();
        Vec::new()
    };
    assert_eq!(fails_again(&body, |_| true), FailureKind::Deadlock);
}

#[test]
fn a_reader_that_reads_again_deadlocks_with_a_writer_in_between() {
    let body = || {
        let lock = RwLock::new(());
        thread::scope(|scope| {
            scope.spawn(|| {
                let _outer = lock.read().unwrap();
                let _inner = lock.read().unwrap();
            });
            scope.spawn(|| drop(lock.write().unwrap()));
        });
        Vec::new()
    };
    assert_eq!(fails_again(&body, |_| true), FailureKind::Deadlock);
}

#[test]
fn a_lost_wake_up_is_a_deadlock() {
    let body = || {
        let (ready, lock, condvar) = (AtomicBool::new(false), Mutex::new(()), Condvar::new());
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut guard = lock.lock().unwrap();
                while !ready.load(SeqCst) {
                    guard = condvar.wait(guard).unwrap();
                }
            });
            ready.store(true, SeqCst);
            condvar.notify_one();
        });
        Vec::new()
    };
    assert_eq!(fails_again(&body, |_| true), FailureKind::Deadlock);
    assert!(failure(&body).story.waits.iter().any(|wait| wait.awaited == Awaited::Notification));
}

#[test]
fn if_instead_of_while_is_found_by_a_wait_that_wakes_without_cause() {
    let body = || {
        let (lock, condvar) = (Mutex::new(false), Condvar::new());
        let ready = thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                let mut ready = lock.lock().unwrap();
                if !*ready {
                    ready = condvar.wait(ready).unwrap();
                }
                *ready
            });
            *lock.lock().unwrap() = true;
            condvar.notify_one();
            waiter.join().unwrap()
        });
        vec![u8::from(ready)]
    };
    let kind = fails_again(&body, |observation| observation == [1]);
    assert_eq!(kind, FailureKind::Rejected { observation: vec![0] });
    let story = explore_with(&budget(), &body, |observation| observation == [1]).failure.unwrap().story;
    let outcome = |event: &protocol::explore::Event| format!("{:?}", event.action).contains("without cause");
    assert!(story.events.iter().any(outcome), "{:#?}", story.events);
}

#[test]
fn a_panic_of_the_main_thread_is_a_failure() {
    let body = || {
        let value = AtomicU8::new(0);
        thread::scope(|scope| {
            scope.spawn(|| value.store(1, SeqCst));
            assert!(value.load(SeqCst) == 0, "too late");
        });
        Vec::new()
    };
    let FailureKind::Panic(panic) = fails_again(&body, |_| true) else { panic!("it is a panic") };
    assert_eq!((panic.message.as_str(), panic.file.ends_with("failures.rs")), ("too late", true));
}

#[test]
fn a_panic_of_another_thread_is_for_its_joiner() {
    let body = || {
        let result = thread::spawn(|| panic!("on purpose")).join();
        vec![u8::from(result.is_err())]
    };
    assert_eq!(explore_with(&budget(), &body, |observation| observation == [1]).failure, None);
    let unjoined = || {
        thread::scope(|scope| {
            scope.spawn(|| panic!("on purpose"));
        });
        Vec::new()
    };
    let failure = failure(&unjoined);
    let FailureKind::Panic(panic) = &failure.kind else { panic!("it is a panic") };
    assert_eq!(panic.message, "a scoped thread panicked");
    let told: Vec<_> = failure.story.panics.iter().map(|panic| (panic.thread, panic.panic.message.as_str())).collect();
    assert_eq!(told, [(1, "on purpose"), (0, "a scoped thread panicked")]);
}

#[test]
fn a_thread_that_is_left_behind_is_a_failure_or_a_note() {
    let body = || {
        let lock = Arc::new((Mutex::new(()), Condvar::new()));
        let shared = Arc::clone(&lock);
        thread::spawn(move || drop(shared.1.wait(shared.0.lock().unwrap())));
        Vec::new()
    };
    assert_eq!(fails_again(&body, |_| true), FailureKind::LeftBehind { threads: vec![1] });
    let exploration = explore_leaving(&body);
    assert_eq!(exploration.failure, None);
    assert!(exploration.reached.left_behind > 0);
}

#[test]
fn threads_that_go_on_for_ever_may_be_left_to_themselves() {
    let body = || {
        thread::spawn(|| {
            loop {
                thread::sleep(std::time::Duration::from_secs(1));
            }
        });
        vec![1]
    };
    let reached = explore_leaving(&body).reached;
    assert_eq!((reached.left_behind, reached.longest < 1_100), (reached.schedules, true));
    assert_eq!(fails_again(&body, |_| true), FailureKind::LeftBehind { threads: vec![1] });
}

#[test]
fn a_thread_that_only_takes_longer_is_not_left_behind() {
    let body = || {
        thread::spawn(|| thread::sleep(std::time::Duration::from_secs(5)));
        Vec::new()
    };
    assert_eq!(explore(&body).failure, None);
}

#[test]
fn threads_without_end_are_a_livelock() {
    let body = || {
        let flag = AtomicBool::new(false);
        while !flag.load(SeqCst) {
            thread::yield_now();
        }
        Vec::new()
    };
    assert_eq!(fails_again(&body, |_| true), FailureKind::Livelock { steps: budget().steps });
}

#[test]
fn too_many_threads_are_a_failure() {
    let body = || {
        loop {
            thread::spawn(thread::park);
        }
    };
    let budget = Budget { threads: 50, ..budget() };
    let failure = explore_with(&budget, &body, |_| true).failure.expect("there are too many");
    assert_eq!(failure.kind, FailureKind::TooManyThreads { threads: 50 });
    let mut judge = |_: &[u8]| model::Judgement::Accepted;
    let again =
        model::replay(&failure.story.schedule, &budget, &scenario(&body), &mut judge).expect("it is a schedule");
    assert_eq!((again.failure, again.story), (Some(failure.kind), failure.story));
}
