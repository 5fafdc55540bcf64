//! Ctrl-C and termination signals: noted here, acted on by whoever waits for something.

use std::io;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// A signal has come.
static REQUESTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
/// The next one ends the program at once.
static HEARD: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Calls `end` once, in a thread of its own, at the first signal that asks the program to end; from then on
/// [`requested`] is true. A second signal ends the program at once.
///
/// # Errors
/// If the signals cannot be caught.
pub fn listen(end: impl FnOnce() + Send + 'static) -> io::Result<()> {
    for signal in SIGNALS {
        // First of all: from here on the signal does nothing else, and one that nobody noted would be lost.
        signal_hook::flag::register(signal, REQUESTED.clone())?;
        signal_hook::flag::register_conditional_shutdown(signal, 130, HEARD.clone())?;
    }
    let mut signals = Signals::new(SIGNALS)?;
    thread::Builder::new().name("interrupt".to_owned()).spawn(move || {
        // One that came before there was somebody to wait for it is noted all the same.
        while !requested() && signals.forever().next().is_some() {}
        HEARD.store(true, Ordering::SeqCst);
        end();
    })?;
    Ok(())
}

/// Whether the program was asked to end.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}
