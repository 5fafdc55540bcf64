//! What the kernel tells a process about itself.

use std::fs;

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
pub(crate) fn threads() -> Option<u64> {
    field("/proc/self/status", "Threads:")
}

fn field(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}
