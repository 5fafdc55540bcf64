//! Virtual time: exact where it is measured, adversarial where it is searched.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::SeqCst};
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use protocol::explore::{FailureKind, Makespan};

use crate::explorer::{budget, explore, fails_again, observations_within, scenario};

fn makespan(body: &dyn Fn() -> Vec<u8>) -> Makespan {
    let mut judge = |_: &[u8]| model::Judgement::Accepted;
    model::makespan(&budget(), &scenario(body), &mut judge)
}

/// Eight requests on four workers, the first of which takes long.
fn requests(next: impl Fn(&AtomicUsize, usize) -> Vec<u64> + Sync) -> u64 {
    let body = || {
        let taken = AtomicUsize::new(0);
        thread::scope(|scope| {
            for worker in 0..4 {
                let (taken, next) = (&taken, &next);
                scope.spawn(move || {
                    loop {
                        let latencies = next(taken, worker);
                        if latencies.is_empty() {
                            return;
                        }
                        latencies.into_iter().for_each(|ms| thread::sleep(Duration::from_millis(ms)));
                    }
                });
            }
        });
        Vec::new()
    };
    makespan(&body).virtual_ns / 1_000_000
}

#[test]
fn a_makespan_is_exact() {
    const LATENCIES: [u64; 8] = [400, 50, 50, 50, 50, 50, 50, 50];
    let shared = |taken: &AtomicUsize, _| LATENCIES.get(taken.fetch_add(1, SeqCst)).copied().into_iter().collect();
    let chunks = |taken: &AtomicUsize, worker: usize| {
        if taken.fetch_add(1, SeqCst) < 4 { LATENCIES[worker * 2..][..2].to_vec() } else { Vec::new() }
    };
    assert_eq!((requests(shared), requests(chunks)), (400, 450));
}

#[test]
fn sleeping_costs_virtual_time_only() {
    let body = || {
        let (start, date) = (Instant::now(), SystemTime::now());
        thread::sleep(Duration::from_hours(1_000));
        assert_eq!(start.elapsed(), Duration::from_hours(1_000));
        assert_eq!(date.elapsed().unwrap(), Duration::from_hours(1_000));
        Vec::new()
    };
    let makespan = makespan(&body);
    assert_eq!((makespan.failure, makespan.virtual_ns), (None, 3_600_000_000_000_000));
}

#[test]
fn sleeping_is_no_synchronisation() {
    let body = || {
        let value = AtomicU8::new(0);
        let seen = thread::scope(|scope| {
            scope.spawn(|| value.store(1, SeqCst));
            thread::sleep(Duration::from_secs(10));
            value.load(SeqCst)
        });
        vec![seen]
    };
    let kind = fails_again(&body, |observation| observation == [1]);
    assert_eq!(kind, FailureKind::Rejected { observation: vec![0] });
    assert_eq!(makespan(&body).observation, [1]);
}

#[test]
fn a_timed_wait_ends_by_notification_or_by_time() {
    let body = || {
        let (lock, condvar) = (Mutex::new(false), Condvar::new());
        let result = thread::scope(|scope| {
            scope.spawn(|| {
                *lock.lock().unwrap() = true;
                condvar.notify_one();
            });
            let guard = lock.lock().unwrap();
            let (ready, result) = condvar.wait_timeout_while(guard, Duration::from_secs(1), |ready| !*ready).unwrap();
            [*ready, result.timed_out()].map(u8::from)
        });
        result.to_vec()
    };
    assert_eq!(observations_within(&budget(), &body).0, [vec![0, 1], vec![1, 0]].into());
}

#[test]
fn polling_the_clock_ends() {
    let polls: [fn(); 3] = [|| (), thread::yield_now, std::hint::spin_loop];
    for poll in polls {
        let body = move || {
            let start = Instant::now();
            while start.elapsed() < Duration::from_secs(2) {
                poll();
            }
            Vec::new()
        };
        assert_eq!(explore(&body).failure, None);
        assert_eq!(makespan(&body).failure, None);
    }
}

#[test]
fn waits_of_no_time_at_all_end() {
    let body = || {
        let (lock, condvar) = (Mutex::new(()), Condvar::new());
        let mut guard = lock.lock().unwrap();
        let (start, limit) = (Instant::now(), Duration::from_millis(5));
        while let Some(left) = limit.checked_sub(start.elapsed()) {
            guard = condvar.wait_timeout(guard, left).unwrap().0;
        }
        drop(guard);
        thread::park_timeout(Duration::ZERO);
        thread::sleep(Duration::ZERO);
        Vec::new()
    };
    assert_eq!(makespan(&body).failure, None);
    assert_eq!(explore(&body).failure, None);
}

#[test]
fn time_may_pass_for_a_thread_that_was_woken_in_time() {
    // Woken for the item, it finds that its time is over, and takes the wake-up of the other one with it.
    struct Items(Mutex<Vec<u8>>, Condvar);
    impl Items {
        fn push(&self) {
            self.0.lock().unwrap().push(0);
            self.1.notify_one();
        }
        fn pop(&self, limit: Duration) -> Option<u8> {
            let start = Instant::now();
            let mut items = self.0.lock().unwrap();
            loop {
                let left = limit.checked_sub(start.elapsed())?;
                if let Some(item) = items.pop() {
                    return Some(item);
                }
                items = self.1.wait_timeout(items, left).unwrap().0;
            }
        }
        fn pop_patiently(&self) {
            let mut items = self.0.lock().unwrap();
            while items.pop().is_none() {
                items = self.1.wait(items).unwrap();
            }
        }
    }
    let body = || {
        let items = Items(Mutex::new(Vec::new()), Condvar::new());
        thread::scope(|scope| {
            let hurried = scope.spawn(|| items.pop(Duration::from_secs(1)));
            scope.spawn(|| items.pop_patiently());
            items.push();
            if hurried.join().unwrap().is_some() {
                items.push();
            }
        });
        Vec::new()
    };
    assert_eq!(fails_again(&body, |_| true), FailureKind::Deadlock);
}
