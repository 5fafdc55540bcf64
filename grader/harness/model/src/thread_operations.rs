//! What threads do with threads: start, end, park and sleep.

use std::sync::Arc;

use protocol::explore::Awaited;

use crate::engine::{Engine, Stop, leave, with};
use crate::object::{Kind, Object};
use crate::pass::{Operation, choose, step, yield_now};
use crate::threads::{Handle, Line, Pace, Wait, Woken};
use crate::waiting::block;

/// An operation that is about no object.
const NOTHING: Object = Object { address: 0, size: 0, kind: Kind::Nothing };

/// Starts a thread that runs `body`, which must not unwind. If there are too many threads, the execution ends here.
///
/// # Safety
/// What `body` borrows must live until the thread has ended, or until the execution is over.
///
/// # Panics
/// If no execution is under way.
#[must_use]
#[allow(unsafe_code, reason = "a scope's threads borrow from it; only the scope can promise to wait for them")]
pub unsafe fn spawn(name: Option<String>, body: Box<dyn FnOnce() + '_>, line: Line) -> Arc<Handle> {
    let started = with(|engine| {
        // SAFETY: the caller's promise.
        let handle = unsafe { engine.add_thread(name, body) };
        match &handle {
            Some(handle) => engine.note_thread("spawn", handle.number(), line),
            None => engine.stop = Some(Stop::TooManyThreads { threads: engine.threads.len() as u32 }),
        }
        let spawner = engine.thread();
        spawner.polls.clear();
        spawner.acted();
        handle.ok_or(engine.thread().switch)
    });
    match started.expect("a thread was started outside an execution") {
        Ok(handle) => handle,
        Err(switch) => loop {
            leave(switch);
        },
    }
}

/// The running thread.
///
/// # Panics
/// If no execution is under way.
#[must_use]
pub fn current() -> Arc<Handle> {
    with(|engine| Arc::clone(&engine.thread().handle)).expect("a thread was asked for outside an execution")
}

/// Waits for the end of a thread.
pub fn join(thread: usize, line: Line) {
    let ended = |engine: &mut Engine| engine.threads.get(thread).is_none_or(|thread| thread.ended);
    while with(ended) == Some(false) {
        block(Wait::new(Awaited::End, thread, line), None);
        with(|engine| engine.thread().pace = Pace::Fresh);
    }
    with(|engine| engine.note_thread("join", thread, line));
}

/// Whether a thread has ended.
#[must_use]
pub fn has_ended(thread: usize, line: Line) -> bool {
    with(|engine| engine.needs.tries = true);
    step(Operation::Ended, NOTHING, line);
    with(|engine| {
        let ended = engine.threads.get(thread).is_none_or(|thread| thread.ended);
        let running = engine.thread();
        let polls = running.polls.ask(line, thread, u64::from(ended));
        running.polls_if(polls);
        ended
    })
    .unwrap_or(true)
}

/// Before a thread ends there is a point only for programs that look whether it has.
pub(crate) fn end_point() {
    if let Some(Some(line)) = with(Engine::line_of_a_try) {
        step(Operation::Ended, NOTHING, line);
    }
}

/// Waits for an `unpark`, at most `limit` nanoseconds; may return without cause.
pub fn park(limit: Option<u64>, line: Line) {
    step(Operation::Park, NOTHING, line);
    let token = |engine: &mut Engine| std::mem::take(&mut engine.thread().token);
    let mut outcome = "token";
    if with(token) == Some(false) {
        outcome = if choose(2, Operation::WakeUp) == 1 {
            "woken without cause"
        } else {
            match block(Wait::new(Awaited::Unpark, 0, line), limit) {
                Woken::Called => "woken",
                Woken::TimedOut => "timed out",
            }
        };
        with(token);
    }
    with(|engine| engine.note(NOTHING, "park", line, || outcome.to_owned()));
}

/// Lets a thread's next or present `park` return.
pub fn unpark(thread: usize, line: Line) {
    step(Operation::Park, NOTHING, line);
    with(|engine| {
        engine.note_thread("unpark", thread, line);
        let Some(target) = engine.threads.get_mut(thread) else { return };
        let parked = target.wait.is_some_and(|wait| wait.awaited == Awaited::Unpark);
        target.token = true;
        if parked {
            engine.wake(thread, Woken::Called);
        }
        engine.thread().polls.clear();
    });
}

/// Sleeps for so many nanoseconds of virtual time.
pub fn sleep(limit: u64, line: Line) {
    if limit == 0 {
        yield_now(line);
        return;
    }
    step(Operation::Sleep, NOTHING, line);
    with(|engine| {
        engine.note(NOTHING, "sleep", line, || format!("{:?}", std::time::Duration::from_nanos(limit)));
    });
    block(Wait::new(Awaited::Time, 0, line), Some(limit));
    with(|engine| engine.thread().pace = Pace::Fresh);
}

/// The virtual time in nanoseconds since the execution began; 0 outside of executions.
#[must_use]
pub fn now(line: Line) -> u64 {
    crate::pass::glance(line);
    with(|engine| {
        engine.needs.clock = true;
        engine.clock.read()
    })
    .unwrap_or(0)
}
