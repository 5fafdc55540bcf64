//! One worker process, seen from the pool.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use course::Launcher;

use crate::{ConvertError, Converted, Task};

/// The longest answer, in bytes.
const LONGEST: u64 = 64 << 10;

/// A worker process. Dropping it ends and reaps it.
pub(crate) struct Worker {
    process: Process,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
    reader: Option<JoinHandle<()>>,
}

/// The process of a worker, which others may end meanwhile.
#[derive(Clone)]
pub(crate) struct Process(Arc<Mutex<Child>>);

impl Process {
    /// Ends the process, if it has not ended.
    pub(crate) fn kill(&self) {
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).kill();
    }

    fn reap(&self) {
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).wait();
    }
}

impl Worker {
    /// Starts a worker.
    pub(crate) fn start(launcher: &Launcher) -> io::Result<Self> {
        let mut child = launcher.command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let process = Process(Arc::new(Mutex::new(child)));
        let (said, answers) = mpsc::channel();
        // From here on the worker is ended and reaped whatever happens.
        let mut worker = Self { process, input, answers, reader: None };
        if let Some(output) = output {
            worker.reader = Some(thread::Builder::new().spawn(move || read(output, &said))?);
        }
        Ok(worker)
    }

    /// The process.
    pub(crate) fn process(&self) -> Process {
        self.process.clone()
    }

    /// Has a task done. After a [`ConvertError::Worker`] the worker is of no use any more.
    pub(crate) fn perform(&mut self, task: &Task, patience: Duration) -> Result<Converted, ConvertError> {
        let failed = |reason: &str| ConvertError::Worker(reason.to_owned());
        let mut line = serde_json::to_vec(task).map_err(|error| ConvertError::Image(error.to_string()))?;
        line.push(b'\n');
        let input = self.input.as_mut().ok_or_else(|| failed("it has no pipe"))?;
        // A worker reads a task before it answers, and gets no second one before it has: this cannot get stuck for longer
        // than it takes others to end a worker that does not read.
        input.write_all(&line).map_err(|error| failed(&error.to_string()))?;
        match self.answers.recv_timeout(patience) {
            Ok(answer) => serde_json::from_str(&answer).unwrap_or_else(|_| Err(failed("its answer makes no sense"))),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(failed("it hangs")),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(failed("it is gone")),
        }
    }

    /// Lets the worker end by itself, unless it takes longer than `patience`.
    pub(crate) fn finish(&mut self, patience: Duration) {
        drop(self.input.take());
        // Its output ends when it does.
        while self.answers.recv_timeout(patience).is_ok() {}
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.process.kill();
        self.process.reap();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Hands on every line that is not too long; ends with the pipe, or when a line is.
fn read(output: ChildStdout, said: &Sender<String>) {
    let mut output = BufReader::new(output);
    loop {
        let mut line = String::new();
        match output.by_ref().take(LONGEST).read_line(&mut line) {
            Ok(_) if line.ends_with('\n') && said.send(line).is_ok() => {}
            _ => return,
        }
    }
}
