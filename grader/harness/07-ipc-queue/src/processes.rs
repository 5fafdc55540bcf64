//! Waiting for processes of a round, never without end.

use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use protocol::ipc_queue::Ending;

/// How long a process of a round may take to end when nothing is left for it to do.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits for the end of a process, and brings it about if it does not come.
pub(crate) fn end_of(child: &mut Child) -> Ending {
    let deadline = now() + PATIENCE;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                return status.code().map_or_else(|| Ending::Signal(status.signal().unwrap_or(0)), Ending::Status);
            }
            Ok(None) if now() < deadline => thread::sleep(Duration::from_millis(1)),
            _ => {
                put_down(child);
                return Ending::Never;
            }
        }
    }
}

/// Ends a process and waits for it.
pub(crate) fn put_down(child: &mut Child) {
    // Whoever has ended already is what is wanted.
    let _ = child.kill();
    let _ = child.wait();
}

/// The time, for the bounds of waits.
pub(crate) fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "bounds a wait; no verdict depends on it")]
    Instant::now()
}
