//! Threads, their values, panics and time.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::text;

pub(super) fn a_result_comes_through_join() -> String {
    thread::spawn(|| 42).join().unwrap().to_string()
}

pub(super) fn a_payload_comes_through_join() -> String {
    let payload = thread::spawn(|| panic!("boom")).join().unwrap_err();
    let number = thread::spawn(|| panic_any(7_u8)).join().unwrap_err();
    let again = thread::spawn(move || resume_unwind(number)).join().unwrap_err();
    format!("{} {}", text(&*payload), again.downcast::<u8>().unwrap())
}

pub(super) fn scoped_threads_borrow() -> String {
    let mut numbers = [1, 2, 3];
    thread::scope(|scope| {
        for number in &mut numbers {
            scope.spawn(move || *number *= 2);
        }
    });
    format!("{numbers:?}")
}

pub(super) fn a_scope_tells_of_a_panic() -> String {
    let caught = catch_unwind(|| {
        thread::scope(|scope| {
            scope.spawn(|| panic!("on purpose"));
        });
    });
    text(&*caught.unwrap_err())
}

pub(super) fn a_joined_panic_is_the_joiners() -> String {
    thread::scope(|scope| {
        let thread = scope.spawn(|| panic!("on purpose"));
        assert!(thread.join().is_err());
    });
    "fine".to_owned()
}

pub(super) fn a_scope_waits_although_it_panics() -> String {
    let done = AtomicBool::new(false);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(3));
                done.store(true, SeqCst);
            });
            panic!("early");
        })
    }));
    format!("{} {}", done.load(SeqCst), text(&*caught.unwrap_err() as &(dyn std::any::Any + Send)))
}

pub(super) fn threads_have_names() -> String {
    let named = thread::Builder::new().name("named".to_owned()).spawn(thread::current).unwrap().join().unwrap();
    let plain = thread::spawn(thread::current).join().unwrap();
    assert_ne!(named.id(), plain.id());
    assert_ne!(named.id(), thread::current().id());
    format!("{} {:?} main?", named.name().unwrap(), plain.name())
}

pub(super) fn a_token_is_kept_for_park() -> String {
    let (go, ready) = (Arc::new(AtomicBool::new(false)), AtomicBool::new(false));
    let seen = Arc::clone(&go);
    let thread = thread::spawn(move || {
        while !seen.load(SeqCst) {
            thread::park();
        }
        "parked"
    });
    ready.store(true, SeqCst);
    go.store(true, SeqCst);
    thread.thread().unpark();
    thread.join().unwrap().to_owned()
}

pub(super) fn park_has_a_time_out() -> String {
    thread::park_timeout(Duration::from_millis(1));
    "on".to_owned()
}

pub(super) fn values_of_threads_are_their_own() -> String {
    std::thread_local!(static VALUE: Cell<u8> = const { Cell::new(0) });
    VALUE.set(10);
    let other = |add: u8| {
        move || {
            VALUE.set(VALUE.get() + 10 + add);
            VALUE.get()
        }
    };
    let (one, two) = (thread::spawn(other(1)), thread::spawn(other(2)));
    format!("{} {} {}", one.join().unwrap(), two.join().unwrap(), VALUE.replace(0))
}

/// Writes its name down when it is dropped.
struct Named(&'static str, Arc<Mutex<Vec<&'static str>>>);

impl Drop for Named {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(self.0);
    }
}

pub(super) fn values_are_dropped_with_their_thread() -> String {
    std::thread_local! {
        static FIRST: RefCell<Option<Named>> = const { RefCell::new(None) };
        static SECOND: RefCell<Option<Named>> = const { RefCell::new(None) };
    }
    let dropped = Arc::new(Mutex::new(Vec::new()));
    let shared = Arc::clone(&dropped);
    let thread = thread::spawn(move || {
        FIRST.set(Some(Named("first", Arc::clone(&shared))));
        SECOND.set(Some(Named("second", shared)));
    });
    thread.join().unwrap();
    format!("{:?}", dropped.lock().unwrap())
}

pub(super) fn a_dropped_value_cannot_be_had() -> String {
    struct Late(Arc<Mutex<String>>);
    impl Drop for Late {
        fn drop(&mut self) {
            *self.0.lock().unwrap() =
                LATE.try_with(|_| ()).map_or_else(|error| format!("{error:?}"), |()| String::new());
        }
    }
    std::thread_local!(static LATE: RefCell<Option<Late>> = const { RefCell::new(None) });
    let seen = Arc::new(Mutex::new(String::new()));
    let shared = Arc::clone(&seen);
    thread::spawn(move || LATE.set(Some(Late(shared)))).join().unwrap();
    seen.lock().unwrap().clone()
}

pub(super) fn a_panic_is_caught() -> String {
    let result = catch_unwind(|| panic!("caught"));
    format!("{} {}", text(&*result.unwrap_err() as &(dyn std::any::Any + Send)), thread::panicking())
}

pub(super) fn unwinding_is_seen_by_destructors() -> String {
    struct Witness(Arc<Mutex<Vec<bool>>>);
    impl Drop for Witness {
        fn drop(&mut self) {
            self.0.lock().unwrap_or_else(|error| error.into_inner()).push(thread::panicking());
        }
    }
    let seen = Arc::new(Mutex::new(Vec::new()));
    for panics in [true, false] {
        let witness = Witness(Arc::clone(&seen));
        let thread = thread::spawn(move || {
            let _witness = witness;
            assert!(!panics, "on purpose");
        });
        assert_eq!(thread.join().is_err(), panics);
    }
    format!("{:?}", seen.lock().unwrap())
}

pub(super) fn a_finished_thread_is_seen() -> String {
    let thread = thread::spawn(|| ());
    while !thread.is_finished() {
        thread::yield_now();
    }
    thread.join().is_ok().to_string()
}

pub(super) fn time_passes_while_one_sleeps() -> String {
    let start = Instant::now();
    thread::sleep(Duration::from_millis(2));
    (start.elapsed() >= Duration::from_millis(2)).to_string()
}

pub(super) fn moments_can_be_computed_with() -> String {
    let now = Instant::now();
    let later = now + Duration::from_secs(1);
    let before = now.checked_duration_since(later);
    let earlier = SystemTime::now() - Duration::from_secs(60);
    format!("{:?} {:?} {before:?} {}", later - now, now - later, earlier > SystemTime::UNIX_EPOCH)
}

pub(super) fn a_name_with_a_null_byte_is_refused() -> String {
    let caught = catch_unwind(|| drop(thread::Builder::new().name("a\0b".to_owned()).spawn(|| ())));
    let message = text(&*caught.unwrap_err());
    message.split(':').next().unwrap_or_default().to_owned()
}
