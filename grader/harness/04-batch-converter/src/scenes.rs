//! The rounds in which something happens while tasks are under way.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use protocol::batch_converter::{Change, Conversion, Format, Observation, Particular, Pool as PoolOrder};

use crate::held::Held;
use crate::oracle::listing;
use crate::rounds::with_pool;
use crate::studio::{Studio, asset};
use crate::{Pool, Subject};

/// How long is waited for something that a right pool does in milliseconds. Then the round goes on, and says so.
const BOUND: Duration = Duration::from_secs(4);

/// How long `join` is given to return too early.
const EARLY: Duration = Duration::from_millis(150);

/// The image that arrives in the end.
const LATE: &str = "grey.png";

const KEEP: Conversion = Conversion { change: Change::Keep, format: Format::Png };

/// Whether `is_so` becomes so within `bound`.
fn in_time(bound: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    #[expect(clippy::disallowed_methods, reason = "bounds a wait for what a right pool does at once")]
    let now = Instant::now;
    let end = now() + bound;
    while !is_so() {
        if now() >= end {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    true
}

fn hold(studio: &Studio, count: usize) -> Vec<Held> {
    let hold = |place| Held::new(studio.inputs(), &format!("held-{place}.png")).expect("scratch has pipes");
    (0..count).map(hold).collect()
}

/// Some images do not arrive before all others are done.
pub(crate) fn held(subject: &dyn Subject, order: &PoolOrder, count: usize, others: usize) -> Observation {
    with_pool(order, subject, |studio, pool| {
        let mut late = hold(studio, count);
        let mut jobs = Vec::new();
        for (place, held) in late.iter().enumerate() {
            jobs.push(studio.job(held.path().to_owned(), &format!("held-{place}"), KEEP));
        }
        jobs.extend((0..others).map(|place| studio.job(asset("pixel.png"), &format!("other-{place:02}"), KEEP)));
        thread::scope(|scope| {
            let results = scope.spawn(|| driver::quietly(|| pool.map(jobs)));
            let mut opened = 0;
            in_time(BOUND, || {
                opened = late.iter_mut().map(|held| usize::from(held.is_waited_for())).sum();
                opened == count || results.is_finished()
            });
            let mut done = 0;
            in_time(BOUND, || {
                done = listing(studio.outputs()).map_or(0, |files| {
                    files.iter().filter(|file| file.name.starts_with("other-") && file.picture.is_some()).count()
                });
                done == others || count >= order.workers || results.is_finished()
            });
            // Whoever comes only now gets its image as well.
            while !results.is_finished() {
                for held in &mut late {
                    if held.is_waited_for() {
                        held.arrive(&asset(LATE));
                    }
                }
                thread::sleep(Duration::from_millis(1));
            }
            match results.join() {
                Ok(Ok(outcomes)) => (outcomes, Particular::Held { opened, done }),
                Ok(Err(panic)) => (Vec::new(), Particular::Panicked(panic)),
                Err(_) => (Vec::new(), Particular::Nothing),
            }
        })
    })
}

/// How often each of the two callbacks of each task was called.
type Calls = Arc<Mutex<Vec<(usize, usize)>>>;

fn lock(calls: &Calls) -> std::sync::MutexGuard<'_, Vec<(usize, usize)>> {
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Callbacks are counted; some submit tasks themselves.
pub(crate) fn callbacks(subject: &dyn Subject, order: &PoolOrder, inputs: &[String], again: bool) -> Observation {
    let studio = Studio::open(order);
    let called = driver::quietly(|| {
        let pool: Arc<Box<dyn Pool>> = match studio.pool(subject) {
            Ok(pool) => Arc::new(pool),
            Err(error) => return Particular::NoPool(format!("`new` failed: {error}")),
        };
        let calls: Calls = Arc::new(Mutex::new(vec![(0, 0); inputs.len()]));
        let more: Calls = Arc::new(Mutex::new(vec![(0, 0); if again { inputs.len() } else { 0 }]));
        // Tasks that were submitted and whose callback has not returned.
        let due = Arc::new(AtomicUsize::new(inputs.len()));
        for (place, input) in inputs.iter().enumerate() {
            let job = studio.job(asset(input), &format!("first-{place:02}"), KEEP);
            let next = again.then(|| studio.job(asset("pixel.png"), &format!("second-{place:02}"), KEEP));
            // The pool must not end in a thread of its own: a callback only borrows it.
            let (weak, more, calls_too, due_too) = (Arc::downgrade(&pool), more.clone(), calls.clone(), due.clone());
            let on_success = Box::new(move |_| {
                lock(&calls_too)[place].0 += 1;
                if let Some((next, pool)) = next.zip(weak.upgrade()) {
                    due_too.fetch_add(1, Ordering::SeqCst);
                    let (more_too, due) = (more.clone(), due_too.clone());
                    let failed = (more.clone(), due_too.clone());
                    pool.submit_with(
                        next,
                        Box::new(move |_| {
                            lock(&more_too)[place].0 += 1;
                            due.fetch_sub(1, Ordering::SeqCst);
                        }),
                        Box::new(move |_| {
                            lock(&failed.0)[place].1 += 1;
                            failed.1.fetch_sub(1, Ordering::SeqCst);
                        }),
                    );
                }
                due_too.fetch_sub(1, Ordering::SeqCst);
            });
            let (calls_too, due_too) = (calls.clone(), due.clone());
            let on_error = Box::new(move |_| {
                lock(&calls_too)[place].1 += 1;
                due_too.fetch_sub(1, Ordering::SeqCst);
            });
            pool.submit_with(job, on_success, on_error);
        }
        // A callback that never comes is told by its count.
        in_time(BOUND, || due.load(Ordering::SeqCst) == 0 && Arc::strong_count(&pool) == 1);
        if let Ok(pool) = Arc::try_unwrap(pool) {
            // What is still under way has time until here.
            let _ = pool.join();
        }
        let (calls, again) = (lock(&calls).clone(), lock(&more).clone());
        Particular::Callbacks { calls, again }
    });
    studio.close(Vec::new(), called.unwrap_or_else(Particular::Panicked))
}

/// What was accepted before `close` is done before `join` returns; nothing is accepted after it.
pub(crate) fn closing(subject: &dyn Subject, order: &PoolOrder, others: usize) -> Observation {
    let studio = Studio::open(order);
    let called = driver::quietly(|| {
        let pool = match studio.pool(subject) {
            Ok(pool) => pool,
            Err(error) => return (Vec::new(), Particular::NoPool(format!("`new` failed: {error}"))),
        };
        let mut late = hold(&studio, 1);
        let done = Arc::new(AtomicUsize::new(0));
        let count = || {
            let done = done.clone();
            Box::new(move |_| {
                done.fetch_add(1, Ordering::SeqCst);
            })
        };
        let mut waits = vec![pool.submit(studio.job(late[0].path().to_owned(), "held-0", KEEP))];
        in_time(BOUND, || late[0].is_waited_for());
        for place in 0..others {
            waits.push(pool.submit(studio.job(asset("pixel.png"), &format!("other-{place:02}"), KEEP)));
            pool.submit_with(studio.job(asset("pixel.png"), &format!("called-{place:02}"), KEEP), count(), count());
        }
        pool.close();
        let (said, hears) = mpsc::channel();
        let refused = pool.submit(studio.job(asset("pixel.png"), "refused", KEEP));
        let (early, done_at_end) = thread::scope(|scope| {
            let done = done.clone();
            let joined = scope.spawn(move || {
                let refused = refused();
                let result = driver::quietly(|| pool.join());
                let _ = said.send(());
                (refused, result, done.load(Ordering::SeqCst))
            });
            let early = hears.recv_timeout(EARLY).is_ok();
            while !joined.is_finished() {
                if late[0].is_waited_for() {
                    late[0].arrive(&asset(LATE));
                }
                thread::sleep(Duration::from_millis(1));
            }
            (early, joined.join().ok())
        });
        // One that ended too early has left somebody waiting for the image.
        late[0].arrive(&asset(LATE));
        let Some((refused, result, done)) = done_at_end else { return (Vec::new(), Particular::Nothing) };
        match result {
            Ok(Ok(())) => {
                let outcomes = waits.into_iter().map(|wait| wait()).collect();
                (outcomes, Particular::Closing { refused, early, done })
            }
            Ok(Err(error)) => (Vec::new(), Particular::NoPool(format!("`join` failed: {error}"))),
            Err(panic) => (Vec::new(), Particular::Panicked(panic)),
        }
    });
    let (outcomes, particular) = called.unwrap_or_else(|panic| (Vec::new(), Particular::Panicked(panic)));
    studio.close(outcomes, particular)
}

/// Images never arrive, and the pool is dropped.
pub(crate) fn dropping(subject: &dyn Subject, order: &PoolOrder, count: usize) -> Observation {
    let studio = Studio::open(order);
    let called = driver::quietly(|| {
        let pool = match studio.pool(subject) {
            Ok(pool) => pool,
            Err(error) => return Particular::NoPool(format!("`new` failed: {error}")),
        };
        let mut late = hold(&studio, count);
        let submit = |(place, held): (usize, &Held)| {
            pool.submit(studio.job(held.path().to_owned(), &format!("held-{place}"), KEEP))
        };
        let waits: Vec<_> = late.iter().enumerate().map(submit).collect();
        let at_once = count.min(order.workers);
        in_time(BOUND, || late.iter_mut().map(|held| usize::from(held.is_waited_for())).sum::<usize>() >= at_once);
        // Not scoped: one that does not end must not keep the round from ending.
        let (said, hears) = mpsc::channel();
        let dropping = thread::spawn(move || {
            let dropped = driver::quietly(|| drop(pool));
            let _ = said.send(());
            dropped
        });
        let ended = hears.recv_timeout(BOUND).is_ok();
        let answering = thread::spawn(move || {
            for wait in waits {
                wait();
            }
        });
        let answered = in_time(BOUND, || answering.is_finished()) && answering.join().is_ok();
        match ended.then(|| dropping.join()) {
            Some(Ok(Err(panic))) => Particular::Panicked(panic),
            _ => Particular::Dropping { ended, answered },
        }
    });
    studio.close(Vec::new(), called.unwrap_or_else(Particular::Panicked))
}
