//! Runs one program under limits, and says how it ended and what it used. Knows nothing of grades.
//!
//! # How it works
//!
//! The grader has threads, memory and secrets; none of them is to come near a stranger's program. So three processes stand
//! in a row:
//!
//! ```text
//! grader ── socket ── helper ── socket ── supervisor ── the program and what it starts
//! ```
//!
//! The *helper* is this program once more, small and with one thread. It takes a job at a time, makes a *supervisor* for
//! each in namespaces of its own (users, processes, mounts, network, messages, names), keeps the clock and looks at what
//! is used. The supervisor puts a root together that shows the system's libraries and the job's mounts read-only, with
//! scratch space of limited size; brings a loopback up, listens on it if the grader serves the program, and passes the
//! listener out; then forks. The new process gives up what it may, locks itself in with Landlock and seccomp, and becomes
//! the program. The supervisor is asked about each fork, reaps everybody, and when the first process of the program has
//! ended it ends the rest. Whoever of the row ends takes the row below along: the kernel sees to it, not we.
//!
//! # Levels
//!
//! *full* is all of this. *reduced* is for systems where an ordinary user may not make namespaces: Landlock, seccomp and
//! limits alone. *none* is limits and a certain end. Which one a machine gives is found out by running a job at each, and
//! stands in every report. Control groups are used at the first two wherever they can be made; without them memory and CPU
//! time of the tree are sampled every 20 ms, and each figure says so.
//!
//! Landlock is a second wall at *full*, and the only one around files at *reduced*: a kernel without it still gives
//! *full*, and the report says what is missing.
//!
//! # What happens at a limit
//!
//! The verdict is the one of a check whose process came to this end. A compilation that does is told as one that did not
//! succeed, with the limit in words, and is no fault of the grader.
//!
//! | limit | what the submission sees | how it ends | the verdict |
//! |---|---|---|---|
//! | wall time, CPU time of the tree | nothing; the whole tree is killed | `Stopped(Wall)`, `Stopped(Cpu)` | failed: time limit |
//! | memory of the tree | nothing; killed by the kernel, or at the next sample | `Stopped(Memory)` | failed: memory limit; the first process ends by itself if it can bear the loss of another, and is judged by its answer |
//! | processes alive | a fork fails with `EAGAIN` | by itself; `Stopped(Processes)` if badly | by its answer; failed: process limit if it ends badly |
//! | threads alive | a new thread fails with `EAGAIN`; at *reduced* without control groups nothing, then killed | by itself; `Stopped(Processes)` | by its answer, mostly failed: crashed, since `thread::spawn` panics; failed: process limit |
//! | output | nothing up to 64 MiB on a stream, then killed | `Stopped(Output)` | failed: output limit |
//! | length of a file | `SIGXFSZ`, or `EFBIG` | by itself | by its answer; failed: crashed |
//! | scratch space, files in it (*full*) | `ENOSPC` | by itself | by its answer |
//! | open files | `EMFILE` | by itself | by its answer |
//! | files that it may not see | they are not there (*full*), `EACCES` (*reduced*) | by itself | by its answer; while compiling, an error of the compiler that quotes nothing |
//! | network | nobody answers (*full*), `EACCES` or `EPERM` (*reduced*) | by itself | by its answer |
//! | system calls for nobody's exercise | `EPERM`; `ENOSYS` for `clone3`, which the C library makes up for | by itself | by its answer |
//! | an end before its time, with whatever status | — | `Exited`, `Signaled` | failed: tampered, or crashed by a signal |
//! | what is left behind by the first process | killed, and waited for | — | none, but where a check asks who is left |
//! | the grader's decision | nothing; killed | `Stopped(Killed)` | as the grader had decided: failed: deadlock, time limit, tampered |
//!
//! # What is not contained
//!
//! At *full*: faults of the kernel itself; time spent in its shared caches, which neighbours can feel; the names and sizes
//! of what lies below `/usr`, the names of the machine's users.
//!
//! At *reduced*, besides: scratch space has no limit but the length of one file, nor have the files in it; names, sizes and
//! owners of all files can be asked for, and their contents not; the processes of the machine can be listed, with their
//! command lines, on which the grader puts nothing that is secret, and the number of their descriptors; an ordinary user's
//! own limit of processes is not used, so many threads are noticed at the next sample only; on a kernel before 6.12 a
//! program may signal whatever runs as the same user, the grader too, which voids a grade and earns none.
//!
//! At *none*: everything that the user may do, the program may do. Hostile submissions are not run there.
//!
//! Each line is tried by a fixture below `fixtures/hostile`, or by the payload of the suite where safe Rust has no words
//! for it; `grader self-test` tries the fixtures on anybody's machine.

pub mod activity;
mod filters;
mod groups;
pub mod job;
mod landlock;
mod levels;
mod payload;
mod root;
mod running;
mod serve;
mod supervise;
mod system;
pub mod usage;
mod wire;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub use activity::Activity;
pub use job::{Access, Job, Limits, Mount, Network};
pub use running::{Killer, Running};
pub use usage::{Captured, Ending, Figure, Finished, Limit, Source, Usage};

use running::{Helper, Keeper, Run, Start};
use wire::Containment;

/// Where programs run.
pub struct Sandbox {
    level: Level,
    containment: Containment,
    grouped: bool,
    program: PathBuf,
    books: Arc<Books>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// The best that this machine gives.
    Auto,
    /// Namespaces, or refuse.
    Full,
    /// Landlock and seccomp without namespaces, or refuse.
    Reduced,
    /// None.
    None,
}

/// What is in force.
#[derive(Clone, Debug)]
pub struct Level {
    /// Its name in reports.
    pub name: &'static str,
    /// What is missing, and why.
    pub missing: Vec<String>,
}

/// One run of a job, told apart from every other of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(u64);

static NEXT: AtomicU64 = AtomicU64::new(1);

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
    /// The containment could not be set up.
    #[error("the sandbox failed: {why}")]
    Broken {
        /// The step, and why it failed.
        why: String,
    },
    /// Its end could not be awaited.
    #[error("cannot wait for a program")]
    Wait(#[source] io::Error),
    /// This machine does not give what was asked for.
    #[error("this machine does not give the sandbox that was asked for: {}", missing.join("; "))]
    Refused {
        /// What is missing, and why.
        missing: Vec<String>,
    },
}

/// The runs under way, and the helpers that have nothing to do.
#[derive(Default)]
struct Books {
    runs: Mutex<HashMap<RunId, Arc<Run>>>,
    idle: Mutex<Vec<Helper>>,
}

impl Keeper for Books {
    fn over(&self, id: RunId, helper: Option<Helper>) {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        if id != RunId(0) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).extend(helper);
        }
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

/// What this process does instead of its usual work, if it was started as a part of the sandbox: its exit status. To be
/// asked before anything else is done.
pub fn part() -> Option<u8> {
    let part = std::env::args_os().nth(1)?;
    if part == serve::HELPER {
        return Some(u8::from(serve::serve().is_err()));
    }
    (part == serve::PROBE).then_some(serve::PROBED)
}

/// The version of Landlock that this kernel has.
///
/// # Errors
/// If it has none.
pub fn landlock_version() -> io::Result<u32> {
    system::landlock_version()
}

impl Sandbox {
    /// Opens the sandbox at the best level that `request` allows.
    ///
    /// This very program is started again as its helper, so `main` has to ask for its [`part`] first.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] if what was asked for cannot be had.
    pub fn open(request: Request) -> Result<Self, SandboxError> {
        let broken = |source| SandboxError::Start { program: PathBuf::from("/proc/self/exe"), source };
        Self::open_with(&std::env::current_exe().map_err(broken)?, request)
    }

    /// The same with another program as the helper: one that asks for its [`part`].
    ///
    /// # Errors
    /// [`SandboxError::Refused`].
    pub fn open_with(program: &Path, request: Request) -> Result<Self, SandboxError> {
        let books = Arc::new(Books::default());
        let keeper: Arc<dyn Keeper> = books.clone();
        let levels::Found { level, containment, grouped } = levels::find(program, request, &keeper)?;
        Ok(Self { level, containment, grouped, program: program.to_owned(), books })
    }

    /// What is in force.
    pub fn level(&self) -> &Level {
        &self.level
    }

    /// Whether control groups keep the books.
    pub fn is_grouped(&self) -> bool {
        self.grouped
    }

    /// Freezes every job that runs now, other than `except`, and suspends its deadlines, until the guard is dropped.
    /// What is started later runs.
    pub fn pause_others(&self, except: &[RunId]) -> Paused {
        let runs: Vec<_> = {
            let runs = self.books.runs.lock().unwrap_or_else(PoisonError::into_inner);
            runs.iter().filter(|(id, _)| !except.contains(id)).map(|(_, run)| run.clone()).collect()
        };
        Paused { runs: runs.into_iter().filter(|run| run.suspend()).collect() }
    }

    /// What ends every job that runs when it is called, from wherever that is.
    pub fn ender(&self) -> impl FnOnce() + Send + 'static {
        let books = self.books.clone();
        move || {
            for run in books.runs.lock().unwrap_or_else(PoisonError::into_inner).values() {
                run.kill();
            }
        }
    }

    /// Starts a job. Returns when its program has begun.
    ///
    /// # Errors
    /// [`SandboxError`]: never the program's fault.
    pub fn start(&self, job: Job) -> Result<Running, SandboxError> {
        let idle = self.books.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let helper = idle.map_or_else(|| Helper::start(&self.program), Ok)?;
        let id = RunId(NEXT.fetch_add(1, Ordering::SeqCst));
        let (containment, grouped, keeper) = (self.containment, self.grouped, self.books.clone());
        let (running, run) = running::start(Start { id, helper, containment, grouped, keeper }, job)?;
        self.books.runs.lock().unwrap_or_else(PoisonError::into_inner).insert(id, run);
        Ok(running)
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("level", &self.level).finish_non_exhaustive()
    }
}
