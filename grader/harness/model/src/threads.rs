//! What the scheduler knows of a thread: [`Thread`].

use std::panic::Location;
use std::sync::Arc;

use protocol::Panic;
use protocol::explore::Awaited;

use crate::fiber::{Fiber, Switch};
use crate::local::Locals;
use crate::polls::Polls;

/// A line of a program.
pub type Line = &'static Location<'static>;

/// A thread as its program sees it. Numbers begin again with every execution; 0 is the main thread.
#[derive(Debug)]
pub struct Handle {
    number: usize,
    name: Option<String>,
}

impl Handle {
    pub(crate) fn new(number: usize, name: Option<String>) -> Arc<Self> {
        Arc::new(Self { number, name })
    }

    /// Its number in the order of starting, from 0.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// The name it was given; the main thread's is `main`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What to call it in a report.
    pub(crate) fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("thread {}", self.number))
    }
}

/// What a thread waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wait {
    pub(crate) awaited: Awaited,
    /// The object, or the number of the thread, that is awaited.
    pub(crate) address: usize,
    /// The mutex to take again after a notification.
    pub(crate) retake: Option<usize>,
    /// Whether the thread's deadline ends this wait.
    pub(crate) timed: bool,
    /// Waits are served in this order.
    pub(crate) order: u64,
    pub(crate) line: Line,
}

impl Wait {
    pub(crate) fn new(awaited: Awaited, address: usize, line: Line) -> Self {
        Self { awaited, address, retake: None, timed: false, order: 0, line }
    }
}

/// Why a thread no longer waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Woken {
    /// What it waited for has come, or is worth another look.
    #[default]
    Called,
    /// Its deadline has passed.
    TimedOut,
}

/// What a thread's next step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// A scheduling point.
    Usual,
    /// A scheduling point at which it gives way: it only asks, and learns nothing.
    Polling,
    /// None: it was chosen to run and has done nothing since, so that it would be the same choice again.
    Fresh,
}

/// A modelled thread.
pub(crate) struct Thread {
    pub(crate) handle: Arc<Handle>,
    /// Its stack, while it does not run.
    pub(crate) fiber: Option<Fiber>,
    /// The way out of it, once it runs.
    pub(crate) switch: Option<Switch>,
    pub(crate) wait: Option<Wait>,
    /// When its timed wait ends; stays after the wait while time may pass up to it.
    pub(crate) deadline: Option<u64>,
    pub(crate) woken: Woken,
    /// Whether an `unpark` is waiting for it.
    pub(crate) token: bool,
    /// How many panics are under way in it.
    pub(crate) unwinding: usize,
    /// The last panic of the thread.
    pub(crate) panic: Option<Panic>,
    pub(crate) steps: u64,
    pub(crate) polls: Polls,
    pub(crate) pace: Pace,
    pub(crate) ended: bool,
    pub(crate) locals: Locals,
    /// The last line at which it did something.
    pub(crate) line: Option<Line>,
}

impl Thread {
    /// It has done something that others may notice.
    pub(crate) fn acted(&mut self) {
        if self.pace == Pace::Fresh {
            self.pace = Pace::Usual;
        }
    }

    /// It has done something, and polls if that led nowhere.
    pub(crate) fn polls_if(&mut self, polls: bool) {
        self.pace = if polls { Pace::Polling } else { Pace::Usual };
    }

    pub(crate) fn new(handle: Arc<Handle>, fiber: Fiber) -> Self {
        Self {
            handle,
            fiber: Some(fiber),
            switch: None,
            wait: None,
            deadline: None,
            woken: Woken::Called,
            token: false,
            unwinding: 0,
            panic: None,
            steps: 0,
            polls: Polls::default(),
            pace: Pace::Fresh,
            ended: false,
            locals: Locals::default(),
            line: None,
        }
    }
}
