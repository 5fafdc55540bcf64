//! Runs one program under limits, and says how it ended and what it used. Knows nothing of grades.

pub mod activity;
pub mod job;
pub mod usage;

use std::collections::HashMap;
use std::io::{self, Read};
use std::net::TcpListener;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

pub use activity::Activity;
pub use job::{Access, Job, Limits, Mount, Network};
pub use usage::{Captured, Ending, Figure, Finished, Limit, Source, Usage};

/// Where programs run.
#[derive(Debug)]
pub struct Sandbox {
    level: Level,
    runs: Arc<Mutex<HashMap<RunId, Arc<Run>>>>,
}

/// One run of a job, told apart from every other of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(u64);

static NEXT: AtomicU64 = AtomicU64::new(1);

/// What is shared of a run.
#[derive(Debug)]
struct Run {
    group: Pid,
    killed: AtomicBool,
    clock: Mutex<Suspended>,
}

/// How long a run was paused.
#[derive(Debug, Default)]
struct Suspended {
    since: Option<Instant>,
    before: Duration,
}

impl Run {
    fn suspend(&self) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        if clock.since.is_none() {
            clock.since = Some(crate::clock::now());
            let _ = kill_process_group(self.group, Signal::STOP);
        }
    }

    fn resume(&self) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(since) = clock.since.take() {
            clock.before += since.elapsed();
            let _ = kill_process_group(self.group, Signal::CONT);
        }
    }

    fn is_paused(&self) -> bool {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner).since.is_some()
    }

    fn suspended(&self) -> Duration {
        let clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        clock.before + clock.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

/// Keeps other jobs frozen, their deadlines suspended, until it is dropped.
#[derive(Debug)]
#[must_use = "the jobs go on when it is dropped"]
pub struct Paused {
    runs: Vec<Arc<Run>>,
}

impl Drop for Paused {
    fn drop(&mut self) {
        for run in &self.runs {
            run.resume();
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// The best that this machine gives.
    Auto,
    /// Namespaces, or refuse.
    Full,
    /// At least a weaker level.
    Reduced,
    /// None.
    None,
}

/// What is in force.
#[derive(Clone, Debug)]
pub struct Level {
    /// Its name in reports.
    pub name: &'static str,
    /// What is missing.
    pub missing: Vec<String>,
}

/// The sandbox itself failed: never the program's fault.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A program could not be started.
    #[error("cannot start `{}`", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its end could not be awaited.
    #[error("cannot wait for a program")]
    Wait(#[source] io::Error),
}

/// A job under way.
pub struct Running {
    id: RunId,
    run: Arc<Run>,
    runs: Arc<Mutex<HashMap<RunId, Arc<Run>>>>,
    child: std::process::Child,
    began: Instant,
    over: std::sync::mpsc::Sender<()>,
    late: Arc<AtomicBool>,
    stdout: thread::JoinHandle<(Captured, bool)>,
    stderr: thread::JoinHandle<(Captured, bool)>,
}

/// Ends a job from another thread.
#[derive(Clone)]
pub struct Killer {
    run: Arc<Run>,
}

impl Killer {
    /// Ends the job.
    pub fn kill(&self) {
        self.run.killed.store(true, Ordering::SeqCst);
        let _ = kill_process_group(self.run.group, Signal::KILL);
    }
}

impl Sandbox {
    /// Opens the sandbox.
    ///
    /// # Errors
    /// If what was asked for cannot be had.
    pub fn open(_request: Request) -> Result<Self, SandboxError> {
        Ok(Self { level: Level { name: "none", missing: Vec::new() }, runs: Arc::default() })
    }

    /// What is in force.
    pub fn level(&self) -> &Level {
        &self.level
    }

    /// Freezes every job that runs now, other than `except`, and suspends its deadlines, until the guard is dropped.
    /// What is started later runs.
    pub fn pause_others(&self, except: &[RunId]) -> Paused {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let others = runs.iter().filter(|(id, run)| !except.contains(id) && !run.is_paused());
        let paused = Paused { runs: others.map(|(_, run)| run.clone()).collect() };
        for run in &paused.runs {
            run.suspend();
        }
        paused
    }

    /// Starts a job.
    ///
    /// # Errors
    /// [`SandboxError::Start`].
    ///
    /// # Panics
    /// Never: the streams that are taken were asked for.
    #[allow(clippy::disallowed_methods)]
    pub fn start(&self, job: Job) -> Result<Running, SandboxError> {
        let mut command = Command::new(&job.program);
        command.args(&job.arguments).env_clear().envs(job.environment).current_dir(&job.folder).process_group(0);
        command.stdin(job.control.map_or_else(Stdio::null, Stdio::from)).stdout(Stdio::piped()).stderr(Stdio::piped());
        let start = |source| SandboxError::Start { program: job.program.clone(), source };
        let mut child = command.spawn().map_err(start)?;
        drop(command);
        let group = Pid::from_child(&child);
        let capture = |mut stream: Box<dyn Read + Send>| {
            let limit = job.limits.output;
            thread::spawn(move || {
                let mut bytes = Vec::new();
                let _ = stream.by_ref().take(limit).read_to_end(&mut bytes);
                let kept = bytes.len() as u64;
                let rest = io::copy(&mut stream.take(job::OUTPUT), &mut io::sink()).unwrap_or(0);
                let flood = kept + rest >= job::OUTPUT;
                if flood {
                    let _ = kill_process_group(group, Signal::KILL);
                }
                (Captured { bytes, truncated: rest > 0 }, flood)
            })
        };
        let stdout = capture(Box::new(child.stdout.take().expect("piped")));
        let stderr = capture(Box::new(child.stderr.take().expect("piped")));
        let (over, ended) = std::sync::mpsc::channel::<()>();
        let late = Arc::new(AtomicBool::new(false));
        let run = Arc::new(Run { group, killed: AtomicBool::new(false), clock: Mutex::default() });
        let (wall, late_too, run_too, began) = (job.limits.wall, late.clone(), run.clone(), crate::clock::now());
        thread::spawn(move || {
            loop {
                let left = (wall + run_too.suspended()).saturating_sub(began.elapsed());
                if left.is_zero() {
                    break;
                }
                if ended.recv_timeout(left) == Err(std::sync::mpsc::RecvTimeoutError::Disconnected) {
                    return;
                }
            }
            late_too.store(true, Ordering::SeqCst);
            let _ = kill_process_group(group, Signal::KILL);
        });
        let id = RunId(NEXT.fetch_add(1, Ordering::SeqCst));
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).insert(id, run.clone());
        Ok(Running { id, run, runs: self.runs.clone(), child, began, stdout, stderr, over, late })
    }
}

impl Running {
    /// Which run this is.
    pub fn id(&self) -> RunId {
        self.id
    }

    /// Whether it is frozen by [`Sandbox::pause_others`].
    pub fn is_paused(&self) -> bool {
        self.run.is_paused()
    }

    /// The listener of [`Network::Served`].
    ///
    /// # Errors
    /// If there is none.
    pub fn listener(&mut self) -> Result<TcpListener, SandboxError> {
        TcpListener::bind("127.0.0.1:0").map_err(SandboxError::Wait)
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
        activity::of(self.child.id(), activity::Root::Program).map_err(SandboxError::Wait)
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// [`SandboxError::Wait`].
    #[allow(clippy::disallowed_methods)]
    pub fn wait(mut self) -> Result<Finished, SandboxError> {
        let group = Pid::from_child(&self.child);
        let status = loop {
            if let Some(status) = self.child.try_wait().map_err(SandboxError::Wait)? {
                break status;
            }
            if crate::interrupt::requested() {
                self.killer().kill();
            }
            thread::sleep(Duration::from_millis(1));
        };
        let _ = kill_process_group(group, Signal::KILL);
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
        let (stdout, flood) = self.stdout.join().unwrap_or_default();
        let (stderr, flood_of_errors) = self.stderr.join().unwrap_or_default();
        drop(self.over);
        let ending = if self.late.load(Ordering::SeqCst) {
            Ending::Stopped(Limit::Wall)
        } else if self.run.killed.load(Ordering::SeqCst) {
            Ending::Stopped(Limit::Killed)
        } else if flood || flood_of_errors {
            Ending::Stopped(Limit::Output)
        } else {
            status.code().map_or_else(|| Ending::Signaled(status.signal().unwrap_or(0)), Ending::Exited)
        };
        Ok(Finished {
            ending,
            usage: Usage {
                wall: self.began.elapsed(),
                cpu: Figure::unavailable(Duration::ZERO),
                memory: Figure::unavailable(0),
                processes: Figure::unavailable(0),
                threads: Figure::unavailable(0),
                alive: Figure::unavailable(0),
                left_behind: Figure::unavailable(0),
            },
            stdout,
            stderr,
        })
    }
}
