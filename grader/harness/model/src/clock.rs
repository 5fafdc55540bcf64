//! Virtual time: [`Clock`].
//!
//! Time passes only when the scheduler lets it: when nobody else can run, or, in a search, at any point as one of its
//! choices. The clock keeps the time and how long the threads have done nothing but ask; deadlines are the threads' own.

/// When deadlines fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeMode {
    /// At any later point, as a choice; without a choice when nobody else can run.
    Search,
    /// Only when nobody else can run, so that the time at the end is exact.
    Makespan,
}

/// The first step of time for threads that poll the clock, in nanoseconds.
const CREEP: u64 = 1_000;
/// The longest such step.
const LONGEST_CREEP: u64 = 1_000_000_000;

/// The virtual clock of an execution.
#[derive(Debug)]
pub(crate) struct Clock {
    /// Nanoseconds since the execution began.
    pub(crate) now: u64,
    pub(crate) mode: TimeMode,
    /// How many yields there were since somebody got on.
    idle: usize,
    /// Whether somebody has read the clock since time last crept.
    asked: bool,
    creep: u64,
}

impl Clock {
    pub(crate) fn new(mode: TimeMode) -> Self {
        Self { now: 0, mode, idle: 0, asked: false, creep: CREEP }
    }

    /// Somebody got on: nobody waits for time only.
    pub(crate) fn progress(&mut self) {
        self.idle = 0;
        self.creep = CREEP;
    }

    /// Somebody reads the clock.
    pub(crate) fn read(&mut self) -> u64 {
        self.asked = true;
        self.now
    }

    /// A thread gives way. True if all `ready` threads have done nothing else for some rounds.
    pub(crate) fn yielded(&mut self, ready: usize) -> bool {
        self.idle += 1;
        let rounds = if self.mode == TimeMode::Search { 4 } else { 16 };
        let idle = self.idle > rounds * ready.max(1);
        if idle {
            self.idle = 0;
        }
        idle
    }

    /// Lets time creep for threads that poll the clock, in growing steps, so that any deadline comes within bounds.
    pub(crate) fn creep(&mut self) {
        if std::mem::take(&mut self.asked) {
            self.now = self.now.saturating_add(self.creep);
            self.creep = (self.creep * 2).min(LONGEST_CREEP);
        }
    }
}
