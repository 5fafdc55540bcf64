//! Panics of modelled threads: [`catch`], [`resume`], [`panicking`] and the hook.
//!
//! The standard library counts panics per thread of the operating system, of which there is one here; so the engine
//! counts them per modelled thread. The hook keeps message and line for the report and prints nothing while an
//! execution is under way; otherwise it leaves the panic to the hook that was there before.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Arc, Once};

use protocol::Panic;

use crate::engine::{Engine, try_with, with};

/// A panic hook as the standard library takes it.
pub type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Sync + Send + 'static>;

/// The message of a panic whose payload is no text.
const NO_TEXT: &str = "a value that is no text";

/// Whether the running modelled thread is panicking; outside of executions what the standard library says.
#[inline]
#[must_use]
pub fn panicking() -> bool {
    if !std::thread::panicking() {
        return false;
    }
    with(|engine| engine.thread().unwinding > 0).unwrap_or(true)
}

/// Runs a closure and catches its panic, like `catch_unwind`.
///
/// # Errors
/// With the panic's payload.
pub fn catch<R>(body: impl FnOnce() -> R) -> std::thread::Result<R> {
    let depth = with(|engine| engine.thread().unwinding);
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    if result.is_err() {
        with(|engine| engine.thread().unwinding = depth.unwrap_or(0));
    }
    result
}

/// Goes on panicking, without a word from the hook, like `resume_unwind`.
pub fn resume(payload: Box<dyn Any + Send>) -> ! {
    with(|engine| engine.thread().unwinding += 1);
    panic::resume_unwind(payload)
}

/// Sets a hook for the rest of the execution, and returns the one that the program had set before.
pub fn replace_hook(hook: Option<Hook>) -> Option<Hook> {
    let hook = hook.map(Arc::new);
    let old = with(|engine| std::mem::replace(&mut engine.hook, hook))?;
    old.map(|old| Arc::try_unwrap(old).unwrap_or_else(|shared| Box::new(move |info| shared(info))))
}

/// The panic of a thread that was not seen by the hook, from its payload.
pub(crate) fn unseen(payload: &(dyn Any + Send)) -> Panic {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let message = text.or_else(|| payload.downcast_ref::<String>().cloned());
    Panic { message: message.unwrap_or_else(|| NO_TEXT.to_owned()), file: String::new(), line: 0 }
}

/// Puts our hook before the one that is there, once in a process.
pub(crate) fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if try_with(|engine| engine.note_panic(info)).is_none() {
                previous(info);
                return;
            }
            run_program_hook(info);
        }));
    });
}

/// Runs the hook that the modelled program has set. It may not switch threads: the standard library is inside a panic.
fn run_program_hook(info: &PanicHookInfo<'_>) {
    let hook = try_with(|engine| {
        engine.in_hook = engine.hook.is_some();
        engine.hook.clone()
    });
    if let Some(Some(hook)) = hook {
        hook(info);
        with(|engine| engine.in_hook = false);
    }
}

impl Engine {
    fn note_panic(&mut self, info: &PanicHookInfo<'_>) {
        let message = info.payload_as_str().unwrap_or(NO_TEXT).to_owned();
        let (file, line) = info.location().map_or((String::new(), 0), |at| (at.file().to_owned(), at.line()));
        let panic = Panic { message, file, line };
        let number = self.current as u32;
        if let Some(log) = self.log.as_mut() {
            log.panicked(number, panic.clone());
        }
        let thread = self.thread();
        thread.unwinding += 1;
        thread.panic = Some(panic);
    }
}
