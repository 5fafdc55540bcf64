//! What a worker of a round does: this same program, started by a launcher.

use std::cell::RefCell;
use std::io::{self, Write};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use course::Launcher;
use course::worker::{Input, Output};
use protocol::ipc_queue::{Act, Dispatch, Item, LINGERS, MapCall, Message, Turn, Work};
use rustix::process::{Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};

use crate::{Subject, conversing, sharing};

/// What a worker has to do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Role {
    /// Does these things, one after the other.
    Producer(Vec<Act>),
    /// Sends until it cannot, and reports how it heard of it.
    Talker,
    /// Is the other end of a connection.
    Peer(Vec<Turn>),
    /// Owns a map.
    Owner(PathBuf),
    /// Makes calls on a map, and reports the answers.
    Client(PathBuf, Vec<MapCall>),
    /// Sends as fast as it can.
    Source(Work),
}

impl Role {
    /// A launcher of workers with this role.
    ///
    /// # Errors
    /// If the program cannot tell where it is.
    pub(crate) fn launcher(&self) -> io::Result<Launcher> {
        Launcher::new(&serde_json::to_string(self)?)
    }
}

/// What a producer reports when it has come to [`Act::Hang`].
pub(crate) const HANGS: &str = "hangs";

/// What a producer reports at the end of [`Act::Linger`].
pub(crate) const LINGERED: &str = "lingered";

/// A producer lingers in naps of this length: it may have been stopped together with everybody else, and then only the
/// nap that it was in gets longer.
const NAP: Duration = Duration::from_millis(10);

/// Plays the role of a worker, if this process is one.
pub(crate) fn play_if_asked(subject: &dyn Subject) -> Option<ExitCode> {
    muster::run_if_asked(|role, input, output| play(subject, &serde_json::from_str(role)?, input, output))
}

fn play(subject: &dyn Subject, role: &Role, input: Input, output: Output) -> io::Result<()> {
    match role {
        Role::Producer(acts) => produce(subject, acts, output),
        Role::Talker => {
            talk(subject, output);
            Ok(())
        }
        Role::Peer(turns) => {
            let mut conn = Some(subject.conn(Box::new(input), Box::new(output)));
            conversing::take_turns(&mut conn, turns, |outcome| muster::report(&outcome));
            Ok(())
        }
        Role::Owner(socket) => {
            let listener = UnixListener::bind(socket)?;
            let mut output = output;
            output.write_all(b"!")?;
            output.flush()?;
            subject.serve(&listener)
        }
        Role::Client(socket, calls) => sharing::ask_all(subject, socket, calls),
        Role::Source(work) => {
            let mut sender = subject.sender(Box::new(output));
            // Made before, so that next to nothing is timed but the queue.
            let texts = [0, 1].map(|seed| Item::Filler { length: work.length, seed }.message());
            for message in 0..work.messages {
                expect_sent(&sender.send(&texts[message % 2]))?;
            }
            Ok(())
        }
    }
}

/// An output that can be written to past the sender which has it.
#[derive(Clone)]
struct Open(Rc<RefCell<Output>>);

impl Write for Open {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

fn produce(subject: &dyn Subject, acts: &[Act], output: Output) -> io::Result<()> {
    let mut output = Open(Rc::new(RefCell::new(output)));
    let mut sender = subject.sender(Box::new(output.clone()));
    for act in acts {
        match act {
            Act::Send(item) => expect_sent(&sender.send(&item.message()))?,
            Act::SendMany { count, length } => {
                for seed in 0..*count as u64 {
                    expect_sent(&sender.send(&Item::Filler { length: *length, seed }.message()))?;
                }
            }
            Act::Write(piece) => {
                output.write_all(&piece.bytes())?;
                output.flush()?;
            }
            Act::Die => die(),
            #[expect(clippy::disallowed_methods, reason = "a worker that ends in the middle of its work")]
            Act::Exit(status) => std::process::exit(i32::from(*status)),
            Act::Hang => {
                // Whoever is killed before has not fallen silent: it was not given the time to speak.
                muster::report(&HANGS);
                loop {
                    thread::park();
                }
            }
            Act::Linger => {
                for _ in 0..LINGERS.as_millis() / NAP.as_millis() {
                    thread::sleep(NAP);
                }
                muster::report(&LINGERED);
            }
            // A process that is there has been started.
            Act::NeverStart => {}
            Act::AwaitEnd(other) => muster::await_end(*other),
            Act::Close => rustix::stdio::dup2_stdout(std::fs::File::open("/dev/null")?)?,
        }
    }
    Ok(())
}

fn expect_sent(dispatch: &Dispatch) -> io::Result<()> {
    if *dispatch == Dispatch::Sent { Ok(()) } else { Err(io::Error::other(dispatch.to_string())) }
}

/// Sends until it cannot.
fn talk(subject: &dyn Subject, output: Output) {
    let mut sender = subject.sender(Box::new(output));
    let message = Message::Text("is anybody there?".to_owned());
    let last = driver::quietly(|| {
        // Far more than any pipe holds.
        (0..200_000).map(|_| sender.send(&message)).find(|dispatch| *dispatch != Dispatch::Sent)
    });
    muster::report(&last.unwrap_or_else(|panic| Some(Dispatch::Panicked(panic))).unwrap_or(Dispatch::Sent));
}

/// Ends this process as a kill from outside would.
pub(crate) fn die() -> ! {
    let _ = kill_process(getpid(), Signal::KILL);
    std::process::abort()
}
