//! Operations on atomic variables and the like, before and after: [`accessed`].

use crate::engine::with;
use crate::object::Object;
use crate::threads::Line;

/// What an operation did to its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It changed it: somebody gets on.
    Changed,
    /// It read this and changed nothing.
    Same(u64),
}

/// Says what an operation did. A thread that changes nothing again and again gives way at its next step.
#[inline]
pub fn accessed(object: Object, what: &'static str, line: Line, effect: Effect, outcome: impl FnOnce() -> String) {
    with(|engine| {
        let thread = engine.thread();
        match effect {
            Effect::Changed => {
                thread.polls.clear();
                engine.clock.progress();
            }
            Effect::Same(answer) => {
                let polls = thread.polls.ask(line, object.address, answer);
                thread.polls_if(polls);
            }
        }
        engine.note(object, what, line, outcome);
    });
}

/// An object is gone: another one at its address is another one.
#[inline]
pub fn forget(address: usize) {
    with(|engine| {
        if let Some(log) = engine.log.as_mut() {
            log.forget(address);
        }
    });
}
