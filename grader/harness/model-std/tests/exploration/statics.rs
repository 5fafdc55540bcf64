//! Statics begin every execution as the compiler made them.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{LazyLock, Mutex, Once, OnceLock, RwLock};
use std::thread;

use protocol::explore::End;

use crate::explorer::{boundless, explore_with, observations};

#[test]
fn every_kind_of_static_is_put_back() {
    static COUNT: AtomicUsize = AtomicUsize::new(3);
    static LIST: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    static TEXT: RwLock<String> = RwLock::new(String::new());
    static CELL: OnceLock<u8> = OnceLock::new();
    static LAZY: LazyLock<Mutex<Vec<u8>>> = LazyLock::new(|| Mutex::new(vec![1]));
    static ONCE: Once = Once::new();
    let body = || {
        thread::scope(|scope| {
            for number in 0..2 {
                scope.spawn(move || {
                    COUNT.fetch_add(1, SeqCst);
                    LIST.lock().unwrap().push(number);
                    TEXT.write().unwrap().push('x');
                    CELL.get_or_init(|| number);
                    ONCE.call_once(|| LAZY.lock().unwrap().push(2));
                });
            }
        });
        let list = LIST.lock().unwrap().len();
        let lazy = LAZY.lock().unwrap().len();
        vec![COUNT.load(SeqCst) as u8, list as u8, TEXT.read().unwrap().len() as u8, lazy as u8]
    };
    let exploration = explore_with(&boundless_but(2), &body, |observation| observation == [5, 2, 2, 2]);
    assert_eq!(exploration.failure, None);
    assert!(exploration.reached.schedules > 20);
}

fn boundless_but(delays: u32) -> protocol::explore::Budget {
    protocol::explore::Budget { delays, ..boundless() }
}

#[test]
fn a_static_that_stays_locked_is_free_again() {
    static LOCK: Mutex<u8> = Mutex::new(0);
    let body = || {
        let mut guard = LOCK.lock().unwrap();
        *guard += 1;
        let value = *guard;
        std::mem::forget(guard);
        thread::scope(|scope| {
            scope.spawn(|| COUNTED.fetch_add(1, SeqCst));
            scope.spawn(|| COUNTED.fetch_add(1, SeqCst));
        });
        vec![value]
    };
    static COUNTED: AtomicUsize = AtomicUsize::new(0);
    assert_eq!(observations(&body), [vec![1]].into());
}

#[test]
fn statics_survive_neither_a_search_nor_the_use_before_it() {
    static USED: AtomicUsize = AtomicUsize::new(0);
    USED.store(9, SeqCst);
    let body = || vec![USED.fetch_add(1, SeqCst) as u8];
    for _ in 0..2 {
        let exploration = explore_with(&boundless(), &body, |observation| observation == [0]);
        assert_eq!((exploration.failure, exploration.reached.end), (None, End::Everything));
    }
    assert_eq!(USED.load(SeqCst), 0);
}
