//! Ctrl-C and termination signals: noted here, acted on by whoever waits for something.

use std::io;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

static REQUESTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Calls `end` once, in a thread of its own, at the first signal that asks the program to end; from then on
/// [`requested`] is true. A second signal ends the program at once.
///
/// # Errors
/// If the signals cannot be caught.
pub fn listen(end: impl FnOnce() + Send + 'static) -> io::Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // Registered first, so it acts on the second signal only.
        signal_hook::flag::register_conditional_shutdown(signal, 130, REQUESTED.clone())?;
        signal_hook::flag::register(signal, REQUESTED.clone())?;
    }
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::Builder::new().name("interrupt".to_owned()).spawn(move || {
        if signals.forever().next().is_some() {
            end();
        }
    })?;
    Ok(())
}

/// Whether the program was asked to end.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}
