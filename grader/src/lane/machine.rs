//! The machine that is timed on: what it is, and how busy it is right now.

use std::fmt;
use std::fs;
use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::course::DIGEST;

/// How far apart two looks at the machine are.
const GLANCE: Duration = Duration::from_millis(3);
/// So many looks in a row have to find nobody else running.
const LOOKS: usize = 2;

/// Everything that a time measured once depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The processor, as it calls itself.
    pub processor: String,
    /// How many threads can run at once.
    pub cores: usize,
    /// The kernel's release.
    pub kernel: String,
    /// The compiler's version.
    pub toolchain: String,
    /// The version of the grader and the digest of its course.
    pub grader: String,
    /// The sandbox in force.
    pub sandbox: String,
}

impl Fingerprint {
    /// Asks this machine.
    pub fn take(toolchain: &str, sandbox: &str) -> Self {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        Self {
            processor: model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, model)| model.trim().to_owned()),
            cores: thread::available_parallelism().map_or(1, NonZeroUsize::get),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
            toolchain: toolchain.to_owned(),
            grader: format!("{} {}", env!("CARGO_PKG_VERSION"), &DIGEST[..16]),
            sandbox: sandbox.to_owned(),
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}, Linux {}, {}", self.cores, self.processor, self.kernel, self.toolchain)
    }
}

/// What the kernel says of the whole machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The CPU time of everybody since the machine was started.
    pub busy: Duration,
    /// How many threads run, or could: the one that asks too.
    pub running: usize,
}

impl Reading {
    /// Asks the kernel; `None` if it does not say.
    pub fn take() -> Option<Self> {
        parse(&fs::read_to_string("/proc/stat").ok()?, rustix::param::clock_ticks_per_second())
    }
}

/// User, nice, system, interrupts and soft interrupts of all processors; neither idle nor waiting nor stolen.
fn parse(text: &str, ticks_per_second: u64) -> Option<Reading> {
    let mut lines = text.lines();
    let ticks: Vec<u64> =
        lines.next()?.strip_prefix("cpu ")?.split_whitespace().filter_map(|field| field.parse().ok()).collect();
    let [user, nice, system, _, _, interrupts, soft_interrupts, ..] = ticks.as_slice() else { return None };
    let busy = user + nice + system + interrupts + soft_interrupts;
    let running = lines.find_map(|line| line.strip_prefix("procs_running ")?.trim().parse().ok())?;
    Some(Reading { busy: Duration::from_millis(busy * 1000 / ticks_per_second.max(1)), running })
}

/// What came of waiting for a quiet machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Nobody else ran.
    Quiet,
    /// Somebody ran all the time.
    Busy,
}

/// Waits until nobody else runs on this machine, at most for `patience`.
pub fn await_quiet(patience: Duration) -> Gate {
    let began = clock::now();
    let mut quiet = 0;
    loop {
        // A kernel that does not say is taken for quiet: the reference tells in the end.
        let alone = Reading::take().is_none_or(|reading| reading.running <= 1);
        quiet = if alone { quiet + 1 } else { 0 };
        if quiet >= LOOKS {
            return Gate::Quiet;
        }
        if began.elapsed() >= patience {
            return Gate::Busy;
        }
        thread::sleep(GLANCE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "cpu  100 10 40 900 7 3 2 55 0 0\ncpu0 50 5 20 450 3 1 1 30 0 0\nctxt 77\nprocs_running 3\n";

    #[test]
    fn busy_is_what_processors_compute_and_not_what_they_wait_or_lose() {
        assert_eq!(parse(STAT, 100), Some(Reading { busy: Duration::from_millis(1_550), running: 3 }));
    }

    #[test]
    fn what_is_no_such_file_is_no_reading() {
        for text in ["", "cpu  1 2 3\nprocs_running 1\n", "cpu  1 2 3 4 5 6 7 8\n", "procs_running 1\n"] {
            assert_eq!(parse(text, 100), None, "{text:?}");
        }
    }

    #[test]
    fn this_machine_can_be_read_and_the_wait_for_quiet_ends() {
        assert!(Reading::take().is_some_and(|reading| reading.running >= 1));
        let began = clock::now();
        await_quiet(Duration::from_millis(20));
        assert!(began.elapsed() < Duration::from_secs(20));
        let machine = Fingerprint::take("rustc 1.0.0", "none");
        assert!(machine.cores >= 1 && !machine.kernel.is_empty());
    }
}
