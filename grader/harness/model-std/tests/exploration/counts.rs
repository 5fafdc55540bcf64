//! How many schedules there are: counted by hand, and by the search.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::SeqCst};
use std::sync::{Condvar, Mutex};
use std::thread;

use protocol::explore::{Budget, End};

use crate::explorer::{boundless, budget, explore, explore_with, levels, observations};

/// Two threads that do `count` operations each.
fn two_threads(count: usize) -> impl Fn() -> Vec<u8> {
    move || {
        let shared = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..count {
                        shared.fetch_add(1, SeqCst);
                    }
                });
            }
        });
        vec![shared.into_inner() as u8]
    }
}

#[test]
fn two_threads_with_one_operation_each_have_two_schedules() {
    assert_eq!(levels(&boundless(), &two_threads(1)), [1, 1]);
}

#[test]
fn all_interleavings_are_run_and_each_once() {
    // (2n)! / n!² interleavings of two threads with n operations each.
    for (count, interleavings) in [(2, 6), (3, 20), (4, 70), (5, 252)] {
        let exploration = explore_with(&boundless(), &two_threads(count), |_| true);
        assert_eq!(exploration.reached.end, End::Everything);
        assert_eq!(exploration.reached.schedules, interleavings);
        assert_eq!(exploration.reached.levels.iter().sum::<u64>(), interleavings);
    }
}

#[test]
fn schedules_are_counted_by_their_delays() {
    // a a b b: 0 · a b b a, b b a a: 1 · a b a b, b a a b: 2 · b a b a: 3
    assert_eq!(levels(&boundless(), &two_threads(2)), [1, 2, 2, 1]);
}

#[test]
fn three_threads_run_in_six_orders() {
    let body = || {
        let order = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for number in 0..3 {
                let order = &order;
                scope.spawn(move || order.lock().unwrap().push(number));
            }
        });
        order.into_inner().unwrap()
    };
    assert_eq!(levels(&boundless(), &body), [1, 2, 2, 1]);
    assert_eq!(observations(&body).len(), 6);
}

#[test]
fn a_thread_that_waits_for_a_lock_is_not_scheduled() {
    // Whoever takes the lock first may be delayed inside; the other one then blocks, once.
    let body = || {
        let (lock, inside) = (Mutex::new(()), AtomicU8::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let _guard = lock.lock().unwrap();
                    inside.fetch_add(1, SeqCst);
                });
            }
        });
        vec![inside.into_inner()]
    };
    assert_eq!(levels(&boundless(), &body), [1, 2, 1]);
}

#[test]
fn a_weak_exchange_fails_without_cause_at_the_cost_of_a_delay() {
    let body = || {
        let value = AtomicU8::new(0);
        let failed = thread::scope(|scope| {
            scope.spawn(|| value.compare_exchange_weak(0, 1, SeqCst, SeqCst).is_err()).join().unwrap()
        });
        vec![u8::from(failed), value.into_inner()]
    };
    assert_eq!(levels(&boundless(), &body), [1, 1]);
    assert_eq!(observations(&body), [vec![0, 1], vec![1, 0]].into());
}

#[test]
fn interleavings_are_sequentially_consistent() {
    let body = || {
        let (x, y) = (AtomicU8::new(0), AtomicU8::new(0));
        let (one, two) = thread::scope(|scope| {
            let one = scope.spawn(|| {
                x.store(1, SeqCst);
                y.load(SeqCst)
            });
            let two = scope.spawn(|| {
                y.store(1, SeqCst);
                x.load(SeqCst)
            });
            (one.join().unwrap(), two.join().unwrap())
        });
        vec![one, two]
    };
    assert_eq!(observations(&body), [vec![0, 1], vec![1, 0], vec![1, 1]].into());
}

#[test]
fn a_notification_may_wake_any_waiter() {
    let body = || {
        let (lock, condvar, woken) = (Mutex::new(0_u8), Condvar::new(), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            for number in 0..2 {
                let (lock, condvar, woken) = (&lock, &condvar, &woken);
                scope.spawn(move || {
                    let mut permits = lock.lock().unwrap();
                    while *permits == 0 {
                        permits = condvar.wait(permits).unwrap();
                    }
                    *permits -= 1;
                    woken.lock().unwrap().push(number);
                });
            }
            for _ in 0..2 {
                *lock.lock().unwrap() += 1;
                condvar.notify_one();
            }
        });
        woken.into_inner().unwrap()
    };
    let exploration = explore(&body);
    assert_eq!((exploration.failure, exploration.reached.observations), (None, 2));
}

#[test]
fn two_searches_are_the_same() {
    for count in [2, 3, 6] {
        let body = two_threads(count);
        assert_eq!(explore(&body), explore(&body));
    }
}

#[test]
fn a_search_claims_only_the_levels_that_it_finished() {
    let budget = Budget { schedules: 7, random: 3, ..budget() };
    let reached = explore_with(&budget, &two_threads(4), |_| true).reached;
    assert_eq!(reached.end, End::Schedules);
    assert_eq!((reached.schedules, reached.random, reached.levels.len()), (7, 3, 1));
    assert_eq!((reached.exhausted(0), reached.exhausted(1)), (Some(1), None));
}

#[test]
fn a_bound_in_delays_is_not_everything() {
    let budget = Budget { delays: 1, random: 5, ..budget() };
    let reached = explore_with(&budget, &two_threads(2), |_| true).reached;
    assert_eq!((reached.end, reached.levels, reached.random), (End::Delays, vec![1, 2], 5));
}

#[test]
fn the_safety_net_in_real_time_is_named() {
    let budget = Budget { wall_ms: 0, random: 0, ..budget() };
    let reached = explore_with(&budget, &two_threads(7), |_| true).reached;
    assert_eq!(reached.end, End::Time);
}

#[test]
fn a_random_failure_is_made_short() {
    // One thread runs in the middle of the other one: one deviation, if one knows which.
    let body = || {
        let log = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for number in 0..2 {
                let log = &log;
                scope.spawn(move || (0..3).for_each(|_| log.lock().unwrap().push(number)));
            }
        });
        log.into_inner().unwrap()
    };
    let budget = Budget { random: 5_000, delays: 0, ..budget() };
    let exploration = explore_with(&budget, &body, |log| log != [0, 1, 1, 1, 0, 0]);
    let failure = exploration.failure.expect("random schedules find it");
    assert_eq!(failure.delays, None);
    assert_eq!(failure.story.schedule.matches('-').count(), 1, "{}", failure.story.schedule);
}
