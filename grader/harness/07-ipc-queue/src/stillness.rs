//! When everybody waits: the moment at which back-pressure can be read off, and at which nobody will end any more, found
//! without a clock. A machine that keeps a process from running does not make it still.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::processes::now;

/// How often in a row everybody has to be found asleep for back-pressure to be read off.
const GLANCES: u32 = 8;

/// The same, where nothing has to be read off.
const FEW_GLANCES: u32 = 3;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// When a program that never comes to rest is no longer waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often in a row everybody was found asleep.
#[derive(Default)]
pub(crate) struct Stillness {
    /// With nothing written in between. Some may have woken, looked around, and gone back to sleep.
    pub(crate) nothing_written: u32,
    /// With nothing done at all in between.
    pub(crate) nothing_done: u32,
    before: Option<Books>,
}

/// What the kernel's books say of every child of this process, and of every thread of it but the calling one.
struct Books {
    /// The children, and how many bytes they have written.
    written: Vec<(u32, u64)>,
    /// How often their threads were given a core.
    turns: u64,
}

impl Stillness {
    /// Looks once more.
    pub(crate) fn look(&mut self) {
        let books = look_up();
        let (written, done) = match (&books, &self.before) {
            (Some(now), Some(before)) => (now.written == before.written, now.turns == before.turns),
            _ => (false, false),
        };
        self.nothing_written = if written { self.nothing_written + 1 } else { 0 };
        self.nothing_done = if written && done { self.nothing_done + 1 } else { 0 };
        self.before = books;
    }
}

/// Waits until every other thread of this process, and every child of it, sleeps and goes on sleeping; returns how many
/// bytes the children have written by then. `None` if the system does not tell, or they do not come to rest.
pub(crate) fn bytes_written_when_still() -> Option<u64> {
    let deadline = now() + PATIENCE;
    let mut stillness = Stillness::default();
    while now() < deadline {
        stillness.look();
        if stillness.nothing_written >= GLANCES {
            let written = stillness.before?.written;
            return (!written.is_empty()).then(|| written.iter().map(|(_, bytes)| bytes).sum());
        }
        thread::sleep(PAUSE);
    }
    None
}

/// Waits until every other thread of this process waits for something and does nothing any more, or for a bounded time.
pub(crate) fn wait_until_idle() {
    let deadline = now() + PATIENCE;
    let mut stillness = Stillness::default();
    while stillness.nothing_done < FEW_GLANCES && now() < deadline {
        thread::sleep(PAUSE);
        stillness.look();
    }
}

/// The books; `None` if somebody runs, or could.
fn look_up() -> Option<Books> {
    let mut turns = turns_asleep("self", Some(rustix::thread::gettid().as_raw_pid()))?;
    let mut written = Vec::new();
    for child in muster::leftovers() {
        let pid = child.pid.to_string();
        turns += turns_asleep(&pid, None)?;
        written.push((child.pid, bytes_written(&pid)?));
    }
    Some(Books { written, turns })
}

/// How often the threads of a process, but for `except`, were given a core; `None` if one of them runs, or could.
fn turns_asleep(process: &str, except: Option<i32>) -> Option<u64> {
    let mut turns = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task")).ok()? {
        let path = thread.ok()?.path();
        if except.is_some_and(|except| path.ends_with(except.to_string())) {
            continue;
        }
        let stat = fs::read_to_string(path.join("stat")).ok()?;
        // The state stands after the name, which is in parentheses and may hold anything.
        let (_, state) = stat.rsplit_once(") ")?;
        if state.starts_with(['R', 'D']) {
            return None;
        }
        let schedule = fs::read_to_string(path.join("schedstat")).unwrap_or_default();
        turns += schedule.split_whitespace().nth(2).and_then(|turns| turns.parse::<u64>().ok()).unwrap_or(0);
    }
    Some(turns)
}

/// How many bytes a process has written.
fn bytes_written(pid: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("wchar: "))?.parse().ok()
}
