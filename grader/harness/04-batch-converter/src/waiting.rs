//! Waiting for what a right pool does at once: bounded, and by progress.

use std::thread;
use std::time::{Duration, Instant};

/// How long is waited while nothing changes. Then the round goes on, and says what it has seen.
const BOUND: Duration = Duration::from_secs(4);

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(1);

/// Looks again and again until what is seen is `enough`, or has not changed for [`BOUND`]; returns what was seen last. A
/// machine that is slow, but gets on, is waited for.
pub(crate) fn wait_for<S: PartialEq>(mut look: impl FnMut() -> S, enough: impl Fn(&S) -> bool) -> S {
    #[expect(clippy::disallowed_methods, reason = "bounds a wait for what a right pool does at once")]
    let now = Instant::now;
    let mut seen = look();
    let mut since = now();
    while !enough(&seen) && since.elapsed() < BOUND {
        thread::sleep(PAUSE);
        let next = look();
        if next != seen {
            (seen, since) = (next, now());
        }
    }
    seen
}

/// Waits until something is so, and says whether it has become so.
pub(crate) fn becomes_so(is_so: impl FnMut() -> bool) -> bool {
    wait_for(is_so, |so| *so)
}
