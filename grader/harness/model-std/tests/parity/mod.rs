//! Model and real types side by side.

extern crate std as real;

use real::any::type_name as true_name;

/// Runs a macro on every replaced type, given as a path after `std::`.
macro_rules! for_every_type {
    ($each:ident) => {
        $each! {
            sync::Mutex<u8>, sync::Mutex<u64>, sync::Mutex<[u8; 3]>, sync::MutexGuard<'static, u8>,
            sync::RwLock<u8>, sync::RwLock<u64>, sync::RwLockReadGuard<'static, u8>, sync::RwLockWriteGuard<'static, u8>,
            sync::Condvar, sync::WaitTimeoutResult, sync::Barrier, sync::BarrierWaitResult,
            sync::Once, sync::OnceState, sync::OnceLock<u8>, sync::OnceLock<u64>, sync::OnceLock<String>,
            sync::LazyLock<u8>, sync::LazyLock<u64>, sync::LazyLock<[u8; 3], ()>, sync::LazyLock<String>,
            sync::atomic::AtomicBool, sync::atomic::AtomicPtr<u8>,
            sync::atomic::AtomicI8, sync::atomic::AtomicI16, sync::atomic::AtomicI32, sync::atomic::AtomicI64,
            sync::atomic::AtomicU8, sync::atomic::AtomicU16, sync::atomic::AtomicU32, sync::atomic::AtomicU64,
            sync::atomic::AtomicIsize, sync::atomic::AtomicUsize,
            sync::mpsc::Sender<u8>, sync::mpsc::SyncSender<u8>, sync::mpsc::Receiver<u8>,
            sync::mpsc::Iter<'static, u8>, sync::mpsc::TryIter<'static, u8>, sync::mpsc::IntoIter<u8>,
            thread::Builder, thread::JoinHandle<u8>, thread::ScopedJoinHandle<'static, u8>,
            thread::Scope<'static, 'static>, thread::Thread, thread::ThreadId, thread::LocalKey<u8>, thread::AccessError,
            time::Instant, time::SystemTime
        }
    };
}

#[test]
fn every_replaced_type_is_ours() {
    macro_rules! check {
        ($($($path:ident)::+ $(<$($argument:tt),*>)?),* $(,)?) => { $({
            let name = true_name::<std::$($path)::+ $(<$($argument),*>)?>();
            assert!(name.starts_with("model_std::"), "{name} is not ours");
        })* };
    }
    for_every_type!(check);
}

#[test]
fn every_replaced_type_has_the_size_and_alignment_of_the_real_one() {
    macro_rules! check {
        ($($($path:ident)::+ $(<$($argument:tt),*>)?),* $(,)?) => { $({
            let sizes = |ours: (usize, usize), real: (usize, usize)| {
                assert_eq!(ours, real, "{}", real::stringify!($($path)::+));
            };
            type Ours = std::$($path)::+ $(<$($argument),*>)?;
            type Real = real::$($path)::+ $(<$($argument),*>)?;
            sizes((size_of::<Ours>(), align_of::<Ours>()), (size_of::<Real>(), align_of::<Real>()));
            sizes((size_of::<Option<Ours>>(), 0), (size_of::<Option<Real>>(), 0));
        })* };
    }
    for_every_type!(check);
}

#[test]
fn every_replaced_type_answers_with_the_real_name() {
    macro_rules! check {
        ($($($path:ident)::+ $(<$($argument:tt),*>)?),* $(,)?) => { $({
            type Ours = std::$($path)::+ $(<$($argument),*>)?;
            type Real = real::$($path)::+ $(<$($argument),*>)?;
            assert_eq!(std::any::type_name::<Ours>(), true_name::<Real>());
            assert_eq!(std::any::type_name::<Vec<Option<Ours>>>(), true_name::<Vec<Option<Real>>>());
        })* };
    }
    for_every_type!(check);
    assert_eq!(std::any::type_name_of_val(&std::sync::Mutex::new(1_u8)), true_name::<real::sync::Mutex<u8>>());
}

/// The module in which a function is really defined.
fn home<F>(_function: F) -> &'static str {
    true_name::<F>()
}

#[test]
fn every_replaced_function_is_ours() {
    use std::sync::{atomic, mpsc};
    use std::{any, hint, panic, thread};
    #[allow(deprecated, reason = "they are still there")]
    let homes = [
        home(thread::spawn::<fn(), ()>),
        home(thread::current),
        home(thread::park),
        home(thread::park_timeout),
        home(thread::park_timeout_ms),
        home(thread::sleep),
        home(thread::sleep_ms),
        home(thread::yield_now),
        home(thread::panicking),
        home(thread::available_parallelism),
        home(thread::scope::<fn(&thread::Scope<'_, '_>), ()>),
        home(hint::spin_loop),
        home(atomic::fence),
        home(atomic::compiler_fence),
        home(atomic::spin_loop_hint),
        home(mpsc::channel::<u8>),
        home(mpsc::sync_channel::<u8>),
        home(panic::catch_unwind::<fn(), ()>),
        home(panic::resume_unwind),
        home(panic::set_hook),
        home(panic::take_hook),
        home(any::type_name::<u8>),
        home(any::type_name_of_val::<u8>),
    ];
    for home in homes {
        assert!(home.starts_with("model_std::"), "{home} is not ours");
    }
}

#[test]
fn formats_are_the_real_ones() {
    macro_rules! same {
        ($($ours:expr => $real:expr),* $(,)?) => { $(
            assert_eq!(format!("{:?}", $ours), format!("{:?}", $real));
            assert_eq!(format!("{:#?}", $ours), format!("{:#?}", $real));
        )* };
    }
    same! {
        std::sync::Mutex::new(1) => real::sync::Mutex::new(1),
        std::sync::Mutex::new("x").lock().unwrap() => real::sync::Mutex::new("x").lock().unwrap(),
        std::sync::RwLock::new(1) => real::sync::RwLock::new(1),
        std::sync::RwLock::new(1).read().unwrap() => real::sync::RwLock::new(1).read().unwrap(),
        std::sync::Condvar::new() => real::sync::Condvar::new(),
        std::sync::Barrier::new(1) => real::sync::Barrier::new(1),
        std::sync::Barrier::new(1).wait() => real::sync::Barrier::new(1).wait(),
        std::sync::Once::new() => real::sync::Once::new(),
        std::sync::OnceLock::<u8>::new() => real::sync::OnceLock::<u8>::new(),
        std::sync::OnceLock::from(1) => real::sync::OnceLock::from(1),
        std::sync::LazyLock::<u8>::new(|| 1) => real::sync::LazyLock::<u8>::new(|| 1),
        std::sync::atomic::AtomicI64::new(-3) => real::sync::atomic::AtomicI64::new(-3),
        std::sync::atomic::AtomicBool::new(true) => real::sync::atomic::AtomicBool::new(true),
        std::sync::mpsc::channel::<u8>() => real::sync::mpsc::channel::<u8>(),
        std::sync::mpsc::sync_channel::<u8>(1) => real::sync::mpsc::sync_channel::<u8>(1),
        std::thread::Builder::new().name("x".to_owned()) => real::thread::Builder::new().name("x".to_owned()),
        std::time::UNIX_EPOCH => real::time::UNIX_EPOCH,
    }
    let (ours, theirs) = (std::sync::Mutex::new(1), real::sync::Mutex::new(1));
    let _guards = (ours.lock(), theirs.lock());
    assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
}
