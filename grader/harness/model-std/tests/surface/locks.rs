//! `std::sync` but for atomics.

use std::cell::Cell;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::{
    Arc, Barrier, BarrierWaitResult, Condvar, LazyLock, LockResult, Mutex, MutexGuard, ONCE_INIT, Once, OnceLock,
    OnceState, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError, TryLockResult, WaitTimeoutResult,
    Weak, mpsc,
};
use std::time::Duration;

use super::{has, lacks};

pub(super) fn check() {
    mutexes();
    read_write_locks();
    condvars();
    once();
    channels();
}

fn mutexes() {
    type Lock = Mutex<u8>;
    type Guard<'a> = MutexGuard<'a, u8>;
    has!(Lock: Debug + Default + From<u8> + Send + Sync + UnwindSafe + RefUnwindSafe);
    has!(Mutex<Cell<u8>>: Send + Sync + UnwindSafe + RefUnwindSafe);
    lacks!(Mutex<Rc<u8>>: Send);
    lacks!(Mutex<Rc<u8>>: Sync);
    has!(Guard<'static>: Debug + Display + Deref<Target = u8> + DerefMut + Sync);
    lacks!(Guard<'static>: Send);
    lacks!(MutexGuard<'static, Cell<u8>>: Sync);
    static STATIC: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    assert!(STATIC.lock().unwrap().is_empty());
    let _: fn(&Lock) -> LockResult<Guard<'_>> = Lock::lock;
    let _: fn(&Lock) -> TryLockResult<Guard<'_>> = Lock::try_lock;
    let _: fn(&Lock) -> bool = Lock::is_poisoned;
    let _: fn(&Lock) = Lock::clear_poison;
    let _: fn(Lock) -> LockResult<u8> = Lock::into_inner;
    let _: fn(&mut Lock) -> LockResult<&mut u8> = Lock::get_mut;
    has!(PoisonError<Guard<'static>>: Error);
    has!(TryLockError<Guard<'static>>: Error + From<PoisonError<Guard<'static>>>);
    // What is shared may be a trait object, or a slice.
    let debug: Arc<Mutex<dyn Debug>> = Arc::new(Mutex::new(1));
    assert_eq!(format!("{:?}", debug.lock().unwrap()), "1");
    let slice: Box<RwLock<[u8]>> = Box::new(RwLock::new([1, 2]));
    assert_eq!(slice.read().unwrap().len(), 2);
    let _: fn(&Arc<Lock>) -> Weak<Lock> = Arc::downgrade;
    // The borrow checker knows that dropping a lock does not look at what it guards.
    let lock;
    let text = String::from("short-lived");
    lock = Mutex::new(text.as_str());
    assert_eq!(*lock.lock().unwrap(), "short-lived");
}

fn read_write_locks() {
    type Lock = RwLock<u8>;
    type Reader<'a> = RwLockReadGuard<'a, u8>;
    type Writer<'a> = RwLockWriteGuard<'a, u8>;
    has!(Lock: Debug + Default + From<u8> + Send + Sync + UnwindSafe + RefUnwindSafe);
    lacks!(RwLock<Cell<u8>>: Sync);
    has!(Reader<'static>: Debug + Display + Deref<Target = u8> + Sync);
    has!(Writer<'static>: Debug + Display + Deref<Target = u8> + DerefMut + Sync);
    lacks!(Reader<'static>: Send);
    lacks!(Writer<'static>: Send);
    static STATIC: RwLock<u8> = RwLock::new(1);
    assert_eq!(*STATIC.read().unwrap(), 1);
    let _: fn(&Lock) -> LockResult<Reader<'_>> = Lock::read;
    let _: fn(&Lock) -> TryLockResult<Reader<'_>> = Lock::try_read;
    let _: fn(&Lock) -> LockResult<Writer<'_>> = Lock::write;
    let _: fn(&Lock) -> TryLockResult<Writer<'_>> = Lock::try_write;
    let _: fn(&Lock) -> bool = Lock::is_poisoned;
    let _: fn(&Lock) = Lock::clear_poison;
    let _: fn(Lock) -> LockResult<u8> = Lock::into_inner;
    let _: fn(&mut Lock) -> LockResult<&mut u8> = Lock::get_mut;
    let _: fn(Writer<'static>) -> Reader<'static> = RwLockWriteGuard::downgrade;
}

fn condvars() {
    type Guard<'a> = MutexGuard<'a, u8>;
    has!(Condvar: Debug + Default + Send + Sync + UnwindSafe + RefUnwindSafe);
    static STATIC: Condvar = Condvar::new();
    STATIC.notify_all();
    let _: fn(&Condvar, Guard<'static>) -> LockResult<Guard<'static>> = Condvar::wait::<u8>;
    let _: fn(&Condvar, Guard<'static>, fn(&mut u8) -> bool) -> LockResult<Guard<'static>> = Condvar::wait_while;
    let _: fn(&Condvar, Guard<'static>, Duration) -> LockResult<(Guard<'static>, WaitTimeoutResult)> =
        Condvar::wait_timeout::<u8>;
    let _: fn(&Condvar, Guard<'static>, u32) -> LockResult<(Guard<'static>, bool)> = Condvar::wait_timeout_ms::<u8>;
    let _: fn(
        &Condvar,
        Guard<'static>,
        Duration,
        fn(&mut u8) -> bool,
    ) -> LockResult<(Guard<'static>, WaitTimeoutResult)> = Condvar::wait_timeout_while;
    for _ in [Condvar::notify_one as fn(&Condvar), Condvar::notify_all] {}
    has!(WaitTimeoutResult: Debug + Copy + Eq);
    let _: fn(&WaitTimeoutResult) -> bool = WaitTimeoutResult::timed_out;
    has!(Barrier: Debug + Send + Sync + RefUnwindSafe);
    static BARRIER: Barrier = Barrier::new(1);
    assert!(BARRIER.wait().is_leader());
    let _: fn(&Barrier) -> BarrierWaitResult = Barrier::wait;
    has!(BarrierWaitResult: Debug);
}

fn once() {
    has!(Once: Debug + Send + Sync + UnwindSafe + RefUnwindSafe);
    static STATIC: Once = ONCE_INIT;
    STATIC.call_once(|| ());
    let _: fn(&Once, fn()) = Once::call_once;
    let _: fn(&Once, fn(&OnceState)) = Once::call_once_force;
    let _: fn(&Once) -> bool = Once::is_completed;
    for _ in [Once::wait as fn(&Once), Once::wait_force] {}
    has!(OnceState: Debug);
    let _: fn(&OnceState) -> bool = OnceState::is_poisoned;
    type Cell = OnceLock<String>;
    has!(Cell: Debug + Default + Clone + From<String> + Eq + Send + Sync + UnwindSafe + RefUnwindSafe);
    lacks!(OnceLock<Rc<u8>>: Sync);
    static CELL: Cell = OnceLock::new();
    assert_eq!(CELL.get(), None);
    let _: fn(&Cell) -> Option<&String> = OnceLock::get;
    let _: fn(&mut Cell) -> Option<&mut String> = OnceLock::get_mut;
    let _: fn(&Cell) -> &String = OnceLock::wait;
    let _: fn(&Cell, String) -> Result<(), String> = OnceLock::set;
    let _: fn(&Cell, fn() -> String) -> &String = OnceLock::get_or_init;
    let _: fn(Cell) -> Option<String> = OnceLock::into_inner;
    let _: fn(&mut Cell) -> Option<String> = OnceLock::take;
    type Lazy = LazyLock<String>;
    has!(Lazy: Debug + Default + Deref<Target = String> + DerefMut + Send + Sync + UnwindSafe);
    lacks!(LazyLock<Rc<u8>>: Sync);
    static LAZY: Lazy = LazyLock::new(String::new);
    assert_eq!(LAZY.len(), 0);
    let _: fn(&Lazy) -> &String = LazyLock::force;
    let _: fn(&mut Lazy) -> &mut String = LazyLock::force_mut;
    let _: fn(&Lazy) -> Option<&String> = LazyLock::get;
    let _: fn(&mut Lazy) -> Option<&mut String> = LazyLock::get_mut;
    // The borrow checker knows that dropping a cell does not look at what it holds.
    let cell = OnceLock::new();
    let text = String::from("short-lived");
    assert_eq!(cell.set(text.as_str()), Ok(()));
}

fn channels() {
    type Sender = mpsc::Sender<u8>;
    type SyncSender = mpsc::SyncSender<u8>;
    type Receiver = mpsc::Receiver<u8>;
    has!(Sender: Debug + Clone + Send + Sync + UnwindSafe + RefUnwindSafe);
    has!(SyncSender: Debug + Clone + Send + Sync + UnwindSafe + RefUnwindSafe);
    has!(Receiver: Debug + Send + IntoIterator<Item = u8> + UnwindSafe + RefUnwindSafe);
    has!(&'static Receiver: IntoIterator<Item = u8>);
    lacks!(Receiver: Sync);
    lacks!(mpsc::Sender<Rc<u8>>: Send);
    let _: fn() -> (Sender, Receiver) = mpsc::channel;
    let _: fn(usize) -> (SyncSender, Receiver) = mpsc::sync_channel;
    let _: fn(&Sender, u8) -> Result<(), mpsc::SendError<u8>> = Sender::send;
    let _: fn(&SyncSender, u8) -> Result<(), mpsc::SendError<u8>> = SyncSender::send;
    let _: fn(&SyncSender, u8) -> Result<(), mpsc::TrySendError<u8>> = SyncSender::try_send;
    let _: fn(&Receiver) -> Result<u8, mpsc::RecvError> = Receiver::recv;
    let _: fn(&Receiver) -> Result<u8, mpsc::TryRecvError> = Receiver::try_recv;
    let _: fn(&Receiver, Duration) -> Result<u8, mpsc::RecvTimeoutError> = Receiver::recv_timeout;
    let _: fn(&Receiver) -> mpsc::Iter<'_, u8> = Receiver::iter;
    let _: fn(&Receiver) -> mpsc::TryIter<'_, u8> = Receiver::try_iter;
    let _: fn(Receiver) -> mpsc::IntoIter<u8> = Receiver::into_iter;
    has!(mpsc::Iter<'static, u8>: Debug + Iterator<Item = u8>);
    has!(mpsc::TryIter<'static, u8>: Debug + Iterator<Item = u8>);
    has!(mpsc::IntoIter<u8>: Debug + Iterator<Item = u8> + Send);
    has!(mpsc::TryRecvError: Error + From<mpsc::RecvError>);
    has!(mpsc::RecvTimeoutError: Error + From<mpsc::RecvError>);
    has!(mpsc::TrySendError<u8>: Error + From<mpsc::SendError<u8>>);
}
