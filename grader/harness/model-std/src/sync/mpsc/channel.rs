//! The channel behind all senders and receivers: [`Channel`].
//!
//! A queue without a bound, with one, or with none at all, where a sender hands its message to the receiver itself. What
//! is where is kept behind a real mutex, which is never held across a scheduling point.

use ::std::collections::VecDeque;
use ::std::panic::Location;
use ::std::sync::mpsc::{RecvTimeoutError, SendError, TryRecvError, TrySendError};
use ::std::sync::{Mutex, MutexGuard, PoisonError};

use model::{Effect, Kind, Object, Operation, Woken};
use protocol::explore::Awaited;

type Line = &'static Location<'static>;

/// The messages of a channel and its two ends.
pub(super) struct Channel<T> {
    /// The most messages that wait in it; `None` for any number.
    bound: Option<usize>,
    state: Mutex<State<T>>,
}

struct State<T> {
    queue: VecDeque<T>,
    senders: usize,
    receiver: bool,
    /// Whether the receiver waits; a channel without room has place for one message then.
    awaited: bool,
    /// Messages of senders that wait for the receiver of a channel without room, with their tickets.
    offers: VecDeque<(u64, T)>,
    tickets: u64,
}

impl<T> State<T> {
    fn room(&self, bound: Option<usize>) -> bool {
        match bound {
            None => true,
            Some(0) => self.awaited && self.queue.is_empty(),
            Some(bound) => self.queue.len() < bound,
        }
    }

    fn take(&mut self) -> Option<T> {
        self.queue.pop_front().or_else(|| self.offers.pop_front().map(|(_, message)| message))
    }
}

impl<T> Channel<T> {
    pub(super) fn new(bound: Option<usize>) -> Self {
        let state = State {
            queue: VecDeque::new(),
            senders: 1,
            receiver: true,
            awaited: false,
            offers: VecDeque::new(),
            tickets: 0,
        };
        Self { bound, state: Mutex::new(state) }
    }

    fn object(&self) -> Object {
        Object::of(self, Kind::Channel)
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says who of the waiting can get on.
    fn refresh(&self) {
        let state = self.state();
        let message = !state.queue.is_empty() || !state.offers.is_empty() || state.senders == 0;
        let room = state.room(self.bound) || !state.receiver;
        drop(state);
        model::refresh(Awaited::Message, self.object().address, message);
        if self.bound.is_some_and(|bound| bound > 0) || room {
            model::refresh(Awaited::Room, self.object().address, room);
        }
    }

    fn note(&self, what: &'static str, line: Line, effect: Effect, outcome: &'static str) {
        model::accessed(self.object(), what, line, effect, || outcome.to_owned());
    }

    pub(super) fn try_send(&self, message: T, line: Line) -> Result<(), TrySendError<T>> {
        model::step(Operation::Channel, self.object(), line);
        let mut state = self.state();
        if !state.receiver {
            drop(state);
            self.note("try_send", line, Effect::Same(1), "disconnected");
            return Err(TrySendError::Disconnected(message));
        }
        if !state.room(self.bound) {
            drop(state);
            self.note("try_send", line, Effect::Same(0), "full");
            return Err(TrySendError::Full(message));
        }
        state.queue.push_back(message);
        drop(state);
        self.note("try_send", line, Effect::Changed, "");
        self.refresh();
        Ok(())
    }

    pub(super) fn send(&self, message: T, line: Line) -> Result<(), SendError<T>> {
        model::step(Operation::Channel, self.object(), line);
        let mut message = message;
        loop {
            let mut state = self.state();
            if !state.receiver {
                drop(state);
                self.note("send", line, Effect::Same(1), "disconnected");
                return Err(SendError(message));
            }
            if state.room(self.bound) {
                state.queue.push_back(message);
                drop(state);
                self.note("send", line, Effect::Changed, "");
                self.refresh();
                return Ok(());
            }
            if self.bound == Some(0) {
                drop(state);
                return self.hand_over(message, line);
            }
            drop(state);
            message = self.wait_for_room(message, line);
        }
    }

    fn wait_for_room(&self, message: T, line: Line) -> T {
        model::wait_for(Awaited::Room, self.object().address, None, line);
        message
    }

    /// Offers a message until the receiver takes it, or is gone.
    fn hand_over(&self, message: T, line: Line) -> Result<(), SendError<T>> {
        let mut state = self.state();
        state.tickets += 1;
        let ticket = state.tickets;
        state.offers.push_back((ticket, message));
        drop(state);
        self.refresh();
        loop {
            model::wait_for(Awaited::Room, self.object().address, None, line);
            let mut state = self.state();
            let Some(place) = state.offers.iter().position(|offer| offer.0 == ticket) else {
                drop(state);
                self.note("send", line, Effect::Changed, "");
                return Ok(());
            };
            if !state.receiver {
                let message = state.offers.remove(place).map(|(_, message)| message);
                drop(state);
                self.note("send", line, Effect::Same(1), "disconnected");
                return message.map_or(Ok(()), |message| Err(SendError(message)));
            }
        }
    }

    pub(super) fn try_receive(&self, line: Line) -> Result<T, TryRecvError> {
        model::step(Operation::Channel, self.object(), line);
        let mut state = self.state();
        let (message, disconnected) = (state.take(), state.senders == 0);
        drop(state);
        if let Some(message) = message {
            self.received("try_recv", line);
            return Ok(message);
        }
        if disconnected {
            self.note("try_recv", line, Effect::Same(1), "disconnected");
            return Err(TryRecvError::Disconnected);
        }
        self.note("try_recv", line, Effect::Same(0), "empty");
        Err(TryRecvError::Empty)
    }

    /// Waits for a message, at most `limit` nanoseconds.
    pub(super) fn receive(&self, limit: Option<u64>, line: Line) -> Result<T, RecvTimeoutError> {
        let what = if limit.is_some() { "recv_timeout" } else { "recv" };
        model::step(Operation::Channel, self.object(), line);
        let mut woken = Woken::Called;
        loop {
            let mut state = self.state();
            state.awaited = false;
            let (message, disconnected) = (state.take(), state.senders == 0);
            state.awaited = message.is_none() && !disconnected && woken == Woken::Called;
            drop(state);
            if let Some(message) = message {
                self.received(what, line);
                return Ok(message);
            }
            if disconnected {
                self.note(what, line, Effect::Same(1), "disconnected");
                return Err(RecvTimeoutError::Disconnected);
            }
            if woken == Woken::TimedOut {
                self.note(what, line, Effect::Same(0), "timed out");
                return Err(RecvTimeoutError::Timeout);
            }
            self.refresh();
            woken = model::wait_for(Awaited::Message, self.object().address, limit, line);
        }
    }

    fn received(&self, what: &'static str, line: Line) {
        self.note(what, line, Effect::Changed, "");
        self.refresh();
        if self.bound == Some(0) {
            // The sender whose offer was taken looks for it, and does not find it.
            model::refresh(Awaited::Room, self.object().address, true);
        }
    }

    pub(super) fn add_sender(&self) {
        self.state().senders += 1;
    }

    pub(super) fn remove_sender(&self, line: Line) {
        if self.state().senders == 1 {
            model::step(Operation::Channel, self.object(), line);
        }
        self.state().senders -= 1;
        self.refresh();
    }

    /// The receiver goes, and the messages that nobody will receive.
    pub(super) fn remove_receiver(&self, line: Line) {
        model::step(Operation::Channel, self.object(), line);
        let mut state = self.state();
        state.receiver = false;
        let messages = ::std::mem::take(&mut state.queue);
        drop(state);
        self.refresh();
        drop(messages);
    }
}
