//! What a driver says: [`Scenario`], and inside its body [`name`], [`call`], [`acted`] and [`steps`].

use std::fmt::{Debug, Display};

use protocol::explore::{Action, Leftover};

use crate::engine::with;

/// A small program around a submission, run once for each schedule.
#[derive(Clone, Copy)]
pub struct Scenario<'a> {
    /// Uses the submission and returns what was observed. It must do the same whenever the same choices are made.
    pub body: &'a dyn Fn() -> Vec<u8>,
    /// What becomes of threads that the body leaves behind.
    pub leftover: Leftover,
    /// How the files of the submission begin; lines of other files are not shown to the student.
    pub sources: &'a str,
}

impl<'a> Scenario<'a> {
    /// A scenario whose submission lies in `src/`, and which may leave no thread behind.
    #[must_use]
    pub fn new(body: &'a dyn Fn() -> Vec<u8>) -> Self {
        Self { body, leftover: Leftover::Forbidden, sources: "src/" }
    }
}

/// Gives an object a name, so that a lock inside it is called "lock in `a`". The object must not move afterwards.
pub fn name<T: ?Sized>(object: &T, name: &str) {
    with(|engine| {
        if let Some(log) = engine.log.as_mut() {
            let start = std::ptr::from_ref(object).addr();
            log.name(start..start + size_of_val(object), name.to_owned());
        }
    });
}

/// Calls the submission: `label` says how the call reads in the story, which also shows its result.
pub fn call<R: Debug>(label: impl Display, body: impl FnOnce() -> R) -> R {
    let telling = with(|engine| engine.log.is_some()) == Some(true);
    if !telling {
        return body();
    }
    // Formatting may run modelled code, so it is done before the engine is spoken to.
    let label = label.to_string();
    with(|engine| engine.note_scenario(|| Action::Call { label: label.clone() }));
    let value = body();
    let result = format!("{value:?}");
    with(|engine| engine.note_scenario(|| Action::Return { label, result }));
    value
}

/// The running thread has done something that others may notice, and that is no operation of `std`: a driver counts its
/// call, say. Its next operation is then a scheduling point, also where it is the first since the thread was chosen.
pub fn acted() {
    with(|engine| engine.thread().acted());
}

/// How many steps the running thread has taken. A thread that waits takes none.
#[must_use]
pub fn steps() -> u64 {
    with(|engine| engine.thread().steps).unwrap_or(0)
}
