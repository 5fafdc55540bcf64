//! A connection over a reader and a writer of the grader's.

use std::io::{self, Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use protocol::ipc_queue::{Connected, Connection, Portions, Reading, Then};

use crate::Subject;
use crate::conversing::take_turns;
use crate::stillness::wait_until_idle;
use crate::streams::{Giver, Taker};

/// Takes the turns of a connection.
pub(crate) fn connect(subject: &dyn Subject, connection: &Connection) -> Connected {
    let gate = Arc::new(Gate::default());
    let (writing, taken) = Taker::new(connection.writer);
    let reading = Reading { portions: Portions::Whole, then: connection.then };
    let (giver, _) = Giver::new(&connection.stream, reading);
    let reader = Listening { giver, then: connection.then, gate: Arc::clone(&gate) };
    let writer = Held { taker: writing, gate: Arc::clone(&gate) };
    thread::scope(|scope| {
        if !connection.held {
            gate.open();
        }
        // By what the others do, not by the clock: who does not wait for the writer gets on, however slow the machine.
        let porter = connection.held.then(|| {
            scope.spawn(|| {
                wait_until_idle();
                gate.open();
            })
        });
        let mut conn = Some(subject.conn(Box::new(reader), Box::new(writer)));
        let mut outcomes = Vec::new();
        take_turns(&mut conn, &connection.turns, |outcome| outcomes.push(outcome));
        let closed = gate.state().closed;
        let written = taken.lock().unwrap_or_else(PoisonError::into_inner).count();
        if let Some(porter) = porter {
            // It opens the gate in any case, so whoever has been left behind comes to an end.
            let _ = porter.join();
        }
        Connected { outcomes, written, closed }
    })
}

/// What keeps a writer from taking anything.
#[derive(Default)]
struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    open: bool,
    /// Whether the writer is gone.
    closed: bool,
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) {
        self.state().open = true;
        self.changed.notify_all();
    }

    fn wait_until(&self, reached: impl Fn(&State) -> bool) {
        let state = self.changed.wait_while(self.state(), |state| !reached(state));
        drop(state.unwrap_or_else(PoisonError::into_inner));
    }
}

/// A writer behind a gate.
struct Held {
    taker: Taker,
    gate: Arc<Gate>,
}

impl Write for Held {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gate.wait_until(|state| state.open);
        self.taker.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.taker.flush()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.gate.state().closed = true;
        self.gate.changed.notify_all();
    }
}

/// A reader whose other end stays until the writer is closed.
struct Listening {
    giver: Giver,
    then: Then,
    gate: Arc<Gate>,
}

impl Read for Listening {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.then == Then::End && self.giver.is_empty() {
            self.gate.wait_until(|state| state.closed);
        }
        self.giver.read(buffer)
    }
}
