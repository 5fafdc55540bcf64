//! The safety net in real time: [`Stopwatch`].

use std::time::{Duration, Instant};

/// Looks at the clock only now and then: an execution takes microseconds.
const LOOK_EVERY: u32 = 16;

/// How often a search gives a sign of life.
const BEAT: Duration = Duration::from_millis(500);

/// Says when a search has taken too long, and when it is time for a sign of life.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    end: Option<Instant>,
    beat: Instant,
    questions: u32,
}

/// What the time says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// Go on.
    Enough,
    /// Go on, and say that you live.
    Beat,
    /// The time is over.
    Over,
}

impl Stopwatch {
    pub(crate) fn new(limit: Duration) -> Self {
        let now = now();
        Self { end: now.checked_add(limit), beat: now, questions: 0 }
    }

    /// What the time says. Asked after every execution.
    pub(crate) fn look(&mut self) -> Time {
        self.questions = self.questions.wrapping_add(1);
        if !self.questions.is_multiple_of(LOOK_EVERY) {
            return Time::Enough;
        }
        let now = now();
        if self.end.is_some_and(|end| now >= end) {
            return Time::Over;
        }
        if now.duration_since(self.beat) < BEAT {
            return Time::Enough;
        }
        self.beat = now;
        Time::Beat
    }
}

#[expect(clippy::disallowed_methods, reason = "the safety net of a search is in real time, inside the process")]
fn now() -> Instant {
    Instant::now()
}
