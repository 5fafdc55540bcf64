//! A job under way, as the grader sees it: [`Running`], and the helper that runs it.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::activity::{self, Activity, Root};
use super::job::{Job, Network, OUTPUT};
use super::serve::HELPER;
use super::usage::{Captured, Ending, Figure, Finished, Limit, Source, Usage};
use super::wire::{Channel, Containment, Order, Outcome, Report, ask, tell};
use super::{RunId, SandboxError};
use crate::clock;
use crate::interrupt;

/// How often a wait looks whether the grader is being ended.
const GLANCE: Duration = Duration::from_millis(20);
/// How long a pause may take to begin.
const FREEZE: Duration = Duration::from_secs(1);
/// How much later than its limit a job may be over, before its helper is given up.
const GRACE: Duration = Duration::from_mins(1);

/// A process that runs jobs, one at a time.
#[derive(Debug)]
pub(super) struct Helper {
    channel: Channel,
    child: Child,
}

impl Helper {
    /// Starts one; `program` is this program.
    pub(super) fn start(program: &Path) -> Result<Self, SandboxError> {
        let broken = |source| SandboxError::Start { program: program.to_owned(), source };
        let (channel, theirs) = Channel::pair().map_err(broken)?;
        #[expect(clippy::disallowed_methods, reason = "the sandbox starts programs")]
        let mut command = Command::new(program);
        command.arg(HELPER).stdin(Stdio::from(theirs.into_end())).stdout(Stdio::null());
        // A terminal's signals are the grader's business.
        let child = command.process_group(0).spawn().map_err(broken)?;
        Ok(Self { channel, child })
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        // The end of the socket ends whatever it runs, and then itself.
        let _ = rustix::net::shutdown(&self.channel, rustix::net::Shutdown::Both);
        let _ = self.child.wait();
    }
}

/// What is shared of a run: the way to its helper, for as long as the helper runs it.
#[derive(Debug)]
pub(super) struct Run {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    channel: Option<Channel>,
    paused_since: Option<Instant>,
    paused_before: Duration,
}

impl Run {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, byte: u8) {
        if let Some(channel) = &self.state().channel {
            // A helper that is gone has ended its program.
            let _ = channel.send(&[byte], &[]);
        }
    }

    pub(super) fn kill(&self) {
        self.ask(ask::KILL);
    }

    /// Freezes the program. Whether it was this call that did.
    pub(super) fn suspend(&self) -> bool {
        let Ok((mut frozen, theirs)) = io::pipe() else { return false };
        {
            let mut state = self.state();
            let Some(channel) = state.channel.as_ref().filter(|_| state.paused_since.is_none()) else { return false };
            if channel.send(&[ask::PAUSE], &[theirs.as_fd()]).is_err() {
                return false;
            }
            state.paused_since = Some(clock::now());
        }
        drop(theirs);
        // Closed when it is done, also by the end of the program.
        let patience = Timespec { tv_sec: FREEZE.as_secs().cast_signed(), tv_nsec: 0 };
        if matches!(poll(&mut [PollFd::new(&frozen, PollFlags::IN)], Some(&patience)), Ok(1)) {
            let _ = frozen.read(&mut [0]);
        }
        true
    }

    pub(super) fn resume(&self) {
        let mut state = self.state();
        if let Some(since) = state.paused_since.take() {
            state.paused_before += since.elapsed();
            if let Some(channel) = &state.channel {
                let _ = channel.send(&[ask::RESUME], &[]);
            }
        }
    }

    pub(super) fn is_paused(&self) -> bool {
        self.state().paused_since.is_some()
    }

    fn paused(&self) -> Duration {
        let state = self.state();
        state.paused_before + state.paused_since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

/// Who keeps account of runs and takes helpers back.
pub(super) trait Keeper: Send + Sync {
    /// The run is over; its helper can run another job.
    fn over(&self, id: RunId, helper: Option<Helper>);
}

/// A job under way. Dropped before its end, it is ended.
pub struct Running {
    id: RunId,
    run: Arc<Run>,
    keeper: Arc<dyn Keeper>,
    helper: Option<Helper>,
    supervisor: u32,
    began: Instant,
    wall: Duration,
    listener: Option<TcpListener>,
    /// The same as the listener, to close it for everybody: while it is open its namespace stays.
    listening: Option<TcpListener>,
    stdout: Option<JoinHandle<Captured>>,
    stderr: Option<JoinHandle<Captured>>,
}

/// Ends a job from another thread.
#[derive(Clone)]
pub struct Killer {
    run: Arc<Run>,
}

impl Killer {
    /// Ends the job, with everything that it started.
    pub fn kill(&self) {
        self.run.kill();
    }
}

/// What a job is started with besides itself.
pub(super) struct Start {
    pub(super) id: RunId,
    pub(super) helper: Helper,
    pub(super) containment: Containment,
    pub(super) grouped: bool,
    pub(super) keeper: Arc<dyn Keeper>,
}

/// Has a helper start a job; returns when the program has begun.
pub(super) fn start(start: Start, job: Job) -> Result<(Running, Arc<Run>), SandboxError> {
    let Start { id, helper, containment, grouped, keeper } = start;
    let Job { program, arguments, environment, folder, mounts, mut network, limits, control } = job;
    let broken = |source| SandboxError::Start { program: program.clone(), source };
    // Without a network of its own, the program finds the listener on a port that nobody else has.
    let mut listener = None;
    if let (Network::Served { port }, true) = (&mut network, containment != Containment::Full) {
        let own = TcpListener::bind("127.0.0.1:0").map_err(broken)?;
        *port = own.local_addr().map_err(broken)?.port();
        listener = Some(own);
    }
    let control = control.map_or_else(|| File::open("/dev/null").map(OwnedFd::from), Ok).map_err(broken)?;
    let (stdout, their_stdout) = io::pipe().map_err(broken)?;
    let (stderr, their_stderr) = io::pipe().map_err(broken)?;
    let (wall, kept) = (limits.wall, limits.output);
    let order = Order {
        containment,
        grouped,
        program: program.clone().into_os_string(),
        arguments,
        environment: environment as Vec<(OsString, OsString)>,
        folder,
        mounts,
        network,
        limits,
    };
    let bytes = serde_json::to_vec(&order).map_err(|error| broken(error.into()))?;
    helper.channel.send(&bytes, &[control.as_fd(), their_stdout.as_fd(), their_stderr.as_fd()]).map_err(broken)?;
    drop((control, their_stdout, their_stderr));
    let mut supervisor = None;
    while supervisor.is_none() {
        let message = helper.channel.receive().map_err(broken)?;
        let mut message = message.ok_or_else(|| broken(io::Error::other("the helper of the sandbox ended")))?;
        match message.tag() {
            tell::LISTENER => listener = message.descriptors.pop().map(TcpListener::from),
            tell::STARTED => {
                supervisor = Some(serde_json::from_slice::<u32>(message.rest()).map_err(|error| broken(error.into()))?);
            }
            tell::BROKEN => return Err(SandboxError::Broken { why: lossy(message.rest()) }),
            _ => return Err(broken(io::Error::other("the helper of the sandbox is confused"))),
        }
    }
    let channel = helper.channel.again().map_err(broken)?;
    let state = State { channel: Some(channel), paused_since: None, paused_before: Duration::ZERO };
    let run = Arc::new(Run { state: Mutex::new(state) });
    let listening = listener.as_ref().map(TcpListener::try_clone).transpose().map_err(broken)?;
    let running = Running {
        id,
        run: run.clone(),
        keeper,
        helper: Some(helper),
        supervisor: supervisor.unwrap_or_default(),
        began: clock::now(),
        wall,
        listener,
        listening,
        stdout: Some(capture(stdout, kept, run.clone())),
        stderr: Some(capture(stderr, kept, run.clone())),
    };
    Ok((running, run))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Keeps the first bytes of a stream, reads the rest, and ends the program when that is a flood.
fn capture(mut stream: io::PipeReader, kept: u64, run: Arc<Run>) -> JoinHandle<Captured> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe that cannot be read is as good as one that was closed.
        let _ = stream.by_ref().take(kept).read_to_end(&mut bytes);
        let mut rest = io::copy(&mut stream.by_ref().take(OUTPUT), &mut io::sink()).unwrap_or(0);
        if rest == OUTPUT {
            run.ask(ask::FLOOD);
            rest += io::copy(&mut stream, &mut io::sink()).unwrap_or(0);
        }
        Captured { bytes, truncated: rest > 0 }
    })
}

impl Running {
    /// Which run this is.
    pub fn id(&self) -> RunId {
        self.id
    }

    /// Whether it is frozen by [`Sandbox::pause_others`](super::Sandbox::pause_others).
    pub fn is_paused(&self) -> bool {
        self.run.is_paused()
    }

    /// The listener of [`Network::Served`]. Its own address says on which port the program finds it.
    ///
    /// # Errors
    /// If there is none, or it was taken before.
    pub fn listener(&mut self) -> Result<TcpListener, SandboxError> {
        self.listener.take().ok_or_else(|| SandboxError::Wait(io::Error::other("this job has no listener")))
    }

    /// Ends the job from another thread.
    pub fn killer(&self) -> Killer {
        Killer { run: self.run.clone() }
    }

    /// How the tree is doing.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn activity(&self) -> Result<Activity, SandboxError> {
        activity::of(self.supervisor, Root::Supervisor).map_err(SandboxError::Wait)
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// [`SandboxError`]: the sandbox failed, and how the program would have ended is not known.
    pub fn wait(mut self) -> Result<Finished, SandboxError> {
        let outcome = self.outcome();
        self.close();
        let join = |thread: Option<JoinHandle<Captured>>| thread.and_then(|thread| thread.join().ok());
        if outcome.is_err() {
            // Its end closes the streams.
            self.helper = None;
        }
        let stdout = join(self.stdout.take()).unwrap_or_default();
        let stderr = join(self.stderr.take()).unwrap_or_default();
        let helper = self.helper.take();
        self.keeper.over(self.id, helper);
        let outcome = outcome?;
        Ok(Finished { ending: ending(&outcome), usage: usage(&outcome), stdout, stderr })
    }

    fn outcome(&mut self) -> Result<Outcome, SandboxError> {
        let helper = self.helper.as_ref().ok_or_else(|| SandboxError::Wait(io::Error::other("there is no helper")))?;
        let glance = Timespec { tv_sec: 0, tv_nsec: i64::from(GLANCE.subsec_nanos()) };
        let mut killed = false;
        loop {
            match poll(&mut [PollFd::new(&helper.channel, PollFlags::IN)], Some(&glance)) {
                Ok(0) => {}
                Ok(_) => break,
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(SandboxError::Wait(error.into())),
            }
            if interrupt::requested() && !killed {
                killed = true;
                self.run.kill();
            }
            if self.began.elapsed() > self.wall + self.run.paused() + GRACE {
                return Err(SandboxError::Wait(io::Error::other("the helper of the sandbox does not answer")));
            }
        }
        let message = helper.channel.receive().map_err(SandboxError::Wait)?;
        let gone = || SandboxError::Wait(io::Error::other("the helper of the sandbox ended"));
        let message = message.ok_or_else(gone)?;
        if message.tag() == tell::OVER {
            serde_json::from_slice(message.rest()).map_err(|error| SandboxError::Wait(error.into()))
        } else {
            Err(SandboxError::Broken { why: lossy(message.rest()) })
        }
    }

    /// Nobody asks the helper for anything of this run any more, and nobody connects.
    fn close(&mut self) {
        self.run.state().channel = None;
        self.run.resume();
        if let Some(listening) = self.listening.take() {
            let _ = rustix::net::shutdown(&listening, rustix::net::Shutdown::Both);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(helper) = self.helper.take() {
            self.close();
            drop(helper);
            self.keeper.over(self.id, None);
        }
    }
}

fn ending(outcome: &Outcome) -> Ending {
    let Outcome { report, stopped, books, .. } = outcome;
    if let Some(limit) = stopped {
        return Ending::Stopped(*limit);
    }
    let Some(report) = report else {
        // The supervisor itself was ended: only a machine without memory does that.
        return Ending::Stopped(Limit::Memory);
    };
    let status = ExitStatus::from_raw(report.status);
    let refused = report.refused > 0 || books.refused > 0;
    match (status.code(), status.signal()) {
        (Some(0), _) => Ending::Exited(0),
        (None, Some(libc::SIGXCPU)) => Ending::Stopped(Limit::Cpu),
        // It, or one of its processes, was killed for its memory, and that was more than it could bear.
        _ if books.starved > 0 => Ending::Stopped(Limit::Memory),
        _ if refused => Ending::Stopped(Limit::Processes),
        (Some(code), _) => Ending::Exited(code),
        (None, signal) => Ending::Signaled(signal.unwrap_or(0)),
    }
}

fn usage(outcome: &Outcome) -> Usage {
    let Outcome { report, wall, books, polled, .. } = outcome;
    let none = Report::default();
    let seen = report.as_ref().unwrap_or(&none);
    let figure = |exact: Option<u64>, polled: u64| exact.map_or_else(|| Figure::polled(polled), Figure::exact);
    let counted = |count: Option<u64>| count.map_or_else(|| Figure::unavailable(0), Figure::exact);
    let threads = seen.tasks.zip(seen.forks).map(|(tasks, forks)| tasks.saturating_sub(forks));
    Usage {
        wall: if report.is_some() { seen.wall.min(*wall) } else { *wall },
        cpu: match books.cpu {
            Some(cpu) => Figure::exact(cpu),
            // A program that does not wait for its children hides what they used from its parents.
            None => Figure { value: polled.cpu.max(seen.cpu), source: Source::Polled },
        },
        memory: figure(books.memory, polled.memory.max(seen.memory)),
        processes: counted(seen.forks),
        threads: counted(threads),
        alive: figure(books.tasks, polled.tasks),
        left_behind: report.as_ref().map_or_else(|| Figure::unavailable(0), |report| Figure::exact(report.left_behind)),
    }
}
