//! Starting worker processes.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The variable that tells a program that it is a worker, and which.
pub(crate) const VARIABLE: &str = "COURSE_WORKER";

/// Starts this same program as a worker process.
///
/// [`command`](Self::command) is an ordinary [`Command`]: say where its input comes from and where its output goes, and
/// spawn it. The process then runs the worker function of the program with its standard input and output.
///
/// A clone is the same launcher once more: both count the workers that either has started.
#[derive(Clone, Debug)]
pub struct Launcher {
    program: PathBuf,
    role: String,
    started: Arc<AtomicUsize>,
    faults: Vec<(usize, Fault)>,
    variables: Vec<(OsString, OsString)>,
    patience: Duration,
}

/// The patience of a launcher that was not given another.
const PATIENCE: Duration = Duration::from_secs(30);

/// Something that goes wrong in a worker on purpose.
///
/// A worker can die, hang, lie or dawdle, and the function that started it has to cope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Cannot be started: there is never a process.
    NeverStarts,
    /// Ends with status 1 before it reads anything.
    FailsAtStart,
    /// Is killed before it reads anything.
    DiesAtStart,
    /// Is killed after it has read this many bytes.
    DiesAfterReading(u64),
    /// Is killed after it has written this many bytes.
    DiesAfterWriting(u64),
    /// Does all its work, then ends with status 1.
    FailsAtEnd,
    /// Does all its work, then is killed.
    DiesAtEnd,
    /// Reads nothing, writes nothing, and never ends.
    Hangs,
    /// Stops after it has written this many bytes, and never ends.
    HangsAfterWriting(u64),
    /// Writes bytes that mean nothing instead of its answer.
    Garbage,
    /// Answers the first that it reads with a line of words that mean nothing.
    Nonsense,
    /// Ends well, without a word.
    Silence,
    /// Closes its output after this many bytes, and ends well.
    ClosesAfterWriting(u64),
    /// Waits this many milliseconds before it begins.
    BeginsLate(u64),
    /// Does this many rounds of arithmetic of its own before it begins, about 1.5 ns each.
    BeginsBusy(u64),
    /// Waits this many milliseconds before each read.
    Slow(u64),
    /// Writes without end.
    Floods,
    /// Finds the disk full when a file of its own has this many bytes: writing fails.
    FindsDiskFull(u64),
    /// Is killed when a file of its own has this many bytes.
    DiesSaving(u64),
}

/// What a worker is told about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Assignment {
    /// Which worker function to run, in a program that has several.
    pub(crate) role: String,
    /// How many workers its launcher had started before.
    pub(crate) index: usize,
    /// What goes wrong in it.
    pub(crate) fault: Option<Fault>,
}

impl Launcher {
    /// A launcher of workers that run the program's worker function `role`.
    ///
    /// # Errors
    /// If the program cannot tell where it is.
    pub fn new(role: &str) -> io::Result<Self> {
        Ok(Self {
            program: env::current_exe()?,
            role: role.to_owned(),
            started: Arc::default(),
            faults: Vec::new(),
            variables: Vec::new(),
            patience: PATIENCE,
        })
    }

    /// The same launcher, but its `index`-th worker, counted from 0, has a `fault`.
    #[must_use]
    pub fn with_fault(mut self, index: usize, fault: Fault) -> Self {
        self.faults.push((index, fault));
        self
    }

    /// The same launcher, whose workers have the variable `name` in their environment.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// The same launcher with another [`patience`](Self::patience).
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How long a worker may take over what it was given before it counts as hung.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// The command that starts the next worker.
    ///
    /// # Panics
    /// Never: an assignment has a JSON form.
    #[expect(clippy::disallowed_methods, reason = "starting workers is what a launcher is for")]
    pub fn command(&self) -> Command {
        let index = self.started.fetch_add(1, Ordering::Relaxed);
        let fault = self.faults.iter().find(|(at, _)| *at == index).map(|(_, fault)| *fault);
        let assignment = Assignment { role: self.role.clone(), index, fault };
        let mut command = Command::new(&self.program);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.env(VARIABLE, serde_json::to_string(&assignment).expect("an assignment has a JSON form"));
        if fault == Some(Fault::NeverStarts) {
            // No process can have such a variable.
            command.env(VARIABLE, "\0");
        }
        command
    }

    /// How many workers have been started so far.
    pub fn started(&self) -> usize {
        self.started.load(Ordering::Relaxed)
    }
}
