//! How a tree of processes is doing right now: [`Activity`], read from `/proc`.
//!
//! Asleep, busy and starved look alike to a clock. The kernel's books tell them apart: a task that ran has a longer run
//! time, one that could run and may not is in the state `R`, one that sleeps is neither.

use std::fs;
use std::io;
use std::time::Duration;

/// How the tree is doing right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Tasks (processes and threads) alive. A zombie is none.
    pub alive: usize,
    /// Tasks that run, or could, or wait for a disk.
    pub runnable: usize,
    /// Tasks that a signal has stopped.
    pub stopped: usize,
    /// How long the living tasks have run, added up.
    pub ran: Duration,
    /// How often the living tasks were given a core, added up.
    pub turns: u64,
    /// CPU time of the tree, with what ended processes had once their parents asked.
    pub cpu: Duration,
    /// Memory of the tree that is in the machine, in bytes. What processes share is counted for each.
    pub memory: u64,
}

impl Activity {
    /// Whether nothing has run since `earlier`, and nothing could run now.
    pub fn asleep_since(&self, earlier: &Self) -> bool {
        self.alive > 0
            && self.runnable == 0
            && self.alive == earlier.alive
            && self.ran == earlier.ran
            && self.turns == earlier.turns
    }
}

/// Whether the first process of a tree belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// It is the program itself.
    Program,
    /// It is the sandbox's own; what it started is the program.
    Supervisor,
}

/// The activity of the tree below the process `root`.
///
/// # Errors
/// If `/proc` cannot be read at all. A process that has ended meanwhile is no error.
pub fn of(root: u32, is: Root) -> io::Result<Activity> {
    fs::metadata("/proc/self/stat")?;
    let mut activity = Activity::default();
    let mut waiting = vec![root];
    while let Some(process) = waiting.pop() {
        let own = is == Root::Supervisor && process == root;
        if let Some(fields) = stat(&format!("/proc/{process}/stat")) {
            let ended_children = ticks(fields.children);
            activity.cpu += ended_children;
            if !own {
                activity.cpu += ticks(fields.own);
                activity.memory += fields.pages * rustix::param::page_size() as u64;
            }
        }
        let Ok(tasks) = fs::read_dir(format!("/proc/{process}/task")) else { continue };
        for task in tasks.filter_map(Result::ok) {
            let path = task.path().display().to_string();
            waiting.extend(children(&path));
            if !own {
                activity.add(&path);
            }
        }
    }
    Ok(activity)
}

impl Activity {
    /// Adds one task.
    fn add(&mut self, path: &str) {
        let Some(fields) = stat(&format!("{path}/stat")) else { return };
        match fields.state {
            'Z' | 'X' => return,
            'R' | 'D' => self.runnable += 1,
            'T' | 't' => self.stopped += 1,
            _ => {}
        }
        self.alive += 1;
        if let Some((ran, turns)) = schedule(&format!("{path}/schedstat")) {
            self.ran += ran;
            self.turns += turns;
        } else {
            // A kernel without these books: the coarser ones, and the switches.
            self.ran += ticks(fields.own);
            self.turns += switches(&format!("{path}/status"));
        }
    }
}

/// Every process below `root`, parents first.
pub(super) fn descendants(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(process) = found.get(next) {
        let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().filter_map(Result::ok);
        let children: Vec<u32> = tasks.flat_map(|task| children(&task.path().display().to_string())).collect();
        found.extend(children);
        next += 1;
    }
    found.remove(0);
    found
}

/// How many tasks there are below `root`, zombies too: what the kernel counts against a limit.
pub(super) fn tasks(root: u32) -> u64 {
    let count = |process: &u32| fs::read_dir(format!("/proc/{process}/task")).map_or(0, |tasks| tasks.count() as u64);
    descendants(root).iter().map(count).sum()
}

fn children(task: &str) -> Vec<u32> {
    let text = fs::read_to_string(format!("{task}/children")).unwrap_or_default();
    text.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

/// What is used of a `stat` file.
struct Stat {
    state: char,
    /// In ticks.
    own: u64,
    /// In ticks.
    children: u64,
    /// In the machine.
    pages: u64,
}

fn stat(path: &str) -> Option<Stat> {
    let text = fs::read_to_string(path).ok()?;
    // The name may hold blanks and parentheses; what follows the last one does not.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok());
    Some(Stat {
        state: fields.first()?.chars().next()?,
        own: number(11)? + number(12)?,
        children: number(13)? + number(14)?,
        pages: number(21)?,
    })
}

/// Run time and turns.
fn schedule(path: &str) -> Option<(Duration, u64)> {
    let text = fs::read_to_string(path).ok()?;
    let mut fields = text.split_whitespace().map(str::parse::<u64>);
    let (ran, turns) = (fields.next()?.ok()?, fields.nth(1)?.ok()?);
    Some((Duration::from_nanos(ran), turns))
}

fn switches(path: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once("ctxt_switches:"));
    lines.filter_map(|(_, count)| count.trim().parse::<u64>().ok()).sum()
}

fn ticks(count: u64) -> Duration {
    let second = rustix::param::clock_ticks_per_second().max(1);
    Duration::from_millis(count.saturating_mul(1_000) / second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_looks_at_itself_runs() {
        let activity = of(std::process::id(), Root::Program).unwrap();
        assert!(activity.alive >= 1 && activity.runnable >= 1, "{activity:?}");
    }

    #[test]
    fn a_tree_that_is_gone_is_not_asleep() {
        let gone = of(u32::MAX, Root::Program).unwrap();
        assert_eq!(gone, Activity::default());
        assert!(!gone.asleep_since(&gone));
    }

    #[test]
    fn what_ran_in_between_was_not_asleep() {
        let earlier = Activity { alive: 1, ran: Duration::from_millis(1), turns: 1, ..Activity::default() };
        assert!(earlier.asleep_since(&earlier));
        assert!(!Activity { turns: 2, ..earlier }.asleep_since(&earlier));
        assert!(!Activity { runnable: 1, ..earlier }.asleep_since(&earlier));
    }
}
