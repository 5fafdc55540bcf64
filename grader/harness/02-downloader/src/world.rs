//! What differs between a round with real threads and a modelled one: how one waits, and what time it is.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use model_std::sync::atomic::{AtomicBool, Ordering};
use model_std::sync::{Condvar as ModelCondvar, Mutex as ModelMutex, PoisonError as ModelPoison};
use model_std::thread as model_thread;
use model_std::time::Instant as ModelInstant;
use protocol::downloader::HELD;

/// Where a round takes place.
pub(crate) trait World: Send + Sync {
    /// Waits until `happened`; `false` if patience ended before.
    fn wait(&self, happened: &dyn Fn() -> bool) -> bool;
    /// Something has happened.
    fn tell(&self);
    /// A point at which others can go on.
    fn pass(&self);
    /// Lets so much time pass.
    fn sleep(&self, duration: Duration);
    /// How long ago the round began.
    fn now(&self) -> Duration;
}

/// Real threads.
pub(crate) struct Stressed {
    began: Instant,
    patience: Duration,
    gate: Mutex<()>,
    changed: Condvar,
}

impl Stressed {
    /// A world in which nobody waits longer than `patience`.
    pub(crate) fn new(patience: Duration) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the least time of a pause can be told inside the process only")]
        let began = Instant::now();
        Self { began, patience, gate: Mutex::default(), changed: Condvar::new() }
    }
}

impl World for Stressed {
    fn wait(&self, happened: &dyn Fn() -> bool) -> bool {
        let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(gate, self.patience, |()| !happened());
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn tell(&self) {
        drop(self.gate.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    fn pass(&self) {}

    fn sleep(&self, duration: Duration) {
        if !duration.is_zero() {
            thread::sleep(duration);
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}

/// The model's threads.
pub(crate) struct Interleaved {
    /// Whether anybody waits in this round: who does not is told nothing, for the sake of a smaller search.
    held: bool,
    began: ModelInstant,
    on_the_way: AtomicBool,
    gate: ModelMutex<()>,
    changed: ModelCondvar,
}

impl Interleaved {
    /// A world in which somebody may have to wait if `held`.
    pub(crate) fn new(held: bool) -> Self {
        Self {
            held,
            began: ModelInstant::now(),
            on_the_way: AtomicBool::new(false),
            gate: ModelMutex::new(()),
            changed: ModelCondvar::new(),
        }
    }
}

impl World for Interleaved {
    /// Waits for ever, if need be: the scheduler knows when nobody can come any more.
    fn wait(&self, happened: &dyn Fn() -> bool) -> bool {
        driver::name(&self.changed, HELD);
        let mut gate = self.gate.lock().unwrap_or_else(ModelPoison::into_inner);
        while !happened() {
            gate = self.changed.wait(gate).unwrap_or_else(ModelPoison::into_inner);
        }
        true
    }

    fn tell(&self) {
        if self.held {
            drop(self.gate.lock().unwrap_or_else(ModelPoison::into_inner));
            self.changed.notify_all();
        }
    }

    fn pass(&self) {
        self.on_the_way.load(Ordering::SeqCst);
    }

    fn sleep(&self, duration: Duration) {
        if !duration.is_zero() {
            model_thread::sleep(duration);
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}
