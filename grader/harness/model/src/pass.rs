//! Who runs next: the scheduling points and the choices at them.
//!
//! The default is that the running thread goes on until it blocks or gives way, and then the next one round-robin. All
//! else costs delays (delay bounding: Emmi, Qadeer and Rakamarić, POPL 2011): the `k`-th thread after the default costs
//! `k`; that time passes, a wait wakes without cause or a weak exchange fails without cause costs one each.

use protocol::explore::Leftover;

use crate::choice::{Choice, Chooser};
use crate::clock::TimeMode;
use crate::engine::{Engine, Stop, leave, notice_outside, with};
use crate::fiber::Switch;
use crate::object::Object;
use crate::threads::{Line, Pace, Thread, Woken};

/// The way out of the running thread, if another one was chosen.
pub(crate) type Leave = Option<Switch>;

/// After so many steps in a row a thread gives way once.
const LONGEST_BURST: u32 = 1_000;
/// The most steps that threads may take after the main thread where it does not matter what becomes of them.
const MOST_LEFTOVER_STEPS: u32 = 1_000;

/// What a thread is about to do. The fingerprint of a schedule is made of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Reads an atomic variable.
    Load,
    /// Writes an atomic variable.
    Store,
    /// Reads and changes an atomic variable at once.
    Change,
    /// A weak exchange that could succeed; alternative 1 is that it fails.
    WeakExchange,
    /// Takes a mutex, or a `RwLock` for writing.
    Lock,
    /// Takes a `RwLock` for reading.
    Read,
    /// Takes a lock only if it is free.
    TryLock,
    /// Lets go of a lock.
    Unlock,
    /// Waits for a condvar.
    Wait,
    /// A wait; alternative 1 is that it wakes without cause.
    WakeUp,
    /// Wakes who waits for a condvar.
    Notify,
    /// A notification of one; alternative `k` is that the `k`-th waiter is woken.
    Waiter,
    /// Parks or unparks.
    Park,
    /// Sleeps.
    Sleep,
    /// Gives way.
    Yield,
    /// Sends to or receives from a channel, or lets go of an end of one.
    Channel,
    /// Asks for something that is initialised once.
    Once,
    /// Reaches a barrier.
    Barrier,
    /// Looks up, makes, renames or removes a file.
    File,
    /// Asks whether a thread has ended.
    Ended,
    /// Blocks, or has ended: somebody else must run.
    Blocked,
}

/// What the running thread wants at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// To go on.
    Stay,
    /// To go on after the others.
    Yield,
    /// It cannot go on.
    Leave,
}

/// A scheduling point: other threads may run before the operation.
#[inline]
pub fn step(operation: Operation, object: Object, line: Line) {
    match with(|engine| engine.step(operation, object, line)) {
        Some(switch) => leave(switch),
        None => notice_outside(object),
    }
}

/// Gives way to the other threads.
pub fn yield_now(line: Line) {
    if let Some(switch) = with(|engine| engine.yield_now(line)) {
        leave(switch);
    }
}

/// A step that is no scheduling point, such as reading the clock: a thread that does nothing else gives way.
pub fn glance(line: Line) {
    if let Some(switch) = with(|engine| engine.glance(line)) {
        leave(switch);
    }
}

/// Chooses one of several things that may happen, alternative `k` costing `k` delays; 0 while nothing is explored.
#[must_use]
pub fn choose(alternatives: u32, operation: Operation) -> u32 {
    with(|engine| engine.choose(alternatives, operation)).unwrap_or(0)
}

impl Engine {
    fn step(&mut self, operation: Operation, object: Object, line: Line) -> Leave {
        self.kept.statics.notice(object);
        if !self.count_step(line) {
            return self.thread().switch;
        }
        let turn = match std::mem::replace(&mut self.thread().pace, Pace::Usual) {
            Pace::Fresh => return None,
            Pace::Polling => Turn::Yield,
            Pace::Usual if self.burst > LONGEST_BURST => Turn::Yield,
            Pace::Usual => Turn::Stay,
        };
        self.pass(turn, operation)
    }

    fn yield_now(&mut self, line: Line) -> Leave {
        if !self.count_step(line) {
            return self.thread().switch;
        }
        self.thread().pace = Pace::Usual;
        self.pass(Turn::Yield, Operation::Yield)
    }

    fn glance(&mut self, line: Line) -> Leave {
        if !self.count_step(line) {
            return self.thread().switch;
        }
        let thread = self.thread();
        if thread.polls.ask(line, 0, 0) { self.pass(Turn::Yield, Operation::Yield) } else { None }
    }

    /// Counts a step of the running thread. False if that was one too many.
    fn count_step(&mut self, line: Line) -> bool {
        self.steps += 1;
        self.burst += 1;
        if self.steps > self.step_limit() {
            self.steps -= 1;
            self.stop = Some(if self.observation.is_some() { self.returned() } else { Stop::Livelock });
            return false;
        }
        let current = self.current;
        if let Chooser::Random(random) = &mut self.chooser {
            random.step(self.steps, current);
        }
        let thread = self.thread();
        thread.steps += 1;
        thread.line = Some(line);
        true
    }

    /// The most steps that the execution may take.
    fn step_limit(&self) -> u32 {
        match self.returned_at {
            Some((_, steps)) if self.limits.leftover == Leftover::Allowed => {
                self.limits.steps.min(steps.saturating_add(MOST_LEFTOVER_STEPS))
            }
            _ => self.limits.steps,
        }
    }

    /// Whether nothing that happens from here on can make a difference.
    fn is_decided(&self) -> bool {
        self.returned_at.is_some() && self.limits.leftover == Leftover::Allowed
    }

    /// Chooses who runs next. `Some` if the running thread has to leave.
    pub(crate) fn pass(&mut self, turn: Turn, operation: Operation) -> Leave {
        if self.in_hook && turn != Turn::Leave {
            return None;
        }
        let me = self.current;
        if turn == Turn::Yield {
            self.give_way();
        }
        if let Some(next) = self.next_thread(turn, operation) {
            if next == me && turn != Turn::Yield {
                return None;
            }
            self.burst = 0;
            self.current = next;
            return if next == me { None } else { self.threads[me].switch };
        }
        self.stop = Some(if self.observation.is_some() { self.returned() } else { Stop::Deadlock });
        self.threads[me].switch
    }

    /// The end of an execution whose main thread has returned.
    pub(crate) fn returned(&self) -> Stop {
        let left = (0..).zip(&self.threads).filter(|(_, thread)| !thread.ended).map(|(number, _)| number).collect();
        Stop::Returned { left }
    }

    fn next_thread(&mut self, turn: Turn, operation: Operation) -> Option<usize> {
        let start = self.current + usize::from(turn != Turn::Stay);
        loop {
            let count = self.ready.count();
            if count == 0 {
                if self.fire_deadline() {
                    continue;
                }
                return None;
            }
            let clock = usize::from(!self.timed.is_empty() && self.clock.mode == TimeMode::Search);
            if count + clock == 1 || self.is_decided() {
                return self.ready.nth_from(start, 0);
            }
            let (linear, flat) = (count as u32, clock as u32);
            let choice = Choice { linear, flat, context: self.context(operation) };
            let ready = &self.ready;
            let pick = self.chooser.thread(choice, ready.iter_from(start)) as usize;
            self.note_lost();
            if pick < count {
                return self.ready.nth_from(start, pick);
            }
            self.pass_time();
        }
    }

    fn choose(&mut self, alternatives: u32, operation: Operation) -> u32 {
        if alternatives < 2 || self.clock.mode == TimeMode::Makespan || self.is_decided() {
            return 0;
        }
        let context = self.context(operation);
        let pick = self.chooser.thing(Choice { linear: alternatives, flat: 0, context });
        self.note_lost();
        pick
    }

    /// What tells one choice from another.
    fn context(&self, operation: Operation) -> u32 {
        (self.current as u32) << 8 | operation as u32
    }

    /// The running thread has nothing to do but to ask again. If that holds for all, time passes.
    fn give_way(&mut self) {
        let current = self.current;
        if let Chooser::Random(random) = &mut self.chooser {
            random.lower(current);
        }
        if self.clock.yielded(self.ready.count()) && !self.fire_deadline() {
            self.clock.creep();
        }
    }

    /// Lets time pass to the first deadline of a thread that waits for it. False if there is none.
    fn fire_deadline(&mut self) -> bool {
        let waits = |thread: &Thread| thread.wait.is_some_and(|wait| wait.timed);
        let threads = self.timed.iter().map(|&number| &self.threads[number]);
        let first = threads.filter(|thread| waits(thread)).filter_map(|thread| thread.deadline).min();
        first.inspect(|&deadline| self.advance(deadline)).is_some()
    }

    /// Lets time pass to the first deadline of all.
    fn pass_time(&mut self) {
        if let Some(deadline) = self.timed.iter().filter_map(|&number| self.threads[number].deadline).min() {
            self.advance(deadline);
        }
    }

    fn advance(&mut self, deadline: u64) {
        // A thread that looks at the clock after its deadline sees a moment after it, except where time is measured.
        let late = u64::from(self.clock.mode == TimeMode::Search);
        self.clock.now = self.clock.now.max(deadline.saturating_add(late));
        self.clock.progress();
        let (now, threads) = (self.clock.now, &self.threads);
        let over = |number: &usize| threads[*number].deadline.is_some_and(|deadline| deadline <= now);
        let mut late: Vec<usize> = self.timed.iter().copied().filter(over).collect();
        late.sort_unstable();
        for number in late {
            self.set_deadline(number, None);
            if self.threads[number].wait.is_some_and(|wait| wait.timed) {
                self.wake(number, Woken::TimedOut);
            }
        }
    }
}
