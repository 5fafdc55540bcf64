//! A conversation with one driver process, from its start to the proof that it ended well.
//!
//! What comes out is what the process did, not yet what it means: an observation, a panic, an [`Ending`] that came too
//! early, a silence, a forgery.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use protocol::explore::{Budget, Exploration, Leftover, Makespan, Reached, Replay};
use protocol::frame::{self, FrameError};
use protocol::{Body, Nonce, Panic, Record, Request};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::value::RawValue;

use crate::clock;
use crate::interrupt;
use crate::sandbox::{Activity, Ending, Finished, Job, Running, Sandbox, SandboxError};
use crate::server::{Server, ServerError};

/// How often a silent process is looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// How long an answer may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long every thread of the process may be asleep meanwhile.
    pub asleep: Duration,
    /// How much CPU time it may cost. Every round costs a small part of it; a loop without end reaches it in seconds, and a
    /// machine that is busy with something else hardly brings it nearer.
    pub busy: Duration,
}

/// A driver process that takes orders.
pub struct Session {
    stream: UnixStream,
    /// `None` once the process has been waited for.
    running: Option<Running>,
    nonce: Nonce,
    received: u64,
    patience: Patience,
}

/// What came of an order.
#[derive(Debug)]
pub enum Answer {
    /// The observation.
    Observed(Box<RawValue>),
    /// A panic that reached the driver.
    Panicked(Panic),
    /// There will be no more answers.
    Over(Over),
}

/// Why there will be no more answers.
#[derive(Debug)]
pub enum Over {
    /// The process ended before its time.
    Ended(Box<Finished>),
    /// Every thread of it was asleep for as long as the session's patience.
    Asleep {
        /// How many threads.
        threads: usize,
        /// For how long.
        silence: Duration,
    },
    /// It computed for the whole of its allowance without an answer.
    Busy {
        /// How much CPU time it took.
        cpu: Duration,
    },
    /// Something else than the driver spoke, or the driver was made to speak out of turn.
    Forged(Forgery),
}

/// What gave a forgery away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgery {
    /// The wrong nonce.
    Nonce,
    /// A record that is missing or stands twice.
    Number,
    /// A record of a kind that was not asked for.
    Turn,
    /// Bytes that are no record.
    Garbage,
}

/// The grader's own failure to hold a conversation.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The sandbox failed.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A socket could not be made or used.
    #[error("cannot talk to a driver")]
    Socket(#[source] io::Error),
    /// The operating system has no random numbers.
    #[error("cannot make a nonce")]
    Nonce(#[source] io::Error),
    /// An order cannot be sent.
    #[error("cannot send an order")]
    Order(#[source] FrameError),
    /// The exercise server failed.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The process was waited for already.
    #[error("a driver was used after its end")]
    Over,
    /// The grader is being ended.
    #[error("interrupted")]
    Interrupted,
}

impl Session {
    /// Starts the driver of `job`, whose `control` is filled in here, and greets it.
    ///
    /// # Errors
    /// [`SessionError`]: the grader's fault. A process that ends during the greeting is told by the first
    /// [`perform`](Self::perform).
    pub fn start(sandbox: &Sandbox, mut job: Job, patience: Patience) -> Result<Self, SessionError> {
        let (ours, theirs) = UnixStream::pair().map_err(SessionError::Socket)?;
        job.control = Some(OwnedFd::from(theirs));
        let nonce = fresh_nonce().map_err(SessionError::Nonce)?;
        let running = sandbox.start(job)?;
        let mut session = Self { stream: ours, running: Some(running), nonce, received: 0, patience };
        session.say(&Request::Begin { nonce: session.nonce.clone() })?;
        Ok(session)
    }

    /// A server of the grader's for this process, for which the job must have asked with
    /// [`Network::Served`](crate::sandbox::Network::Served). The driver is told where it is.
    ///
    /// # Errors
    /// [`SessionError`]: the grader's fault.
    pub fn serve(&mut self) -> Result<Server, SessionError> {
        let listener = self.running.as_mut().ok_or(SessionError::Over)?.listener()?;
        let server = Server::start(listener)?;
        self.say(&Request::Served { origin: server.origin() })?;
        Ok(server)
    }

    /// Sends an order and waits for what comes of it.
    ///
    /// # Errors
    /// [`SessionError`]: the grader's fault.
    pub fn perform(&mut self, order: &RawValue) -> Result<Answer, SessionError> {
        if let Some(over) = self.ready()? {
            return Ok(Answer::Over(over));
        }
        self.say(&Request::Perform { order: order.to_owned() })?;
        match self.hear()? {
            Ok(Body::Observed { observation }) => Ok(Answer::Observed(observation)),
            Ok(Body::Panicked(panic)) => Ok(Answer::Panicked(panic)),
            Ok(_) => self.forged(Forgery::Turn).map(Answer::Over),
            Err(over) => Ok(Answer::Over(over)),
        }
    }

    /// Searches the interleavings of a round. Each different observation is shown to `judge`, which says whether it is
    /// allowed; `reached` hears how far the search has got.
    ///
    /// # Errors
    /// [`SessionError`]: the grader's fault; or what `judge` returns as one.
    pub fn explore<E: From<SessionError>>(
        &mut self,
        (order, budget, leftover): (&RawValue, &Budget, Leftover),
        mut judge: impl FnMut(&RawValue) -> Result<bool, E>,
        mut reached: impl FnMut(&Reached),
    ) -> Result<Result<Exploration, Over>, E> {
        if let Some(over) = self.ready()? {
            return Ok(Err(over));
        }
        self.say(&Request::Explore { order: order.to_owned(), budget: budget.clone(), leftover })?;
        loop {
            match self.hear()? {
                Ok(Body::Asked { observation }) => {
                    let accepted = judge(&observation)?;
                    self.say(&Request::Judged { accepted })?;
                }
                // A search gives a sign of life every half second; only a call that never comes back stops them.
                Ok(Body::Reached(so_far)) => reached(&so_far),
                Ok(Body::Explored(exploration)) => return Ok(Ok(exploration)),
                Ok(_) => return Ok(Err(self.forged(Forgery::Turn)?)),
                Err(over) => return Ok(Err(over)),
            }
        }
    }

    /// Runs one interleaving of a round again. `None` if the schedule is none.
    ///
    /// # Errors
    /// [`SessionError`]: the grader's fault; or what `judge` returns as one.
    pub fn replay<E: From<SessionError>>(
        &mut self,
        (order, schedule, leftover): (&RawValue, &str, Leftover),
        mut judge: impl FnMut(&RawValue) -> Result<bool, E>,
    ) -> Result<Result<Option<Replay>, Over>, E> {
        if let Some(over) = self.ready()? {
            return Ok(Err(over));
        }
        self.say(&Request::Replay { order: order.to_owned(), schedule: schedule.to_owned(), leftover })?;
        loop {
            match self.hear()? {
                Ok(Body::Asked { observation }) => {
                    let accepted = judge(&observation)?;
                    self.say(&Request::Judged { accepted })?;
                }
                Ok(Body::Replayed(replay)) => return Ok(Ok(replay)),
                Ok(_) => return Ok(Err(self.forged(Forgery::Turn)?)),
                Err(over) => return Ok(Err(over)),
            }
        }
    }

    /// Runs a round on the virtual clock.
    ///
    /// # Errors
    /// [`SessionError`]: the grader's fault.
    pub fn measure(&mut self, order: &RawValue) -> Result<Result<Makespan, Over>, SessionError> {
        if let Some(over) = self.ready()? {
            return Ok(Err(over));
        }
        self.say(&Request::Measure { order: order.to_owned() })?;
        match self.hear()? {
            Ok(Body::Measured(makespan)) => Ok(Ok(makespan)),
            Ok(_) => Ok(Err(self.forged(Forgery::Turn)?)),
            Err(over) => Ok(Err(over)),
        }
    }

    /// Asks for the end and proves it: the last record, then status 0.
    ///
    /// # Errors
    /// [`SessionError`]: the grader's fault.
    pub fn finish(mut self) -> Result<Result<Finished, Over>, SessionError> {
        if let Some(over) = self.ready()? {
            return Ok(Err(over));
        }
        self.say(&Request::Finish)?;
        match self.hear()? {
            Ok(Body::Done) => {}
            Ok(_) => return Ok(Err(self.forged(Forgery::Turn)?)),
            Err(over) => return Ok(Err(over)),
        }
        let finished = self.reap()?;
        Ok(if finished.ending == Ending::Exited(0) { Ok(finished) } else { Err(Over::Ended(Box::new(finished))) })
    }

    /// Waits until the process takes orders, unless it does already; `None` if it does. Every order does this first.
    ///
    /// # Errors
    /// [`SessionError`]: the grader's fault.
    pub fn ready(&mut self) -> Result<Option<Over>, SessionError> {
        if self.received > 0 {
            return Ok(None);
        }
        match self.hear()? {
            Ok(Body::Ready) => Ok(None),
            Ok(_) => self.forged(Forgery::Turn).map(Some),
            Err(over) => Ok(Some(over)),
        }
    }

    fn say(&mut self, request: &Request) -> Result<(), SessionError> {
        match frame::write(&mut self.stream, request) {
            // A process that is gone is noticed when its answer is awaited.
            Ok(()) | Err(FrameError::Stream(_)) => Ok(()),
            Err(error) => Err(SessionError::Order(error)),
        }
    }

    /// The next record, proven to be the driver's, or why there is none.
    fn hear(&mut self) -> Result<Result<Body, Over>, SessionError> {
        if let Some(over) = self.await_bytes()? {
            return Ok(Err(over));
        }
        let record: Record = match frame::read(&mut self.stream) {
            Ok(record) => record,
            Err(FrameError::Ended | FrameError::Truncated | FrameError::Stream(_)) => {
                return Ok(Err(Over::Ended(Box::new(self.reap()?))));
            }
            Err(FrameError::TooLong { .. } | FrameError::Malformed(_)) => {
                return Ok(Err(self.forged(Forgery::Garbage)?));
            }
        };
        if record.nonce != self.nonce {
            return Ok(Err(self.forged(Forgery::Nonce)?));
        }
        if record.number != self.received {
            return Ok(Err(self.forged(Forgery::Number)?));
        }
        self.received += 1;
        Ok(Ok(record.body))
    }

    /// Waits until there is something to read. The process's own time limit bounds the wait: its end is readable too.
    ///
    /// Asleep is a process of which nothing ran, and nothing could have run, from one glance to every other: a machine
    /// that keeps it from running does not make it so.
    fn await_bytes(&mut self) -> Result<Option<Over>, SessionError> {
        let mut asleep: Option<(Instant, Activity)> = None;
        let mut cpu_at_first: Option<Duration> = None;
        loop {
            let glance = Timespec { tv_sec: 0, tv_nsec: i64::from(GLANCE.subsec_nanos()) };
            let mut sockets = [PollFd::new(&self.stream, PollFlags::IN)];
            match poll(&mut sockets, Some(&glance)) {
                Ok(0) => {}
                Ok(_) => return Ok(None),
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(SessionError::Socket(error.into())),
            }
            if interrupt::requested() {
                return Err(SessionError::Interrupted);
            }
            let running = self.running()?;
            if running.is_paused() {
                asleep = None;
                continue;
            }
            let activity = running.activity()?;
            let used = activity.cpu.saturating_sub(*cpu_at_first.get_or_insert(activity.cpu));
            if used >= self.patience.busy {
                return self.end(Over::Busy { cpu: used }).map(Some);
            }
            let now = clock::now();
            match asleep {
                Some((since, earlier)) if activity.asleep_since(&earlier) => {
                    let silence = now.duration_since(since);
                    if silence >= self.patience.asleep {
                        return self.end(Over::Asleep { threads: activity.alive, silence }).map(Some);
                    }
                }
                _ => asleep = Some((now, activity)),
            }
        }
    }

    /// Ends a process that would not answer.
    fn end(&mut self, over: Over) -> Result<Over, SessionError> {
        self.running()?.killer().kill();
        self.reap()?;
        Ok(over)
    }

    /// Ends a process that broke the protocol.
    fn forged(&mut self, forgery: Forgery) -> Result<Over, SessionError> {
        self.end(Over::Forged(forgery))
    }

    fn reap(&mut self) -> Result<Finished, SessionError> {
        let finished = self.running.take().ok_or(SessionError::Over)?.wait()?;
        if interrupt::requested() { Err(SessionError::Interrupted) } else { Ok(finished) }
    }

    fn running(&self) -> Result<&Running, SessionError> {
        self.running.as_ref().ok_or(SessionError::Over)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.killer().kill();
            // It was killed; how it ended says nothing.
            let _ = running.wait();
        }
    }
}

fn fresh_nonce() -> io::Result<Nonce> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(Nonce(format!("{:032x}", u128::from_ne_bytes(bytes))))
}
