//! `std::thread`, `std::time`, `std::panic`, `std::any` and the macros.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt::Debug;
use std::hash::Hash;
use std::io;
use std::num::NonZero;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::thread::{
    self, AccessError, Builder, JoinHandle, LocalKey, Result, Scope, ScopedJoinHandle, Thread, ThreadId,
};
use std::time::{Duration, Instant, SystemTime, SystemTimeError, UNIX_EPOCH};

use super::{has, lacks};

std::thread_local! {
    static CELL: Cell<u8> = const { Cell::new(1) };
    /// Documented, public, and without a semicolon at the end.
    pub(crate) static LIST: RefCell<Vec<u8>> = RefCell::new(Vec::new())
}

std::thread_local! {}
std::thread_local!(
    static PLAIN: u8 = 1 + 1;
);

pub(super) fn check() {
    threads();
    scopes();
    locals();
    moments();
    panics();
    macros();
}

fn threads() {
    let _: fn(fn() -> u8) -> JoinHandle<u8> = thread::spawn;
    let _: fn() -> Thread = thread::current;
    for _ in [thread::park as fn(), thread::yield_now] {}
    for _ in [thread::park_timeout as fn(Duration), thread::sleep] {}
    for _ in [thread::park_timeout_ms as fn(u32), thread::sleep_ms] {}
    let _: fn() -> bool = thread::panicking;
    let _: fn() -> io::Result<NonZero<usize>> = thread::available_parallelism;
    has!(JoinHandle<u8>: Debug + Send + Sync);
    has!(JoinHandle<Rc<u8>>: Send + Sync);
    lacks!(JoinHandle<u8>: UnwindSafe);
    lacks!(JoinHandle<u8>: RefUnwindSafe);
    let _: fn(&JoinHandle<u8>) -> &Thread = JoinHandle::thread;
    let _: fn(JoinHandle<u8>) -> Result<u8> = JoinHandle::join;
    let _: fn(&JoinHandle<u8>) -> bool = JoinHandle::is_finished;
    has!(Builder: Debug);
    let _: fn() -> Builder = Builder::new;
    let _: fn(Builder, String) -> Builder = Builder::name;
    let _: fn(Builder, usize) -> Builder = Builder::stack_size;
    let _: fn(Builder, fn() -> u8) -> io::Result<JoinHandle<u8>> = Builder::spawn;
    let _: unsafe fn(Builder, fn() -> u8) -> io::Result<JoinHandle<u8>> = Builder::spawn_unchecked;
    has!(Thread: Debug + Clone + Send + Sync);
    let _: fn(&Thread) = Thread::unpark;
    let _: fn(&Thread) -> ThreadId = Thread::id;
    let _: fn(&Thread) -> Option<&str> = Thread::name;
    has!(ThreadId: Debug + Copy + Eq + Hash + Send + Sync);
}

fn scopes() {
    type Handle = ScopedJoinHandle<'static, u8>;
    let _: fn(fn(&Scope<'_, '_>) -> u8) -> u8 = thread::scope;
    let _: fn(&'static Scope<'static, 'static>, fn() -> u8) -> Handle = Scope::spawn;
    let _: fn(Builder, &'static Scope<'static, 'static>, fn() -> u8) -> io::Result<Handle> = Builder::spawn_scoped;
    let _: fn(&Handle) -> &Thread = ScopedJoinHandle::thread;
    let _: fn(Handle) -> Result<u8> = ScopedJoinHandle::join;
    let _: fn(&Handle) -> bool = ScopedJoinHandle::is_finished;
    has!(Handle: Debug + Send + Sync);
    has!(Scope<'static, 'static>: Debug + Send + Sync);
}

fn locals() {
    type Key = LocalKey<Cell<u8>>;
    type CellOf = LocalKey<RefCell<Vec<u8>>>;
    has!(Key: Debug + Send + Sync);
    has!(AccessError: Error + Copy + Eq);
    let _: fn(&'static Key, fn(&Cell<u8>) -> u8) -> u8 = LocalKey::with;
    let _: fn(&'static Key, fn(&Cell<u8>) -> u8) -> std::result::Result<u8, AccessError> = LocalKey::try_with;
    let _: fn(&'static Key, u8) = Key::set;
    let _: fn(&'static Key) -> u8 = Key::get;
    let _: fn(&'static Key) -> u8 = Key::take;
    let _: fn(&'static Key, u8) -> u8 = Key::replace;
    let _: fn(&'static CellOf, fn(&Vec<u8>) -> usize) -> usize = CellOf::with_borrow;
    let _: fn(&'static CellOf, fn(&mut Vec<u8>)) = CellOf::with_borrow_mut;
    let _: fn(&'static CellOf, Vec<u8>) = CellOf::set;
    let _: fn(&'static CellOf) -> Vec<u8> = CellOf::take;
    let _: fn(&'static CellOf, Vec<u8>) -> Vec<u8> = CellOf::replace;
    let _: (&LocalKey<Cell<u8>>, &CellOf, &LocalKey<u8>) = (&CELL, &LIST, &PLAIN);
}

fn moments() {
    has!(Instant: Debug + Copy + Ord + Hash + Add<Duration> + AddAssign<Duration> + SubAssign<Duration>);
    has!(Instant: Sub<Duration, Output = Instant> + Sub<Instant, Output = Duration> + Send + Sync + UnwindSafe);
    let _: fn() -> Instant = Instant::now;
    for _ in [Instant::duration_since as fn(&Instant, Instant) -> Duration, Instant::saturating_duration_since] {}
    let _: fn(&Instant, Instant) -> Option<Duration> = Instant::checked_duration_since;
    let _: fn(&Instant) -> Duration = Instant::elapsed;
    for _ in [Instant::checked_add as fn(&Instant, Duration) -> Option<Instant>, Instant::checked_sub] {}
    has!(SystemTime: Debug + Copy + Ord + Hash + Add<Duration> + AddAssign<Duration> + SubAssign<Duration>);
    has!(SystemTime: Sub<Duration, Output = SystemTime> + Send + Sync + UnwindSafe);
    let _: fn() -> SystemTime = SystemTime::now;
    let _: fn(&SystemTime, SystemTime) -> std::result::Result<Duration, SystemTimeError> = SystemTime::duration_since;
    let _: fn(&SystemTime) -> std::result::Result<Duration, SystemTimeError> = SystemTime::elapsed;
    for _ in [SystemTime::checked_add as fn(&SystemTime, Duration) -> Option<SystemTime>, SystemTime::checked_sub] {}
    assert!(UNIX_EPOCH == SystemTime::UNIX_EPOCH);
}

fn panics() {
    type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Sync + Send + 'static>;
    let _: fn(AssertUnwindSafe<fn() -> u8>) -> Result<u8> = panic::catch_unwind;
    let _: fn(Box<dyn Any + Send>) -> ! = panic::resume_unwind;
    let _: fn(u8) -> ! = panic::panic_any;
    let _: fn(Hook) = panic::set_hook;
    let _: fn() -> Hook = panic::take_hook;
    let _: fn() -> &'static str = std::any::type_name::<u8>;
    let _: fn(&u8) -> &'static str = std::any::type_name_of_val;
}

fn macros() {
    // They print nothing here: the closure is not run.
    let _ = || {
        std::print!("{}", 1);
        std::println!();
        std::println!("{CELL:?}");
        std::eprint!("{:?}", 1);
        std::eprintln!();
        std::eprintln!("{}", 1);
        std::dbg!();
        let _: (u8, &str) = std::dbg!(1_u8, "two");
        let _: u8 = std::dbg!(1);
    };
}
