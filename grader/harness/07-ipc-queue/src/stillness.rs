//! When everybody waits: the moment at which back-pressure can be read off, found without a clock.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::processes::now;

/// How often in a row everybody has to be found asleep.
const GLANCES: u32 = 8;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// When a program that never comes to rest is no longer waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits until every other thread of this process, and every child of it, sleeps and goes on sleeping; returns how many
/// bytes the children have written by then. `None` if the system does not tell, or they do not come to rest.
pub(crate) fn bytes_written_when_still() -> Option<u64> {
    let deadline = now() + PATIENCE;
    let (mut glances, mut before) = (0, None);
    while now() < deadline {
        let children = muster::leftovers();
        let children: Vec<String> = children.iter().map(|child| child.pid.to_string()).collect();
        let written: Option<u64> = children.iter().map(|pid| written(pid)).sum();
        let asleep = all_asleep("self", 1) && children.iter().all(|pid| all_asleep(pid, 0));
        glances = if asleep && written == before { glances + 1 } else { 0 };
        before = written;
        if glances >= GLANCES {
            return written.filter(|_| !children.is_empty());
        }
        thread::sleep(PAUSE);
    }
    None
}

/// Whether all threads of a process sleep, but for `awake` of them.
fn all_asleep(process: &str, awake: usize) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return false };
    let states = threads.filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("stat")).ok());
    // The state stands after the name, which is in parentheses and may hold anything.
    let runs =
        |stat: &String| stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('R') || rest.starts_with('D'));
    states.filter(runs).count() <= awake
}

/// How many bytes a process has written.
fn written(pid: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("wchar: "))?.parse().ok()
}
