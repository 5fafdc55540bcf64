//! The grader's workload, which sees every unit of work where it is done.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::hint::black_box;
use std::io;
use std::process::{self, ExitCode};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use course::worker::{self, Input, Output};
use course::{Launcher, Mode, Workload};
use protocol::threads_and_processes::{Happening, Unit, Work};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::{Subject, meeting};

/// The numbers of threads that have not come yet.
static THREADS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The number of this thread, which no other of this process ever has.
    static THREAD: u64 = THREADS.fetch_add(1, Ordering::Relaxed);

    /// The checksum of the unit that this thread did last, unwatched.
    static LAST: Cell<u64> = const { Cell::new(0) };
}

/// What a worker process works on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) work: Work,
    /// How many workers a run has.
    pub(crate) workers: usize,
    /// Where units meet.
    pub(crate) meeting: Option<String>,
}

/// A workload that notes what is done.
pub(crate) struct Watched<'a> {
    job: &'a Job,
    /// The units that each mode has begun, in this process.
    begun: [AtomicU64; 4],
    /// Who has been at the meeting.
    met: Mutex<BTreeSet<u64>>,
    /// What becomes of a note.
    note: &'a (dyn Fn(Unit) + Sync),
    since: Option<u64>,
}

/// A workload that has better things to do: time is measured with it.
struct Unwatched<'a>(&'a Work);

impl Job {
    /// A launcher of workers for this job.
    ///
    /// # Errors
    /// If the program cannot tell where it is.
    pub(crate) fn launcher(&self) -> io::Result<Launcher> {
        Launcher::new(&serde_json::to_string(self)?)
    }

    /// Calls `body` with the workload. Of each unit that is done, `note` is told.
    pub(crate) fn with_workload<R>(
        &self,
        note: &(dyn Fn(Unit) + Sync),
        since: Option<u64>,
        body: impl FnOnce(&(dyn Workload + Sync)) -> R,
    ) -> R {
        if self.work.noted {
            body(&Watched { job: self, begun: Default::default(), met: Mutex::default(), note, since })
        } else {
            body(&Unwatched(&self.work))
        }
    }
}

impl Workload for Unwatched<'_> {
    fn units(&self) -> u64 {
        self.0.units
    }

    fn run(&self, _: Mode, unit: u64) -> u64 {
        // A processor would begin the next unit before this one is done. How much of that it can do depends on what else
        // its core is busy with, another machine's work included, and times would tell of that.
        let nothing = LAST.get() & black_box(0);
        let checksum = self.0.checksum(unit ^ nothing);
        LAST.set(checksum);
        checksum
    }
}

impl Workload for Watched<'_> {
    fn units(&self) -> u64 {
        self.job.work.units
    }

    fn run(&self, mode: Mode, unit: u64) -> u64 {
        let began = now();
        let Job { work, meeting, .. } = self.job;
        let run = self.run_of(mode);
        let thread = THREAD.with(|number| *number);
        if let Some(name) = meeting.as_ref().filter(|_| work.meeting == Some(mode) && self.is_first_of(thread)) {
            meeting::attend(name);
        }
        thread::sleep(Duration::from_micros(work.pause_us));
        let mut checksum = work.checksum(unit);
        let happening = work.event.filter(|event| event.is_at(mode, run, unit)).map(|event| event.happening);
        match happening {
            Some(Happening::Stalls(milliseconds)) => thread::sleep(Duration::from_millis(milliseconds)),
            Some(Happening::Lies) => checksum = !checksum,
            Some(Happening::Panics) | None => {}
        }
        (self.note)(Unit { mode, unit, pid: process::id(), thread, began, ended: now(), since: self.since });
        assert!(happening != Some(Happening::Panics), "unit {unit} goes wrong on purpose");
        checksum
    }
}

impl Watched<'_> {
    /// Which run of a mode a unit that begins now belongs to, if every run does every unit once.
    fn run_of(&self, mode: Mode) -> u64 {
        let before = self.begun[mode as usize].fetch_add(1, Ordering::Relaxed);
        match worker::index() {
            Some(index) => (index / self.job.workers.max(1)) as u64,
            None => before / self.job.work.units.max(1),
        }
    }

    fn is_first_of(&self, thread: u64) -> bool {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).insert(thread)
    }
}

/// Does a worker's work, if this process is one.
pub(crate) fn work_if_asked(subject: &dyn Subject) -> Option<ExitCode> {
    let since = now();
    muster::run_if_asked(|role, input, output| work(subject, &serde_json::from_str(role)?, since, (input, output)))
}

fn work(subject: &dyn Subject, job: &Job, since: u64, (input, output): (Input, Output)) -> io::Result<()> {
    thread::sleep(Duration::from_millis(job.work.start_ms));
    job.with_workload(&|unit| muster::report(&unit), Some(since), |workload| {
        subject.worker_main(workload, input, output)
    })
}

/// Nanoseconds on a clock that all processes share.
pub(crate) fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    seconds * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}
