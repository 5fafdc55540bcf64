//! What panics said, kept for the report and off the terminal.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, PanicHookInfo};

use protocol::Panic;

thread_local! {
    static LAST: RefCell<Option<Panic>> = const { RefCell::new(None) };
}

/// Keeps the last panic of each thread instead of printing it.
pub(crate) fn listen() {
    panic::set_hook(Box::new(|info| LAST.set(Some(from_hook(info)))));
}

/// Calls `body`; a panic comes back as a value, in a modelled thread as well.
///
/// # Errors
/// The panic.
pub fn quietly<R>(body: impl FnOnce() -> R) -> Result<R, Panic> {
    model::catch(body).map_err(|payload| describe(payload.as_ref()))
}

/// The panic that was just caught in this thread, or in a thread that it joined.
pub(crate) fn describe(payload: &(dyn Any + Send)) -> Panic {
    LAST.take().unwrap_or_else(|| Panic { message: message(payload), file: String::new(), line: 0 })
}

fn from_hook(info: &PanicHookInfo<'_>) -> Panic {
    let location = info.location();
    Panic {
        message: message(info.payload()),
        file: location.map(|location| location.file().to_owned()).unwrap_or_default(),
        line: location.map_or(0, std::panic::Location::line),
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic whose payload is not text".to_owned())
}
