//! The driver of exercise 7: the rounds, linked with one submission.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, ExitCode};

use course::Launcher;
use ipc_queue::{
    Conn, MapError, ProducerError, Receiver, RecvError, SendError, Sender, SharedMap, duplex, gather, serve_shared_map,
};
use ipc_queue_driver::{Asks, Converses, Receives, Sends, Subject, Tallied, Unencodable, drive};
use protocol::ipc_queue::{Dispatch, Ended, MapAnswer, MapCall, Message, Receipt};
use serde_json::value::RawValue;

fn main() -> ExitCode {
    drive(&Submission)
}

struct Submission;

impl Subject for Submission {
    fn sender<'a>(&self, writer: Box<dyn Write + 'a>) -> Box<dyn Sends + 'a> {
        Box::new(Sending(Sender::new(writer)))
    }

    fn receiver<'a>(&self, reader: Box<dyn Read + 'a>) -> Box<dyn Receives + 'a> {
        Box::new(Receiving(Receiver::new(reader)))
    }

    fn gather(&self, producers: &[Launcher], capacity: usize, each: &mut dyn FnMut(usize, Tallied)) -> Vec<Ended> {
        gather(producers, capacity, each).iter().map(ended).collect()
    }

    fn duplex(&self, launcher: &Launcher) -> io::Result<(Box<dyn Converses>, Child)> {
        let (conn, child) = duplex(launcher)?;
        Ok((Box::new(Conversing(conn)), child))
    }

    fn conn(&self, reader: Box<dyn Read + Send>, writer: Box<dyn Write + Send>) -> Box<dyn Converses> {
        Box::new(Conversing(Conn::new(reader, writer)))
    }

    fn serve(&self, listener: &UnixListener) -> io::Result<()> {
        serve_shared_map(listener)
    }

    fn connect(&self, socket: &Path) -> io::Result<Box<dyn Asks>> {
        Ok(Box::new(Asking(SharedMap::connect(socket)?)))
    }
}

struct Sending<W: Write>(Sender<W>);

impl<W: Write> Sends for Sending<W> {
    fn send(&mut self, message: &Message) -> Dispatch {
        dispatch(&self.0.send(message))
    }

    fn send_json(&mut self, json: &RawValue) -> Dispatch {
        dispatch(&self.0.send(&json))
    }

    fn send_unencodable(&mut self, message: &Unencodable) -> Dispatch {
        dispatch(&self.0.send(message))
    }
}

struct Receiving<R: Read>(Receiver<R>);

impl<R: Read> Receives for Receiving<R> {
    fn receive(&mut self) -> Receipt {
        receipt(self.0.recv())
    }
}

struct Conversing(Conn);

impl Converses for Conversing {
    fn send(&mut self, message: &Message) -> Dispatch {
        dispatch(&self.0.send(message))
    }

    fn receive(&mut self) -> Receipt {
        receipt(self.0.recv())
    }

    fn close(self: Box<Self>) -> Dispatch {
        dispatch(&self.0.close())
    }
}

struct Asking(SharedMap);

impl Asks for Asking {
    fn ask(&mut self, call: &MapCall) -> MapAnswer {
        let Self(map) = self;
        let answer = match call {
            MapCall::Get(key) => map.get(key).map(MapAnswer::Maybe),
            MapCall::Insert(key, value) => map.insert(key, *value).map(MapAnswer::Maybe),
            MapCall::Add(key, amount) | MapCall::AddMany(key, amount, _) => {
                map.update_add(key, *amount).map(MapAnswer::Value)
            }
            MapCall::Len | MapCall::Die => map.len().map(MapAnswer::Len),
            MapCall::Snapshot => map.snapshot().map(MapAnswer::Snapshot),
        };
        answer.unwrap_or_else(|error: MapError| MapAnswer::Failed(error.to_string()))
    }
}

fn dispatch(result: &Result<(), SendError>) -> Dispatch {
    match result {
        Ok(()) => Dispatch::Sent,
        Err(SendError::Closed) => Dispatch::Closed,
        Err(SendError::TooLarge { .. }) => Dispatch::TooLarge,
        Err(SendError::Encode(_)) => Dispatch::Encode,
        Err(SendError::Io(_)) => Dispatch::Io,
    }
}

fn receipt(result: Result<Option<Message>, RecvError>) -> Receipt {
    match result {
        Ok(Some(message)) => Receipt::Message(message.into()),
        Ok(None) => Receipt::End,
        Err(RecvError::Truncated) => Receipt::Truncated,
        Err(RecvError::TooLarge { length }) => Receipt::TooLarge { length },
        Err(RecvError::Malformed(_)) => Receipt::Malformed,
        Err(RecvError::Io(_)) => Receipt::Io,
    }
}

fn ended(result: &Result<(), ProducerError>) -> Ended {
    match result {
        Ok(()) => Ended::Well,
        Err(ProducerError::Start(_)) => Ended::Start,
        Err(ProducerError::Receive(RecvError::Truncated)) => Ended::Truncated,
        Err(ProducerError::Receive(RecvError::TooLarge { .. })) => Ended::TooLarge,
        Err(ProducerError::Receive(RecvError::Malformed(_))) => Ended::Malformed,
        Err(ProducerError::Receive(RecvError::Io(_))) => Ended::Io,
        Err(ProducerError::Failed(_)) => Ended::Failed,
        Err(ProducerError::Silent) => Ended::Silent,
    }
}
