//! [`Once`], and what `OnceLock` and `LazyLock` share with it: the stages of an initialisation.

use ::std::cell::Cell;
use ::std::fmt;
use ::std::panic::{Location, RefUnwindSafe, UnwindSafe};
use ::std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use model::{Effect, Kind, Object, Operation};
use protocol::explore::Awaited;

/// How far an initialisation has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Stage {
    Incomplete,
    Poisoned,
    Running,
    Complete,
}

/// Something that is initialised once.
pub(super) trait Stages {
    fn stage(&self) -> Stage;
    /// Goes to another stage than [`Stage::Complete`].
    fn set_stage(&self, stage: Stage);
    fn object(&self) -> Object;
}

/// What to do with an earlier initialisation that panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Earlier {
    /// Panic, too.
    Respect,
    /// Try again.
    Ignore,
}

/// An initialisation under way; unless it is completed, it is poisoned in the end.
struct Attempt<'a, S: Stages>(&'a S);

impl<S: Stages> Drop for Attempt<'_, S> {
    fn drop(&mut self) {
        if self.0.stage() == Stage::Running {
            self.0.set_stage(Stage::Poisoned);
        }
        model::refresh(Awaited::Initialised, self.0.object().address, true);
    }
}

/// Runs `initialise` unless that was done, and waits for others who do it. It is told the stage before and has to go to
/// [`Stage::Complete`] itself.
#[track_caller]
pub(super) fn initialise(once: &impl Stages, earlier: Earlier, initialise: impl FnOnce(Stage)) {
    let (object, line) = (once.object(), Location::caller());
    if once.stage() == Stage::Complete {
        return;
    }
    model::step(Operation::Once, object, line);
    loop {
        match once.stage() {
            Stage::Complete => return,
            Stage::Running => {
                model::wait_for(Awaited::Initialised, object.address, None, line);
            }
            Stage::Poisoned if earlier == Earlier::Respect => panic!("Once instance has previously been poisoned"),
            before @ (Stage::Incomplete | Stage::Poisoned) => {
                once.set_stage(Stage::Running);
                model::accessed(object, "initialise", line, Effect::Changed, String::new);
                let attempt = Attempt(once);
                initialise(before);
                drop(attempt);
                return;
            }
        }
    }
}

/// Whether the initialisation is complete. Only an answer that may still change is worth a scheduling point.
#[track_caller]
pub(super) fn is_complete(once: &impl Stages) -> bool {
    if once.stage() == Stage::Complete {
        return true;
    }
    let (object, line) = (once.object(), Location::caller());
    model::step(Operation::Once, object, line);
    let stage = once.stage();
    let outcome = || if stage == Stage::Complete { "complete" } else { "not yet" }.to_owned();
    model::accessed(object, "get", line, Effect::Same(stage as u64), outcome);
    stage == Stage::Complete
}

/// Waits until the initialisation is complete.
#[track_caller]
pub(super) fn wait(once: &impl Stages, earlier: Earlier) {
    let (object, line) = (once.object(), Location::caller());
    if once.stage() == Stage::Complete {
        return;
    }
    model::step(Operation::Once, object, line);
    loop {
        match once.stage() {
            Stage::Complete => return,
            Stage::Poisoned if earlier == Earlier::Respect => panic!("Once instance has previously been poisoned"),
            Stage::Incomplete | Stage::Poisoned | Stage::Running => {
                model::wait_for(Awaited::Initialised, object.address, None, line);
            }
        }
    }
}

/// `std::sync::Once`.
pub struct Once {
    stage: AtomicU32,
}

impl UnwindSafe for Once {}
impl RefUnwindSafe for Once {}

/// `std::sync::OnceState`.
pub struct OnceState {
    poisoned: bool,
    /// Gives it the size that it has in the standard library.
    _size: Cell<u32>,
}

/// A `Once` that has not run.
#[deprecated(since = "1.38.0", note = "the `Once::new()` function is now preferred")]
#[allow(clippy::declare_interior_mutable_const, reason = "the real one is such a constant, too")]
pub const ONCE_INIT: Once = Once::new();

impl Once {
    /// One that has not run.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "the real one has no default either")]
    pub const fn new() -> Self {
        Self { stage: AtomicU32::new(Stage::Incomplete as u32) }
    }

    /// Runs the closure unless one was run before; panics if that one panicked.
    #[track_caller]
    pub fn call_once<F: FnOnce()>(&self, run: F) {
        initialise(self, Earlier::Respect, |_| {
            run();
            self.complete();
        });
    }

    /// Runs the closure unless one was run before without a panic.
    #[track_caller]
    pub fn call_once_force<F: FnOnce(&OnceState)>(&self, run: F) {
        initialise(self, Earlier::Ignore, |before| {
            run(&OnceState { poisoned: before == Stage::Poisoned, _size: Cell::new(0) });
            self.complete();
        });
    }

    /// Whether a closure was run.
    #[track_caller]
    pub fn is_completed(&self) -> bool {
        is_complete(self)
    }

    /// Waits until a closure was run; panics if it panicked.
    #[track_caller]
    pub fn wait(&self) {
        wait(self, Earlier::Respect);
    }

    /// Waits until a closure was run without a panic.
    #[track_caller]
    pub fn wait_force(&self) {
        wait(self, Earlier::Ignore);
    }

    fn complete(&self) {
        self.stage.store(Stage::Complete as u32, Relaxed);
    }
}

impl Stages for Once {
    fn stage(&self) -> Stage {
        match self.stage.load(Relaxed) {
            0 => Stage::Incomplete,
            1 => Stage::Poisoned,
            2 => Stage::Running,
            _ => Stage::Complete,
        }
    }

    fn set_stage(&self, stage: Stage) {
        self.stage.store(stage as u32, Relaxed);
    }

    fn object(&self) -> Object {
        Object::of(self, Kind::Once)
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Once").finish_non_exhaustive()
    }
}

impl OnceState {
    /// Whether an earlier closure panicked.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }
}

impl fmt::Debug for OnceState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("OnceState").field("poisoned", &self.is_poisoned()).finish()
    }
}
