//! The worker's end: present before the submission's code runs, departed after it.

use std::env;
use std::io::{self, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use course::worker::{self, Input, Output};
use protocol::frame;
use protocol::workers::Service;
use serde::Serialize;
use serde_json::value::to_raw_value;

use crate::kernel;
use crate::{Call, Go, VARIABLE, Word};

/// The exit status of a worker that could not come to the muster that it was called to: the driver is gone.
const NOT_MET: u8 = 71;

/// The connection to the driver, in a worker that was called to a muster.
static CONNECTION: Mutex<Option<UnixStream>> = Mutex::new(None);

/// What [`course::worker::run_if_asked`] does, and comes to the muster first if there is one. Called first in `main`.
pub fn run_if_asked(work: impl FnOnce(&str, Input, Output) -> io::Result<()>) -> Option<ExitCode> {
    let index = worker::index()?;
    if let Some(call) = env::var(VARIABLE).ok().and_then(|text| serde_json::from_str::<Call>(&text).ok()) {
        match come(&call, index) {
            Ok(stream) => *CONNECTION.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream),
            Err(_) => return Some(ExitCode::from(NOT_MET)),
        }
    }
    let status = worker::run_if_asked(work);
    // What is still in the buffer counts as written too.
    let _ = io::stdout().flush();
    say(&Word::Departed(Service {
        peak_memory: kernel::peak_memory(),
        bytes_read: kernel::bytes_read(),
        bytes_written: kernel::bytes_written(),
        threads: kernel::threads(),
    }));
    status
}

/// Tells the driver something, from inside a worker. Without a muster nobody hears it.
///
/// # Panics
/// If `value` has no JSON form.
pub fn report(value: &impl Serialize) {
    say(&Word::Report(to_raw_value(value).expect("a report has a JSON form")));
}

/// Waits, inside a worker, until the worker of another launcher of the muster has ended, however it did. Does not wait for
/// one that never came, or without a muster.
pub fn await_end(launcher: usize) {
    if let Some(stream) = CONNECTION.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
        && frame::write(stream, &Word::Awaits { launcher }).is_ok()
    {
        // Bounded by the driver's life.
        let _ = frame::read::<Go>(stream);
    }
}

fn come(call: &Call, index: usize) -> Result<UnixStream, frame::FrameError> {
    let stream = SocketAddr::from_abstract_name(&call.name).and_then(|address| UnixStream::connect_addr(&address));
    let mut stream = stream.map_err(frame::FrameError::Stream)?;
    frame::write(&mut stream, &Word::Present { launcher: call.launcher, index })?;
    // Bounded by the driver's patience, and by its life.
    let Go = frame::read(&mut stream)?;
    Ok(stream)
}

fn say(word: &Word) {
    if let Some(stream) = CONNECTION.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        // A driver that is gone needs no reports.
        let _ = frame::write(stream, word);
    }
}
