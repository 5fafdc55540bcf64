//! Waiting for processes of a round, never without end.
//!
//! A process that will not end is told from one that has not got there yet by what it does, not by the clock: when
//! nobody in the round has done anything for a while, nobody will.

use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use protocol::ipc_queue::Ending;

use crate::stillness::Stillness;

/// The pause between two looks at who is asleep.
const GLANCE: Duration = Duration::from_millis(50);

/// How often in a row everybody has to be found asleep for a process to be given up.
const GLANCES: u32 = 30;

/// How long a process that never sleeps may take to end when nothing is left for it to do.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for the end of a process, and brings it about if it does not come.
pub(crate) fn end_of(child: &mut Child) -> Ending {
    let began = now();
    let (mut stillness, mut glance) = (Stillness::default(), began);
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return status.code().map_or_else(|| Ending::Signal(status.signal().unwrap_or(0)), Ending::Status);
        }
        let time = now();
        let still = time.duration_since(glance) >= GLANCE && {
            glance = time;
            stillness.look();
            stillness.nothing_done >= GLANCES
        };
        if still || time.duration_since(began) >= PATIENCE {
            put_down(child);
            return Ending::Never;
        }
        thread::sleep(Duration::from_millis(1));
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
