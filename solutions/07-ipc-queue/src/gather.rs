//! Many processes that produce, one that consumes.

use std::io;
use std::process::{Child, ChildStdout, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use course::Launcher;
use serde::de::DeserializeOwned;

use crate::framing::{Receiver, RecvError};

/// How often producers that have fallen silent are looked for.
const GLANCE: Duration = Duration::from_millis(20);

/// What went wrong with one producer.
#[derive(Debug, thiserror::Error)]
pub enum ProducerError {
    /// It could not be started.
    #[error("cannot start the producer")]
    Start(#[source] io::Error),
    /// What it sent could not be received.
    #[error("cannot receive from the producer")]
    Receive(#[from] RecvError),
    /// It ended between two messages, but not well.
    #[error("the producer ended with {0}")]
    Failed(ExitStatus),
    /// It sent nothing for too long, or did not end after its last message, and was killed.
    #[error("the producer fell silent")]
    Silent,
}

/// Starts one worker for each launcher, all of them at once, and calls `each` with every message that they send on their
/// standard output and the index of the launcher, in the order in which each of them sent its own.
///
/// `each` is called in this thread. At most `capacity` messages wait for it, besides one for each producer; beyond that
/// the producers are made to wait. A producer that sends nothing for its launcher's
/// [`patience`](Launcher::patience) although nobody makes it wait, or does not end that soon after its last message, is
/// killed; so is one whose frames are wrong. What is wrong with one producer changes nothing for the others.
///
/// All of them are reaped, and every thread is joined, when this returns, or when a panic of `each` leaves it; a panic
/// kills the producers that are left.
///
/// The results are those of the producers, in the order of their launchers.
pub fn gather<T: DeserializeOwned + Send>(
    producers: &[Launcher],
    capacity: usize,
    each: impl FnMut(usize, T),
) -> Vec<Result<(), ProducerError>> {
    let (mut started, mut outputs) = (Vec::new(), Vec::new());
    for launcher in producers {
        let (producer, output) = Producer::start(launcher)
            .map_err(ProducerError::Start)
            .map_or_else(|error| (Err(error), None), |(producer, output)| (Ok(producer), Some(output)));
        started.push(producer);
        outputs.push(output);
    }
    let results: Vec<_> = thread::scope(|scope| {
        let (queue, messages) = mpsc::sync_channel(capacity);
        let running: Vec<&Producer> = started.iter().flatten().collect();
        let readers: Vec<_> = started
            .iter()
            .zip(outputs)
            .enumerate()
            .map(|(index, (producer, output))| {
                let queue = queue.clone();
                let (Ok(producer), Some(output)) = (producer, output) else { return None };
                Some(scope.spawn(move || producer.follow(output, |message| queue.send((index, message)).is_ok())))
            })
            .collect();
        drop(queue);
        Consumption { running, messages: Some(messages) }.consume(each);
        let joined = readers.into_iter().map(|reader| reader.map_or(Ok(Ok(())), thread::ScopedJoinHandle::join));
        joined.map(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    started.into_iter().zip(results).map(|(started, result)| started.and(result)).collect()
}

/// The consumer's end of the queue. When it goes, be it by a panic, nobody waits for the consumer any more.
struct Consumption<'a, T> {
    running: Vec<&'a Producer>,
    messages: Option<mpsc::Receiver<(usize, T)>>,
}

impl<T> Consumption<'_, T> {
    /// Passes on all there is, and looks after the producers meanwhile.
    fn consume(mut self, mut each: impl FnMut(usize, T)) {
        let mut glance = Instant::now();
        while let Some(messages) = &self.messages {
            match messages.recv_timeout(GLANCE) {
                Ok((index, message)) => each(index, message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.messages = None,
            }
            if glance.elapsed() >= GLANCE {
                glance = Instant::now();
                self.running.iter().for_each(|producer| producer.kill_if_silent());
            }
        }
        // Every reader has let go of the queue: the producers have ended, or are being waited for.
        self.running.clear();
    }
}

impl<T> Drop for Consumption<'_, T> {
    fn drop(&mut self) {
        // The queue first: a reader that waits for room in it would not notice that its producer is gone.
        self.messages = None;
        for producer in &self.running {
            producer.kill();
        }
    }
}

/// A producer that was started.
struct Producer {
    patience: Duration,
    child: Mutex<Watched>,
}

struct Watched {
    process: Child,
    /// Since when its reader has been waiting for it; `None` while it has to wait for the consumer.
    awaited_since: Option<Instant>,
    fell_silent: bool,
}

impl Producer {
    fn start(launcher: &Launcher) -> io::Result<(Self, ChildStdout)> {
        let mut process = launcher.command().stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().ok_or_else(|| io::Error::other("the producer has no pipe"))?;
        let child = Watched { process, awaited_since: None, fell_silent: false };
        Ok((Self { patience: launcher.patience(), child: Mutex::new(child) }, output))
    }

    /// Passes on every message until the producer or the consumer wants no more; reaps the producer.
    fn follow<T: DeserializeOwned>(
        &self,
        output: ChildStdout,
        pass_on: impl Fn(T) -> bool,
    ) -> Result<(), ProducerError> {
        let received = self.receive(output, pass_on);
        if received.is_err() {
            self.kill();
        }
        let status = self.reap().map_err(ProducerError::Start)?;
        if self.lock().fell_silent {
            return Err(ProducerError::Silent);
        }
        received?;
        if status.success() { Ok(()) } else { Err(ProducerError::Failed(status)) }
    }

    fn receive<T: DeserializeOwned>(&self, output: ChildStdout, pass_on: impl Fn(T) -> bool) -> Result<(), RecvError> {
        let mut receiver = Receiver::new(output);
        loop {
            self.lock().awaited_since = Some(Instant::now());
            let received = receiver.recv();
            self.lock().awaited_since = None;
            let wanted = received?.is_some_and(&pass_on);
            if !wanted {
                return Ok(());
            }
        }
    }

    /// Waits for the end of a producer that sends no more.
    fn reap(&self) -> io::Result<ExitStatus> {
        let silent_since = Instant::now();
        loop {
            if let Some(status) = self.lock().process.try_wait()? {
                return Ok(status);
            }
            if silent_since.elapsed() >= self.patience {
                self.give_up();
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn kill_if_silent(&self) {
        if self.lock().awaited_since.is_some_and(|since| since.elapsed() >= self.patience) {
            self.give_up();
        }
    }

    fn give_up(&self) {
        self.lock().fell_silent = true;
        self.kill();
    }

    fn kill(&self) {
        // One that has ended in the meantime needs no killing.
        let _ = self.lock().process.kill();
    }

    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
