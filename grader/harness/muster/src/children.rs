//! The children that a call has left behind.

use std::fs;
use std::process;

use protocol::workers::{Leftover, LeftoverState};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

/// Every child of this process, alive or dead, that nobody has waited for.
pub fn leftovers() -> Vec<Leftover> {
    children_of(process::id())
}

/// Every child of the process `parent`, alive or dead, that nobody has waited for.
pub fn children_of(parent: u32) -> Vec<Leftover> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let mut children: Vec<Leftover> = pids.filter_map(|pid| child(pid, parent)).collect();
    children.sort_by_key(|leftover| leftover.pid);
    children
}

/// Ends every child of this process and waits for it, so that a round begins without those of the one before.
pub fn reap_leftovers() {
    for leftover in leftovers() {
        let Some(pid) = i32::try_from(leftover.pid).ok().and_then(Pid::from_raw) else { continue };
        // Whoever is gone already is what is wanted.
        let _ = kill_process(pid, Signal::KILL);
        let _ = waitpid(Some(pid), WaitOptions::empty());
    }
}

/// The process `pid`, if it is a child of `parent`.
fn child(pid: u32, of: u32) -> Option<Leftover> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program stands in parentheses, and may hold some itself.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    let parent: u32 = fields.next()?.parse().ok()?;
    let state = if matches!(state, "Z" | "X") { LeftoverState::Zombie } else { LeftoverState::Running };
    (parent == of).then_some(Leftover { pid, state })
}
