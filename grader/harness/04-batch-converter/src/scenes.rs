//! The rounds in which something happens while tasks are under way.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use protocol::Panic;
use protocol::batch_converter::{
    Change, Conversion, Format, Observation, Outcome, Particular, Pool as PoolOrder, Readers,
};

use crate::held::Held;
use crate::oracle::listing;
use crate::rounds::with_pool;
use crate::studio::{Studio, asset};
use crate::waiting::{becomes_so, wait_for};
use crate::{Job, Pool, Subject};

/// How often the callbacks of one task were called.
#[derive(Default)]
struct Calls {
    successes: AtomicUsize,
    errors: AtomicUsize,
}

impl Calls {
    /// Calls `submit_with` with callbacks that are counted here.
    fn submit(self: &Arc<Self>, pool: &dyn Pool, job: Job) {
        let (good, bad) = (self.clone(), self.clone());
        let on_success = Box::new(move |_| {
            good.successes.fetch_add(1, Ordering::SeqCst);
        });
        let on_error = Box::new(move |_| {
            bad.errors.fetch_add(1, Ordering::SeqCst);
        });
        pool.submit_with(job, on_success, on_error);
    }

    fn counts(&self) -> (usize, usize) {
        (self.successes.load(Ordering::SeqCst), self.errors.load(Ordering::SeqCst))
    }
}

/// How long `join` is given to return too early.
const EARLY: Duration = Duration::from_millis(150);

/// The image that arrives in the end.
const LATE: &str = "grey.png";

const KEEP: Conversion = Conversion { change: Change::Keep, format: Format::Png };

fn hold(studio: &Studio, count: usize, name: &str) -> Vec<Held> {
    let hold = |place| Held::new(studio.inputs(), &format!("{name}-{place}.png")).expect("scratch has pipes");
    (0..count).map(hold).collect()
}

/// Some images do not arrive before all others are done.
pub(crate) fn held(
    subject: &dyn Subject,
    order: &PoolOrder,
    count: usize,
    (others, outputs): (&[String], usize),
) -> Observation {
    with_pool(order, subject, |studio, pool| {
        let mut late = hold(studio, count, "held");
        let mut jobs = jobs_on(studio, &late, "held");
        let other = |(place, name): (usize, &String)| studio.job(asset(name), &format!("other-{place:02}"), KEEP);
        jobs.extend(others.iter().enumerate().map(other));
        let done = || {
            listing(studio.outputs()).map_or(0, |files| {
                files.iter().filter(|file| file.name.starts_with("other-") && file.picture.is_some()).count()
            })
        };
        let mapped = map_of_late(pool, jobs, &mut late, |late, ended| {
            let opened = wait_for(|| waited_for(late), |opened| *opened == count || ended());
            let readers = readers(late, opened);
            let done = wait_for(done, |done| *done == outputs || count >= order.workers || ended());
            Particular::Held { opened, done, readers }
        });
        mapped.unwrap_or_else(|panic| (Vec::new(), Particular::Panicked(panic)))
    })
}

/// Twice, every worker has an image at the same time.
pub(crate) fn recovers(subject: &dyn Subject, order: &PoolOrder) -> Observation {
    with_pool(order, subject, |studio, pool| {
        let mut outcomes = Vec::new();
        let mut opened = [0, 0];
        for (opened, name) in opened.iter_mut().zip(["before", "after"]) {
            let mut late = hold(studio, order.workers, name);
            let jobs = jobs_on(studio, &late, name);
            let mapped = map_of_late(pool, jobs, &mut late, |late, ended| {
                wait_for(|| waited_for(late), |opened| *opened == order.workers || ended())
            });
            match mapped {
                Ok((done, count)) => {
                    outcomes.extend(done);
                    *opened = count;
                    if count < order.workers {
                        break;
                    }
                }
                Err(panic) => return (outcomes, Particular::Panicked(panic)),
            }
        }
        (outcomes, Particular::Recovers { before: opened[0], after: opened[1] })
    })
}

fn jobs_on(studio: &Studio, late: &[Held], name: &str) -> Vec<Job> {
    let job = |(place, held): (usize, &Held)| studio.job(held.path().to_owned(), &format!("{name}-{place}"), KEEP);
    late.iter().enumerate().map(job).collect()
}

fn waited_for(late: &mut [Held]) -> usize {
    late.iter_mut().map(|held| usize::from(held.is_waited_for())).sum()
}

/// Who has the images open, of which so many are waited for.
fn readers(late: &[Held], opened: usize) -> Readers {
    let look = || {
        let workers = muster::leftovers();
        let has_one = |pid: u32| late.iter().any(|held| held.is_open_in(pid));
        let parent = late.iter().filter(|held| held.is_open_in(std::process::id())).count();
        Readers { workers: workers.iter().filter(|worker| has_one(worker.pid)).count(), parent }
    };
    wait_for(look, |readers| readers.workers + readers.parent >= opened)
}

/// Calls `map`, and `watch` meanwhile, which is told whether the call has ended; then lets the images arrive.
fn map_of_late<W>(
    pool: &dyn Pool,
    jobs: Vec<Job>,
    late: &mut [Held],
    watch: impl FnOnce(&mut [Held], &dyn Fn() -> bool) -> W,
) -> Result<(Vec<Outcome>, W), Panic> {
    thread::scope(|scope| {
        let results = scope.spawn(|| driver::quietly(|| pool.map(jobs)));
        let seen = watch(late, &|| results.is_finished());
        let count = late.len();
        // Whoever comes only now gets its image as well.
        wait_for(
            || {
                for held in &mut *late {
                    if held.is_waited_for() {
                        held.arrive(&asset(LATE));
                    }
                }
                (late.iter().filter(|held| held.has_arrived()).count(), results.is_finished())
            },
            |(arrived, ended)| *arrived == count || *ended,
        );
        results.join().unwrap_or_else(|payload| resume_unwind(payload)).map(|outcomes| (outcomes, seen))
    })
}

/// What was accepted before `close` is done before `join` returns; nothing is accepted after it.
pub(crate) fn closing(subject: &dyn Subject, order: &PoolOrder, others: usize) -> Observation {
    let studio = Studio::open(order);
    let called = driver::quietly(|| {
        let pool = match studio.pool(subject) {
            Ok(pool) => pool,
            Err(error) => return (Vec::new(), Particular::NoPool(format!("`new` failed: {error}"))),
        };
        let mut late = hold(&studio, 1, "held");
        let done = Arc::new(AtomicUsize::new(0));
        let count = || {
            let done = done.clone();
            Box::new(move |_| {
                done.fetch_add(1, Ordering::SeqCst);
            })
        };
        let mut waits = vec![pool.submit(studio.job(late[0].path().to_owned(), "held-0", KEEP))];
        becomes_so(|| late[0].is_waited_for());
        for place in 0..others {
            waits.push(pool.submit(studio.job(asset("pixel.png"), &format!("other-{place:02}"), KEEP)));
            pool.submit_with(studio.job(asset("pixel.png"), &format!("called-{place:02}"), KEEP), count(), count());
        }
        pool.close();
        let (said, hears) = mpsc::channel();
        let refused = pool.submit(studio.job(asset("pixel.png"), "refused", KEEP));
        let refusals = Arc::new(Calls::default());
        refusals.submit(&*pool, studio.job(asset("pixel.png"), "refused-too", KEEP));
        let (early, done_at_end) = thread::scope(|scope| {
            let done = done.clone();
            let joined = scope.spawn(move || {
                let refused = refused();
                let result = driver::quietly(|| pool.join());
                let _ = said.send(());
                (refused, result, done.load(Ordering::SeqCst))
            });
            let early = hears.recv_timeout(EARLY).is_ok();
            becomes_so(|| joined.is_finished() || late[0].is_waited_for());
            late[0].arrive(&asset(LATE));
            (early, joined.join().ok())
        });
        let Some((refused, result, done)) = done_at_end else { return (Vec::new(), Particular::Nothing) };
        match result {
            Ok(Ok(())) => {
                let outcomes = waits.into_iter().map(|wait| wait()).collect();
                wait_for(|| refusals.counts(), |counts| *counts != (0, 0));
                (outcomes, Particular::Closing { refused, early, done, refusals: refusals.counts() })
            }
            Ok(Err(error)) => (Vec::new(), Particular::NoPool(format!("`join` failed: {error}"))),
            Err(panic) => (Vec::new(), Particular::Panicked(panic)),
        }
    });
    let (outcomes, particular) = called.unwrap_or_else(|panic| (Vec::new(), Particular::Panicked(panic)));
    studio.close(outcomes, particular)
}

/// Images never arrive, and the pool is dropped.
pub(crate) fn dropping(subject: &dyn Subject, order: &PoolOrder, held: usize, called: usize) -> Observation {
    let studio = Studio::open(order);
    let called = driver::quietly(|| {
        let pool = match studio.pool(subject) {
            Ok(pool) => pool,
            Err(error) => return Particular::NoPool(format!("`new` failed: {error}")),
        };
        let count = held + called;
        let mut late = hold(&studio, count, "held");
        let mut jobs = jobs_on(&studio, &late, "held");
        let with_callbacks = jobs.split_off(held);
        let waits: Vec<_> = jobs.into_iter().map(|job| pool.submit(job)).collect();
        let submit = |job| {
            let calls = Arc::new(Calls::default());
            calls.submit(&*pool, job);
            calls
        };
        let calls: Vec<_> = with_callbacks.into_iter().map(submit).collect();
        let at_once = count.min(order.workers);
        wait_for(|| waited_for(&mut late), |opened| *opened >= at_once);
        // Not scoped: one that does not end must not keep the round from ending.
        let dropping = thread::spawn(move || driver::quietly(|| drop(pool)));
        let ended = becomes_so(|| dropping.is_finished());
        let answering = thread::spawn(move || {
            for wait in waits {
                wait();
            }
        });
        let answered = becomes_so(|| answering.is_finished()) && answering.join().is_ok();
        let counts = || calls.iter().map(|calls| calls.counts()).collect::<Vec<_>>();
        let calls = wait_for(counts, |counts| !ended || counts.iter().all(|count| *count != (0, 0)));
        match ended.then(|| dropping.join()) {
            Some(Ok(Err(panic))) => Particular::Panicked(panic),
            _ => Particular::Dropping { ended, answered, calls },
        }
    });
    studio.close(Vec::new(), called.unwrap_or_else(Particular::Panicked))
}

/// Some workers of a pool cannot be started.
pub(crate) fn unstartable(subject: &dyn Subject, order: &PoolOrder) -> Observation {
    let studio = Studio::open(order);
    let called = driver::quietly(|| studio.pool(subject).is_err());
    let particular = called.map_or_else(Particular::Panicked, |refused| Particular::Unstartable { refused });
    studio.close(Vec::new(), particular)
}
