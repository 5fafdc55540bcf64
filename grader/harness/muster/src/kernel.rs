//! What the kernel tells a process about itself.

use std::fs;
use std::thread;
use std::time::Duration;

/// The most memory that this process has had at a time, in bytes.
///
/// The program before it in the same process does not count, unlike in `getrusage`.
pub fn peak_memory() -> Option<u64> {
    Some(field("/proc/self/status", "VmHWM:")? << 10)
}

/// The bytes that this process has read.
pub(crate) fn bytes_read() -> Option<u64> {
    field("/proc/self/io", "rchar:")
}

/// The bytes that this process has written.
pub(crate) fn bytes_written() -> Option<u64> {
    field("/proc/self/io", "wchar:")
}

/// The threads that this process has.
pub fn threads() -> Option<u64> {
    field("/proc/self/status", "Threads:")
}

/// How many threads this process has above `due`, once those that are just ending have ended.
///
/// A joined thread can be in the kernel's books for a moment longer.
pub fn settled_threads(due: u64) -> u64 {
    for pause in 0..12 {
        match threads() {
            Some(count) if count > due => thread::sleep(Duration::from_micros(100 << pause)),
            _ => return 0,
        }
    }
    threads().unwrap_or(due).saturating_sub(due)
}

fn field(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}
