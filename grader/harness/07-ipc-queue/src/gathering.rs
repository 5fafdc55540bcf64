//! Many producers, one consumer.

use std::fs;
use std::io;
use std::thread;
use std::time::Duration;

use course::{Fault, Launcher};
use muster::Muster;
use protocol::ipc_queue::{Act, Arrival, Consumer, Gathered, Gathering, ON_PURPOSE, Producer};
use serde_json::value::RawValue;

use crate::Subject;
use crate::memory::measured;
use crate::processes::now;
use crate::role::{HANGS, LINGERED, Role};
use crate::stillness::bytes_written_when_still;
use crate::tally::{self, Tallied};

/// How long producers wait for one another.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a thread that was joined may take to be gone from the system's books.
const FADING: Duration = Duration::from_secs(1);

/// Calls `gather`.
///
/// # Errors
/// If the machine has no socket, or the program cannot tell where it is.
pub(crate) fn gather(subject: &dyn Subject, gathering: &Gathering) -> io::Result<Gathered> {
    let coming = gathering.producers.iter().filter(|producer| !never_starts(producer)).count();
    let muster = Muster::call(coming, PATIENCE)?;
    let launchers = launchers(&muster, gathering)?;
    let threads = threads();
    let mut arrivals = Vec::new();
    let (mut written, mut decoded) = (None, None);
    tally::reset();
    let (results, allocated) = measured(|| {
        driver::quietly(|| {
            subject.gather(&launchers, gathering.capacity, &mut |producer, Tallied(message)| {
                match gathering.consumer {
                    Consumer::Stalls if arrivals.is_empty() => {
                        written = bytes_written_when_still();
                        decoded = Some(tally::count());
                    }
                    Consumer::Dawdles(milliseconds) if arrivals.is_empty() => {
                        written = bytes_written_when_still();
                        thread::sleep(Duration::from_millis(milliseconds));
                    }
                    Consumer::Panics(at) if arrivals.len() == at => panic!("{ON_PURPOSE}"),
                    _ => {}
                }
                arrivals.push(Arrival { producer, got: message.into() });
            })
        })
    });
    let left = muster::leftovers();
    let threads_left = threads_beyond(threads);
    muster::reap_leftovers();
    let roll = muster.dismiss();
    let those_that_say = |word: &str| {
        let said = |report: &RawValue| serde_json::from_str::<String>(report.get()).is_ok_and(|said| said == word);
        let workers = roll.workers.iter().filter(|worker| worker.reports.iter().any(|report| said(report)));
        workers.map(|worker| worker.launcher).collect()
    };
    Ok(Gathered {
        results,
        arrivals,
        started: roll.workers.len(),
        met: roll.met,
        hung: those_that_say(HANGS),
        lingered: those_that_say(LINGERED),
        left,
        threads_left,
        written,
        decoded,
        allocated,
    })
}

fn launchers(muster: &Muster, gathering: &Gathering) -> io::Result<Vec<Launcher>> {
    let launcher = |producer: &Producer| {
        let mut launcher = Role::Producer(producer.acts.clone()).launcher()?;
        if never_starts(producer) {
            launcher = launcher.with_fault(0, Fault::NeverStarts);
        }
        Ok(muster.enlist(launcher.with_patience(Duration::from_millis(producer.patience_ms))))
    };
    gathering.producers.iter().map(launcher).collect()
}

fn never_starts(producer: &Producer) -> bool {
    producer.acts.contains(&Act::NeverStart)
}

/// How many threads are there beyond `before`; those that are just ending are waited for.
fn threads_beyond(before: usize) -> usize {
    let deadline = now() + FADING;
    while threads() > before && now() < deadline {
        thread::sleep(Duration::from_millis(1));
    }
    threads().saturating_sub(before)
}

fn threads() -> usize {
    fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}
