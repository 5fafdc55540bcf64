//! One call of `compare`, with what there is to know of it from outside.

use std::process;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use muster::{Muster, leftovers, reap_leftovers, settled_threads, threads};
use protocol::threads_and_processes::{Call, Called, Outcome, Unit};
use protocol::workers::Roll;

use crate::Subject;
use crate::meeting::Meeting;
use crate::work::{Job, now};

/// How long workers that have come wait for the others.
const MUSTER_PATIENCE: Duration = Duration::from_secs(3);

/// Makes the call that is asked for.
///
/// # Panics
/// If the workers cannot be watched.
pub(crate) fn perform(subject: &dyn Subject, call: &Call) -> Called {
    let Call { spec, work, launch } = call;
    let meeting = work.meeting.map(|_| Meeting::call(spec.workers).expect("there are sockets"));
    let muster = launch.muster.map(|size| Muster::call(size, MUSTER_PATIENCE).expect("there are sockets"));
    let meeting_name = meeting.as_ref().map(|meeting| meeting.name().to_owned());
    let job = Job { work: work.clone(), workers: spec.workers, meeting: meeting_name };
    let mut launcher = job.launcher().expect("the program knows where it is");
    for (worker, fault) in &launch.faults {
        launcher = launcher.with_fault(*worker, *fault);
    }
    if let Some(patience) = launch.patience_ms {
        launcher = launcher.with_patience(Duration::from_millis(patience));
    }
    if let Some(muster) = &muster {
        launcher = muster.enlist(launcher);
    }
    let noted = Mutex::new(Vec::new());
    let note = |unit| noted.lock().unwrap_or_else(PoisonError::into_inner).push(unit);
    let threads_before = threads();
    let began = now();
    let outcome = job.with_workload(&note, None, |workload| {
        driver::quietly(|| subject.compare(*spec, workload, &launcher)).unwrap_or_else(Outcome::Panicked)
    });
    let ended = now();
    let threads_left = threads_before.map_or(0, settled_threads);
    let leftovers = leftovers();
    reap_leftovers();
    let mut roll = muster.map(Muster::dismiss);
    let mut units = noted.into_inner().unwrap_or_else(PoisonError::into_inner);
    units.extend(roll.iter_mut().flat_map(reported));
    units.sort_by_key(|unit| unit.began);
    let met = meeting.map(Meeting::end);
    Called { outcome, caller: process::id(), began, ended, units, met, roll, leftovers, threads_left }
}

/// The units that worker processes have reported, taken out of the roll.
fn reported(roll: &mut Roll) -> Vec<Unit> {
    let reports = roll.workers.iter_mut().flat_map(|worker| std::mem::take(&mut worker.reports));
    reports.filter_map(|report| serde_json::from_str(report.get()).ok()).collect()
}
