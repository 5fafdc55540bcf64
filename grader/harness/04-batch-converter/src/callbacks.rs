//! The rounds in which callbacks are counted.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use protocol::batch_converter::{Change, Conversion, Format, Habit, Observation, Particular, Pool as PoolOrder};

use crate::studio::{Studio, asset};
use crate::waiting::wait_for;
use crate::{Job, Pool, Subject};

const KEEP: Conversion = Conversion { change: Change::Keep, format: Format::Png };

/// How often each of the two callbacks of each task was called.
type Calls = Mutex<Vec<(usize, usize)>>;

/// What callbacks leave behind.
struct Tally {
    first: Calls,
    /// The same for the tasks that callbacks submit.
    second: Calls,
    /// Callbacks that are due, or have not returned.
    due: AtomicUsize,
    /// Callbacks that have been called and have not returned.
    inside: AtomicUsize,
}

/// One callback that is running.
struct Call<'a>(&'a Tally);

impl<'a> Call<'a> {
    fn begins(tally: &'a Tally) -> Self {
        tally.inside.fetch_add(1, Ordering::SeqCst);
        Self(tally)
    }
}

/// However it ends.
impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::SeqCst);
        self.0.due.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Callbacks are counted; some submit tasks themselves, or panic.
pub(crate) fn callbacks(subject: &dyn Subject, order: &PoolOrder, inputs: &[String], habit: Habit) -> Observation {
    let studio = Studio::open(order);
    let called = driver::quietly(|| {
        let pool: Arc<Box<dyn Pool>> = match studio.pool(subject) {
            Ok(pool) => Arc::new(pool),
            Err(error) => return Particular::NoPool(format!("`new` failed: {error}")),
        };
        let again = if habit == Habit::Submits { inputs.len() } else { 0 };
        let tally = Arc::new(Tally {
            first: Mutex::new(vec![(0, 0); inputs.len()]),
            second: Mutex::new(vec![(0, 0); again]),
            due: AtomicUsize::new(inputs.len()),
            inside: AtomicUsize::new(0),
        });
        for (place, input) in inputs.iter().enumerate() {
            let job = studio.job(asset(input), &format!("first-{place:02}"), KEEP);
            let next = studio.job(asset("pixel.png"), &format!("second-{place:02}"), KEEP);
            submit(&pool, job, &tally, (place, habit), next);
        }
        // A callback that never comes is told by its count.
        let (_, stuck) =
            wait_for(|| (tally.due.load(Ordering::SeqCst), tally.inside.load(Ordering::SeqCst)), |(due, _)| *due == 0);
        // The last callback has returned, but may not have let go of the pool. One that is stuck never will.
        wait_for(|| Arc::strong_count(&pool), |count| *count == 1 || stuck > 0);
        match Arc::try_unwrap(pool) {
            // What is still under way has time until here.
            Ok(pool) if stuck == 0 => drop(pool.join()),
            // A pool in which a callback is stuck cannot be ended.
            Ok(pool) => std::mem::forget(pool),
            Err(pool) => std::mem::forget(pool),
        }
        Particular::Callbacks { calls: counts(&tally.first), again: counts(&tally.second), stuck }
    });
    studio.close(Vec::new(), called.unwrap_or_else(Particular::Panicked))
}

fn submit(pool: &Arc<Box<dyn Pool>>, job: Job, tally: &Arc<Tally>, (place, habit): (usize, Habit), next: Job) {
    // The pool must not end in a thread of its own: a callback only borrows it.
    let (weak, good, bad) = (Arc::downgrade(pool), tally.clone(), tally.clone());
    let on_success = Box::new(move |_| {
        let _call = Call::begins(&good);
        lock(&good.first)[place].0 += 1;
        match habit {
            Habit::Submits => submit_again(&weak, next, &good, place),
            Habit::Panics if place == 0 => panic!("a callback that panics on purpose"),
            Habit::Returns | Habit::Panics => {}
        }
    });
    let on_error = Box::new(move |_| {
        let _call = Call::begins(&bad);
        lock(&bad.first)[place].1 += 1;
    });
    pool.submit_with(job, on_success, on_error);
}

fn submit_again(pool: &Weak<Box<dyn Pool>>, job: Job, tally: &Arc<Tally>, place: usize) {
    let Some(pool) = pool.upgrade() else { return };
    tally.due.fetch_add(1, Ordering::SeqCst);
    let (good, bad) = (tally.clone(), tally.clone());
    let on_success = Box::new(move |_| {
        let _call = Call::begins(&good);
        lock(&good.second)[place].0 += 1;
    });
    let on_error = Box::new(move |_| {
        let _call = Call::begins(&bad);
        lock(&bad.second)[place].1 += 1;
    });
    pool.submit_with(job, on_success, on_error);
}

fn counts(calls: &Calls) -> Vec<(usize, usize)> {
    lock(calls).clone()
}

fn lock(calls: &Calls) -> std::sync::MutexGuard<'_, Vec<(usize, usize)>> {
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}
