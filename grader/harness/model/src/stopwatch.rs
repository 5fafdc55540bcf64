//! The safety net in real time: [`Stopwatch`].

use std::time::{Duration, Instant};

/// Looks at the clock only now and then: an execution takes microseconds.
const LOOK_EVERY: u32 = 16;

/// Says when a search has taken too long.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    end: Option<Instant>,
    questions: u32,
    over: bool,
}

impl Stopwatch {
    pub(crate) fn new(limit: Duration) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the safety net of a search is in real time, inside the process")]
        let now = Instant::now();
        Self { end: now.checked_add(limit), questions: 0, over: false }
    }

    /// Whether the time is over. Asked after every execution.
    pub(crate) fn is_over(&mut self) -> bool {
        self.questions += 1;
        if self.questions.is_multiple_of(LOOK_EVERY) {
            #[expect(clippy::disallowed_methods, reason = "as in `new`")]
            let now = Instant::now();
            self.over |= self.end.is_some_and(|end| now >= end);
        }
        self.over
    }
}
