//! The lenses: each runs the rounds of a check in its own way and says what it saw.
//!
//! A lens turns what a process did into a [`Failure`], or finds none. What an observation means is the judge's business.

pub mod explore;
pub mod rounds;
pub mod timing;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::catalog::{self, Exercise};
use crate::course::Course;
use crate::judge::{Effort, Fault, Judge};
use crate::lane::LaneError;
use crate::sandbox::{Access, Ending, Finished, Job, Limit, Limits, Mount, Network, Sandbox};
use crate::session::{Forgery, Over, SessionError};
use crate::verdict::{Failure, Lens, Reason, Repeats};

/// What a lens looks at, and with what.
#[derive(Clone, Copy)]
pub struct Subject<'grader> {
    /// The course.
    pub course: &'grader Course,
    /// The exercise.
    pub exercise: &'grader Exercise,
    /// Its oracle.
    pub judge: &'grader dyn Judge,
    /// Where the driver runs.
    pub sandbox: &'grader Sandbox,
    /// Where everything random comes from.
    pub seed: u64,
    /// How much is tried.
    pub effort: Effort,
}

/// The grader's own failure to look.
#[derive(Debug, thiserror::Error)]
pub enum LensError {
    /// The conversation with a driver failed.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// An authentic observation is not in the words of its exercise.
    #[error("the driver of the exercise does not speak its language")]
    Observation(#[source] serde_json::Error),
    /// The timing lane cannot be had.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// A timing check without thresholds or work.
    #[error("the check `{check}` has nothing to time")]
    NoTiming {
        /// The check.
        check: String,
    },
    /// The reference solution does something wrong.
    #[error("the reference solution is wrong: {observed}, where {required}")]
    Reference {
        /// What was observed.
        observed: String,
        /// What is required.
        required: String,
    },
}

/// The job that runs a driver.
fn driver_job(subject: &Subject<'_>, driver: &Path) -> Job {
    let limits = &subject.exercise.limits;
    let visible = |path: &Path| Mount { source: path.to_owned(), target: path.to_owned(), access: Access::ReadOnly };
    let mut mounts = vec![visible(driver.parent().unwrap_or(Path::new("/")))];
    let mut environment = vec![("LANG".into(), "C.UTF-8".into())];
    if subject.exercise.assets {
        let assets = subject.course.root().join("fixtures").join(subject.exercise.folder()).join("assets");
        mounts.push(visible(&assets));
        environment.push(("COURSE_ASSETS".into(), assets.into()));
    }
    Job {
        program: driver.to_owned(),
        arguments: Vec::new(),
        environment,
        folder: PathBuf::from("/"),
        mounts,
        network: Network::None,
        limits: Limits {
            wall: limits.wall(),
            cpu: Duration::from_millis(limits.cpu_ms),
            memory: limits.memory_mib << 20,
            output: limits.output_kib << 10,
            file_size: limits.scratch_mib << 20,
            scratch: limits.scratch_mib << 20,
            processes: limits.processes,
            open_files: 256,
            scratch_files: 1_000,
        },
        control: None,
    }
}

fn failure(lens: Lens, repeats: Repeats, fault: Fault) -> Failure {
    let Fault { reason, observed, required, witness, location } = fault;
    Failure { reason, lens, observed, required, witness, location, repeats }
}

/// What it means that a process gave no answer.
fn early_end(over: &Over, limits: &catalog::Limits) -> Fault {
    match over {
        Over::Asleep { threads: 1, .. } => {
            fault(Reason::Deadlock, "the only thread went to sleep and was never woken", "every call returns")
        }
        Over::Asleep { threads: 2, .. } => fault(
            Reason::Deadlock,
            "both threads went to sleep, and nobody was left to wake them",
            "every call returns",
        ),
        Over::Asleep { threads, .. } => fault(
            Reason::Deadlock,
            &format!("all {threads} threads went to sleep, and nobody was left to wake them"),
            "every call returns",
        ),
        Over::Busy { cpu } => fault(
            Reason::TimeLimit,
            &format!("a call computed for {} seconds of CPU time and did not return", cpu.as_secs()),
            "every call returns",
        ),
        Over::Forged(forgery) => {
            fault(Reason::Tampered, forgery_words(*forgery), "only the driver speaks to the grader")
        }
        Over::Ended(finished) => ended(finished, limits),
    }
}

fn ended(finished: &Finished, limits: &catalog::Limits) -> Fault {
    match finished.ending {
        Ending::Exited(status) => fault(
            Reason::Tampered,
            &format!("the process ended itself with status {status} before the check was over"),
            "the check runs to its end",
        ),
        // The standard library notices an overflow itself, says so, and aborts.
        Ending::Signaled(6) if said(finished, "has overflowed its stack") => fault(
            Reason::Crashed,
            "a thread overflowed its stack: something calls itself without end",
            "every call returns",
        ),
        Ending::Signaled(6) => fault(Reason::Crashed, "the process aborted", "the process lives"),
        Ending::Signaled(11 | 7) => fault(
            Reason::Crashed,
            "the process overflowed its stack, or touched memory that is not its own",
            "the process lives",
        ),
        Ending::Signaled(signal) => {
            fault(Reason::Crashed, &format!("the process was ended by signal {signal}"), "the process lives")
        }
        Ending::Stopped(limit) => stopped(limit, limits),
    }
}

/// Whether a process has written this to its standard error.
fn said(finished: &Finished, words: &str) -> bool {
    finished.stderr.bytes.windows(words.len()).any(|bytes| bytes == words.as_bytes())
}

fn stopped(limit: Limit, limits: &catalog::Limits) -> Fault {
    let catalog::Limits { wall_ms, cpu_ms, memory_mib, processes, output_kib, .. } = limits;
    match limit {
        Limit::Wall => fault(
            Reason::TimeLimit,
            &format!("the check was not over after {} seconds", wall_ms / 1000),
            "the check ends in time",
        ),
        Limit::Cpu => fault(
            Reason::TimeLimit,
            &format!("the check was still computing after {} seconds of CPU time", cpu_ms / 1000),
            "the check ends in time",
        ),
        Limit::Memory => fault(
            Reason::MemoryLimit,
            "the memory limit was reached",
            &format!("all processes together need less than {memory_mib} MiB"),
        ),
        Limit::Output => fault(
            Reason::OutputLimit,
            "the output limit was reached",
            &format!("less than {output_kib} KiB is written to standard output, and to standard error"),
        ),
        Limit::Processes => fault(
            Reason::ProcessLimit,
            "the limit of processes and threads was reached",
            &format!("at most {processes} are alive at once"),
        ),
        Limit::Killed => fault(Reason::TimeLimit, "the grader ended the process", "the check ends by itself"),
    }
}

fn forgery_words(forgery: Forgery) -> &'static str {
    match forgery {
        Forgery::Nonce | Forgery::Garbage => "something else than the driver wrote to the grader",
        Forgery::Number => "a record is missing, or stands twice",
        Forgery::Turn => "the driver was made to speak out of turn",
    }
}

fn fault(reason: Reason, observed: &str, required: &str) -> Fault {
    Fault { reason, ..Fault::wrong(observed, required) }
}
