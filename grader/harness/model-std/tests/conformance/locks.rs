//! Locks, condvars, barriers, once, atomics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock, RwLockWriteGuard};
use std::thread;
use std::time::Duration;

use super::text;

pub(super) fn two_threads_count_under_a_lock() -> String {
    let count = Arc::new(Mutex::new(0));
    let threads = [(); 2].map(|()| {
        let count = Arc::clone(&count);
        thread::spawn(move || (0..100).for_each(|_| *count.lock().unwrap() += 1))
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    Arc::try_unwrap(count).unwrap().into_inner().unwrap().to_string()
}

pub(super) fn readers_share_and_writers_do_not() -> String {
    let lock = RwLock::new(3);
    let first = lock.read().unwrap();
    let second = lock.read().unwrap();
    let before = (*first).min(*second);
    drop((first, second));
    thread::scope(|scope| {
        for add in [1, 3] {
            let lock = &lock;
            scope.spawn(move || *lock.write().unwrap() += add);
        }
    });
    format!("{before} {}", lock.read().unwrap())
}

pub(super) fn a_writer_becomes_a_reader() -> String {
    let lock = RwLock::new(1);
    let mut writer = lock.write().unwrap();
    *writer += 1;
    let reader = RwLockWriteGuard::downgrade(writer);
    let shared = lock.try_read().is_ok();
    format!("{reader} {shared}")
}

pub(super) fn a_condvar_hands_a_ball_to_and_fro() -> String {
    let (turn, moved) = (Mutex::new(0), Condvar::new());
    let play = |parity: u32| {
        for _ in 0..3 {
            let mut turn = moved.wait_while(turn.lock().unwrap(), |turn| *turn % 2 != parity).unwrap();
            *turn += 1;
            moved.notify_one();
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| play(0));
        scope.spawn(|| play(1));
    });
    format!("pong {}", turn.into_inner().unwrap())
}

pub(super) fn a_wait_times_out() -> String {
    let (lock, condvar) = (Mutex::new(false), Condvar::new());
    let guard = lock.lock().unwrap();
    let (guard, result) = condvar.wait_timeout_while(guard, Duration::from_millis(2), |ready| !*ready).unwrap();
    format!("{} {}", result.timed_out(), *guard)
}

pub(super) fn one_of_a_barrier_leads() -> String {
    let (barrier, leaders, passed) = (Barrier::new(3), AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..3 {
                    leaders.fetch_add(usize::from(barrier.wait().is_leader()), SeqCst);
                }
                passed.fetch_add(1, SeqCst);
            });
        }
    });
    format!("{} {}", leaders.into_inner(), passed.into_inner())
}

/// A lock whose holder panicked.
fn poisoned(value: u8) -> Arc<Mutex<u8>> {
    let lock = Arc::new(Mutex::new(value));
    let held = Arc::clone(&lock);
    let panicking = thread::spawn(move || {
        let _guard = held.lock().unwrap();
        panic!("on purpose");
    });
    assert!(panicking.join().is_err());
    lock
}

pub(super) fn a_poisoned_lock_still_opens() -> String {
    let lock = poisoned(5);
    let poisoned = lock.is_poisoned();
    let value = *lock.lock().unwrap_err().into_inner();
    let tried = lock.try_lock().is_err();
    lock.clear_poison();
    format!("{poisoned} {value} {tried} {}", lock.lock().is_err())
}

pub(super) fn a_poisoned_read_write_lock_says_so() -> String {
    let lock = RwLock::new(());
    let mut results = vec![];
    for write in [true, false] {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let _writer = write.then(|| lock.write().unwrap());
            let _reader = (!write).then(|| lock.read().unwrap_or_else(|error| error.into_inner()));
            panic!("on purpose");
        }));
        assert!(caught.is_err());
        results.push(lock.is_poisoned());
        if write {
            results.push(lock.read().is_err());
            lock.clear_poison();
        }
    }
    results.iter().map(bool::to_string).collect::<Vec<_>>().join(" ")
}

pub(super) fn a_lock_that_is_held_is_not_taken() -> String {
    let (lock, shared) = (Mutex::new(()), RwLock::new(()));
    let (guard, reader) = (lock.lock().unwrap(), shared.read().unwrap());
    let (held, writable) = (lock.try_lock().is_err(), shared.try_write().is_err());
    drop((guard, reader));
    format!("{held} {writable} {}", lock.try_lock().is_err())
}

pub(super) fn a_lock_tells_its_value() -> String {
    format!("{:?}", poisoned(1))
}

pub(super) fn once_is_once() -> String {
    let (once, runs) = (Once::new(), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                once.call_once(|| {
                    runs.fetch_add(1, SeqCst);
                });
                assert_eq!(runs.load(SeqCst), 1);
            });
        }
        once.wait();
    });
    format!("{} {}", runs.into_inner(), once.is_completed())
}

pub(super) fn a_once_that_panicked_is_poisoned() -> String {
    let once = Once::new();
    assert!(catch_unwind(|| once.call_once(|| panic!("on purpose"))).is_err());
    let error = catch_unwind(|| once.call_once(|| ())).unwrap_err();
    let mut poisoned = false;
    once.call_once_force(|state| poisoned = state.is_poisoned());
    format!("{}, then {poisoned}", text(&*error))
}

pub(super) fn a_cell_is_set_once() -> String {
    let cell = OnceLock::new();
    let set = thread::scope(|scope| {
        let threads = [1, 2, 3].map(|value| {
            let cell = &cell;
            scope.spawn(move || usize::from(cell.set(value).is_ok()))
        });
        threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
    });
    format!("{} {set}", cell.get().is_some_and(|value| (1..=3).contains(value)))
}

pub(super) fn a_cell_that_panicked_can_be_tried_again() -> String {
    let cell = OnceLock::new();
    let failed = catch_unwind(AssertUnwindSafe(|| *cell.get_or_init(|| panic!("on purpose")))).is_err();
    format!("{failed} {}", cell.get_or_init(|| 4))
}

pub(super) fn a_cell_can_be_waited_for() -> String {
    let cell = OnceLock::new();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| *cell.wait());
        scope.spawn(|| cell.set(9).unwrap());
        waiter.join().unwrap().to_string()
    })
}

pub(super) fn a_lazy_value_is_computed_once() -> String {
    let runs = AtomicUsize::new(0);
    let lazy = LazyLock::new(|| {
        runs.fetch_add(1, SeqCst);
        7
    });
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(*lazy, 7));
        }
    });
    format!("{} {}", runs.load(SeqCst), *lazy)
}

pub(super) fn a_lazy_value_that_panicked_stays_poisoned() -> String {
    let lazy: LazyLock<u8> = LazyLock::new(|| panic!("on purpose"));
    assert!(catch_unwind(AssertUnwindSafe(|| *lazy)).is_err());
    text(&*catch_unwind(AssertUnwindSafe(|| *lazy)).unwrap_err())
}

pub(super) fn atomics_compute() -> String {
    let (value, flag) = (AtomicI64::new(-3), AtomicBool::new(false));
    let first = value.swap(5, SeqCst);
    let second = value.fetch_add(2, SeqCst);
    let third = value.fetch_max(12, SeqCst);
    let flagged = !flag.fetch_not(SeqCst) && flag.into_inner();
    let exchange = value.compare_exchange(1, 2, SeqCst, SeqCst);
    format!("{first} {second} {third} {flagged} {} {exchange:?}", value.load(SeqCst))
}

#[allow(deprecated, reason = "it is still there")]
pub(super) fn atomics_update() -> String {
    let value = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                (0..10).for_each(|_| {
                    value.fetch_update(SeqCst, SeqCst, |value| Some(value + 1)).unwrap();
                })
            });
        }
    });
    format!("{} {:?}", value.load(SeqCst), value.fetch_update(SeqCst, SeqCst, |_| None).ok())
}
