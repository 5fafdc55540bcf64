//! The rounds of exercise 7: streams, processes and a shared map, and what is noted of them.
//!
//! Compiled ahead of any submission, so everything here goes through [`Subject`], which the driver program implements
//! for the submission it is linked with. The same program is every worker of a round, in one of its `Role`s.

mod connecting;
mod conversing;
mod gathering;
mod memory;
mod processes;
mod role;
mod sharing;
mod stillness;
mod streams;
mod tally;
mod work;

use std::io::{self, Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, ExitCode};

use course::Launcher;
use driver::Rounds;
use protocol::ipc_queue::{Dispatch, Ended, MapAnswer, MapCall, Message, Observation, Order, Receipt};
use serde_json::value::RawValue;

pub use streams::Unencodable;
pub use tally::Tallied;

/// What the rounds need of a submission.
pub trait Subject: Sync {
    /// A `Sender`.
    fn sender<'a>(&self, writer: Box<dyn Write + 'a>) -> Box<dyn Sends + 'a>;
    /// A `Receiver`.
    fn receiver<'a>(&self, reader: Box<dyn Read + 'a>) -> Box<dyn Receives + 'a>;
    /// Calls `gather`.
    fn gather(&self, producers: &[Launcher], capacity: usize, each: &mut dyn FnMut(usize, Tallied)) -> Vec<Ended>;
    /// Calls `duplex`.
    ///
    /// # Errors
    /// If the submission says so.
    fn duplex(&self, launcher: &Launcher) -> io::Result<(Box<dyn Converses>, Child)>;
    /// A `Conn`.
    fn conn(&self, reader: Box<dyn Read + Send>, writer: Box<dyn Write + Send>) -> Box<dyn Converses>;
    /// Calls `serve_shared_map`.
    ///
    /// # Errors
    /// If the submission says so.
    fn serve(&self, listener: &UnixListener) -> io::Result<()>;
    /// A `SharedMap`.
    ///
    /// # Errors
    /// If the submission says so.
    fn connect(&self, socket: &Path) -> io::Result<Box<dyn Asks>>;
}

/// A `Sender`.
pub trait Sends {
    /// `send(message)`
    fn send(&mut self, message: &Message) -> Dispatch;
    /// `send(message)`, of a message whose JSON was made before
    fn send_json(&mut self, json: &RawValue) -> Dispatch;
    /// `send(message)`, of a message that has no JSON
    fn send_unencodable(&mut self, message: &Unencodable) -> Dispatch;
}

/// A `Receiver`.
pub trait Receives {
    /// `recv()`
    fn receive(&mut self) -> Receipt;
}

/// A `Conn`.
pub trait Converses {
    /// `send(message)`
    fn send(&mut self, message: &Message) -> Dispatch;
    /// `recv()`
    fn receive(&mut self) -> Receipt;
    /// `close()`
    fn close(self: Box<Self>) -> Dispatch;
}

/// A `SharedMap`.
pub trait Asks {
    /// Makes one call; [`MapCall::AddMany`] and [`MapCall::Die`] are not its business.
    fn ask(&mut self, call: &MapCall) -> MapAnswer;
}

/// Serves the grader with rounds on `subject`, or does what a worker of a round has to do.
pub fn drive(subject: &dyn Subject) -> ExitCode {
    role::play_if_asked(subject).unwrap_or_else(|| driver::serve(&QueueRounds { subject }))
}

struct QueueRounds<'a> {
    subject: &'a dyn Subject,
}

impl Rounds for QueueRounds<'_> {
    type Order = Order;
    type Observation = Observation;

    fn perform(&self, order: &Order) -> Observation {
        let subject = self.subject;
        let observation = match order {
            Order::Send { messages, writer } => Ok(Observation::Sent(streams::send(subject, messages, *writer))),
            Order::Receive { stream, reader, calls } => {
                Ok(Observation::Received(streams::receive(subject, stream, *reader, *calls)))
            }
            Order::HangUp { after } => work::hang_up(subject, *after),
            Order::Gather(gathering) => gathering::gather(subject, gathering).map(Observation::Gathered),
            Order::Converse(conversation) => conversing::converse(subject, conversation),
            Order::Connect(connection) => Ok(Observation::Connected(connecting::connect(subject, connection))),
            Order::Share(sharing) => sharing::share(subject, sharing).map(Observation::Shared),
            Order::Work(work) => work::work(subject, *work).map(Observation::Worked),
        };
        observation.unwrap_or_else(|error| Observation::NotBegun(error.to_string()))
    }
}
