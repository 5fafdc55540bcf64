//! From sources to programs: the submission as a library, linked with the driver of its exercise.
//!
//! The compiler is called directly, inside the sandbox, against what [`Prebuilt`] holds. A submission is compiled once
//! against the standard library and, where its exercise is explored, once more against the model of it; the two go side
//! by side.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde::Deserialize;

use crate::catalog::Exercise;
use crate::course::Course;
use crate::judge::Effort;
use crate::prebuilt::Prebuilt;
use crate::sandbox::{Access, Ending, Finished, Job, Limit, Limits, Mount, Network, Sandbox, SandboxError};
use crate::toolchain::Toolchain;
use crate::verdict::Lens;
use crate::workspace::Scratch;

/// How much CPU time one call of the compiler may take: what a student is told about.
const CPU: Duration = Duration::from_secs(30);
/// How long one call of the compiler may take, for one that waits for what never comes. A machine that is busy with other
/// things makes an honest call many times longer than it should be, and nobody's code is to blame for that.
const WALL: Duration = Duration::from_mins(2);
/// The memory that one call of the compiler may take, in bytes.
const MEMORY: u64 = 2 << 30;
/// The most that is kept of what the compiler says, in bytes.
const DIAGNOSTICS: u64 = 256 << 10;

/// Where the compiler looks for the linker.
pub const PROGRAMS: &str = "/usr/local/bin:/usr/bin:/bin";

/// What came of a submission.
#[derive(Debug)]
pub enum Compilation {
    /// Programs to run.
    Built(Built),
    /// It does not compile.
    Refused(Refusal),
}

/// The programs of one submission.
#[derive(Clone, Debug)]
pub struct Built {
    /// The driver, linked with the submission and the standard library.
    pub driver: PathBuf,
    /// The driver, linked with the submission and the model of the standard library.
    pub modelled: Modelled,
}

/// Whether a submission can be explored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Modelled {
    /// With this program.
    Driver(PathBuf),
    /// Its exercise is not explored.
    NotAsked,
    /// It is not built against the model of the standard library.
    Unexplored(Unexplored),
}

/// Why a submission that compiles is not built against the model of the standard library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unexplored {
    /// It uses something that the model lacks.
    Lacking {
        /// What the submission says there, such as `std::net`.
        item: String,
        /// The file, relative to the submission.
        file: String,
        /// The line, from 1.
        line: u32,
    },
    /// The compiler ended in another way than with errors at a place, this one.
    Unfinished(CompilerEnd),
}

/// Why a submission does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which part.
    pub part: Part,
    /// What happened to the compiler.
    pub end: CompilerEnd,
    /// What the compiler said, word for word.
    pub diagnostics: String,
}

/// A part of the compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The student's library.
    Library,
    /// The driver that calls it: the library's public items are not those of the exercise.
    Driver,
}

/// How the compiler ended without a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompilerEnd {
    /// It found errors.
    Errors,
    /// It crashed.
    Crashed,
    /// It did not end in time.
    TimeLimit,
    /// It took too much memory.
    MemoryLimit,
}

/// The grader's own failure to compile.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The sandbox failed.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A folder cannot be made.
    #[error("cannot make `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There was no room for what the compiler writes.
    #[error("the disk of `{}` is full", path.display())]
    DiskFull {
        /// The folder.
        path: PathBuf,
    },
    /// The harness lacks a crate that every submission to the exercise needs.
    #[error("the harness has no crate `{name}`")]
    Harness {
        /// The crate.
        name: String,
    },
    /// The grader is being ended.
    #[error("interrupted")]
    Interrupted,
}

/// The standard library that a submission is linked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standard {
    Real,
    Model,
}

/// Compiles submissions to one exercise.
#[derive(Clone, Copy, Debug)]
pub struct Compiler<'grader> {
    /// The course.
    pub course: &'grader Course,
    /// The toolchain.
    pub toolchain: &'grader Toolchain,
    /// The exercise.
    pub exercise: &'grader Exercise,
    /// Its compiled harness.
    pub prebuilt: &'grader Prebuilt,
    /// Where the compiler runs.
    pub sandbox: &'grader Sandbox,
    /// How much is tried with the result.
    pub effort: Effort,
    /// Whether the compiler may colour what it says.
    pub colour: bool,
}

impl Compiler<'_> {
    /// Compiles one submission.
    ///
    /// # Errors
    /// [`CompileError`]: the grader's fault. What is wrong with the submission is a [`Refusal`].
    pub fn compile(&self, scratch: &Scratch) -> Result<Compilation, CompileError> {
        let explored = self.exercise.checks.iter().any(|check| check.lenses.contains(&Lens::Explore));
        let (real, model) = thread::scope(|scope| {
            let model = explored.then(|| scope.spawn(|| self.link(scratch, Standard::Model)));
            let real = self.link(scratch, Standard::Real);
            (real, model.map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))))
        });
        let driver = match real? {
            Ok(driver) => driver,
            Err(refusal) => return Ok(Compilation::Refused(refusal)),
        };
        let modelled = match model.transpose()? {
            None => Modelled::NotAsked,
            Some(Ok(driver)) => Modelled::Driver(driver),
            Some(Err(refusal)) => Modelled::Unexplored(unexplored(&refusal)),
        };
        Ok(Compilation::Built(Built { driver, modelled }))
    }

    /// Compiles one submission against the standard library alone.
    ///
    /// # Errors
    /// [`CompileError`]: the grader's fault.
    pub fn compile_real(&self, scratch: &Scratch) -> Result<Result<PathBuf, Refusal>, CompileError> {
        self.link(scratch, Standard::Real)
    }

    /// Compiles the library, then the driver.
    fn link(&self, scratch: &Scratch, standard: Standard) -> Result<Result<PathBuf, Refusal>, CompileError> {
        let output = scratch.output().join(match standard {
            Standard::Real => "real",
            Standard::Model => "model",
        });
        fs::create_dir_all(&output).map_err(|source| CompileError::Folder { path: output.clone(), source })?;
        let library = output.join(format!("lib{}.rlib", self.exercise.package));
        let driver = output.join("driver");
        let parts = [
            (Part::Library, self.library_arguments(standard, &library)?),
            (Part::Driver, self.driver_arguments(standard, &library, &driver)?),
        ];
        for (part, arguments) in parts {
            if let Err(refusal) = self.call_again(scratch, &output, part, arguments)? {
                return Ok(Err(refusal));
            }
        }
        Ok(Ok(driver))
    }

    /// Calls the compiler with what it kept of earlier calls, if it did. Errors that come of that are asked for once more
    /// without, so that nothing that was kept is ever a submission's fault.
    fn call_again(
        &self,
        scratch: &Scratch,
        output: &Path,
        part: Part,
        arguments: Vec<OsString>,
    ) -> Result<Result<(), Refusal>, CompileError> {
        if let Some(kept) = scratch.incremental() {
            // The two standard libraries make two crates of the same name.
            let kept = kept.join(output.file_name().unwrap_or_default());
            fs::create_dir_all(&kept).map_err(|source| CompileError::Folder { path: kept.clone(), source })?;
            let more = [equals("-Cincremental", &kept), "-Ccodegen-units=256".into()];
            let arguments = arguments.iter().cloned().chain(more).collect();
            match self.call(scratch, (output, Some(&kept)), part, arguments)? {
                Err(Refusal { end: CompilerEnd::Errors | CompilerEnd::Crashed, .. }) => {}
                settled => return Ok(settled),
            }
        }
        self.call(scratch, (output, None), part, arguments)
    }

    fn library_arguments(&self, standard: Standard, library: &Path) -> Result<Vec<OsString>, CompileError> {
        let mut arguments = self.common_arguments(standard);
        // From the command line, where a submission cannot take it back.
        arguments.extend(["-F", "unsafe_code", "-A", "warnings", "--crate-type", "rlib"].map(OsString::from));
        arguments.extend(["--crate-name".into(), self.exercise.package.clone().into()]);
        for name in &self.exercise.crates {
            arguments.extend(self.external(name, name)?);
        }
        if standard == Standard::Model {
            // By either name it could get at what blocks, shares or schedules.
            for name in ["std", "core"] {
                arguments.extend(self.external(name, "model_std")?);
            }
        }
        arguments.extend(["-o".into(), library.into(), "src/lib.rs".into()]);
        Ok(arguments)
    }

    fn driver_arguments(
        &self,
        standard: Standard,
        library: &Path,
        driver: &Path,
    ) -> Result<Vec<OsString>, CompileError> {
        let mut arguments = self.common_arguments(standard);
        arguments.extend(["-A", "warnings", "--crate-type", "bin", "--crate-name", "driver_main"].map(OsString::from));
        for name in self.prebuilt.crates.keys().filter(|name| **name != self.exercise.package) {
            arguments.extend(self.external(name, name)?);
        }
        arguments.extend(["--extern".into(), equals(&self.exercise.package, library)]);
        let harness = self.course.root().join("grader/harness").join(self.exercise.folder());
        arguments.extend(["--remap-path-prefix".into(), prefix(&harness, "driver")]);
        arguments.extend(["-o".into(), driver.into(), harness.join("src/main.rs").into()]);
        Ok(arguments)
    }

    /// The same for library and driver.
    fn common_arguments(&self, standard: Standard) -> Vec<OsString> {
        let mut arguments = vec!["--edition=2024".into()];
        arguments.push(match (standard, self.effort) {
            // What is checked is what is timed.
            (Standard::Real, Effort::Full) => "-Copt-level=2".into(),
            // Nothing is timed: to optimise takes longer than most of what there is to run.
            (_, Effort::Quick) => "-Copt-level=0".into(),
            // The scheduler is compiled already, and a submission's own steps are few.
            (Standard::Model, Effort::Full) => "-Copt-level=1".into(),
        });
        // Arithmetic is that of a release build at every level, so that both efforts mean the same.
        arguments.extend(["-Cdebug-assertions=off", "-Coverflow-checks=off"].map(OsString::from));
        if standard == Standard::Model {
            // A failing schedule is told with the lines that called a helper.
            arguments.push("-Cdebuginfo=line-tables-only".into());
        }
        // These crates are small: to divide them costs more than it gains, unless nothing is optimised.
        arguments.push(match self.effort {
            Effort::Full => "-Ccodegen-units=1".into(),
            Effort::Quick => "-Ccodegen-units=2".into(),
        });
        arguments.extend(["-L".into(), equals("dependency", &self.prebuilt.dependencies)]);
        arguments.push(match (standard, self.colour) {
            (Standard::Model, _) => "--error-format=json".into(),
            (Standard::Real, true) => "--color=always".into(),
            (Standard::Real, false) => "--color=never".into(),
        });
        arguments
    }

    fn external(&self, name: &str, library: &str) -> Result<[OsString; 2], CompileError> {
        let path = self.prebuilt.library(library).ok_or_else(|| CompileError::Harness { name: library.to_owned() })?;
        Ok(["--extern".into(), equals(name, path)])
    }

    fn call(
        &self,
        scratch: &Scratch,
        (output, kept): (&Path, Option<&Path>),
        part: Part,
        arguments: Vec<OsString>,
    ) -> Result<Result<(), Refusal>, CompileError> {
        let visible = |path: &Path, access| Mount { source: path.to_owned(), target: path.to_owned(), access };
        let mut mounts = vec![
            visible(self.toolchain.root(), Access::ReadOnly),
            visible(&self.prebuilt.dependencies, Access::ReadOnly),
            visible(&self.course.root().join("grader/harness"), Access::ReadOnly),
            visible(&scratch.sources(), Access::ReadOnly),
            visible(output, Access::ReadWrite),
        ];
        mounts.extend(kept.map(|kept| visible(kept, Access::ReadWrite)));
        let job = Job {
            program: self.toolchain.rustc(),
            arguments,
            environment: vec![
                ("PATH".into(), PROGRAMS.into()),
                ("TMPDIR".into(), output.into()),
                ("LANG".into(), "C.UTF-8".into()),
            ],
            folder: scratch.sources(),
            mounts,
            network: Network::None,
            limits: Limits {
                wall: WALL,
                cpu: CPU,
                memory: MEMORY,
                output: DIAGNOSTICS,
                file_size: 256 << 20,
                scratch: 512 << 20,
                processes: 64,
                open_files: 512,
                scratch_files: 10_000,
            },
            control: None,
        };
        has_room(output)?;
        let Finished { ending, stderr, .. } = self.sandbox.start(job)?.wait()?;
        let end = match ending {
            Ending::Exited(0) => return Ok(Ok(())),
            Ending::Exited(1) | Ending::Stopped(Limit::Output) => CompilerEnd::Errors,
            Ending::Exited(_) | Ending::Signaled(_) | Ending::Stopped(Limit::Processes) => CompilerEnd::Crashed,
            Ending::Stopped(Limit::Wall | Limit::Cpu) => CompilerEnd::TimeLimit,
            Ending::Stopped(Limit::Memory) => CompilerEnd::MemoryLimit,
            Ending::Stopped(Limit::Killed) => return Err(CompileError::Interrupted),
        };
        has_room(output)?;
        Ok(Err(Refusal { part, end, diagnostics: without_lost_files(&String::from_utf8_lossy(&stderr.bytes)) }))
    }
}

/// What a compilation writes takes a part of this, in bytes.
const ROOM: u64 = 64 << 20;

/// Makes sure of room for what a compilation writes, before and after it: a compiler or a linker without any fails in
/// words like those for any other error, which would be taken for the student's.
fn has_room(folder: &Path) -> Result<(), CompileError> {
    let full = rustix::fs::statvfs(folder).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM);
    if full { Err(CompileError::DiskFull { path: folder.to_owned() }) } else { Ok(()) }
}

/// What the compiler said, without its two notes about a long type that it wrote to a file: the scratch folder is gone
/// when they are read, and the file's name differs from run to run.
fn without_lost_files(diagnostics: &str) -> String {
    let mut kept = String::with_capacity(diagnostics.len());
    let mut lost = false;
    for line in diagnostics.split_inclusive('\n') {
        let follows = lost && line.contains("consider using `--verbose`");
        lost = line.contains("the full name for the type has been written to");
        if !lost && !follows {
            kept.push_str(line);
        }
    }
    kept
}

/// `name=path`, whatever bytes the path has.
fn equals(name: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(name);
    argument.push("=");
    argument.push(path);
    argument
}

fn prefix(from: &Path, to: &str) -> OsString {
    let mut argument = from.as_os_str().to_owned();
    argument.push("=");
    argument.push(to);
    argument
}

/// One line of the compiler's `--error-format=json`, as far as it matters.
#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: u32,
    is_primary: bool,
    text: Vec<SpanText>,
}

#[derive(Deserialize)]
struct SpanText {
    text: String,
    highlight_start: usize,
    highlight_end: usize,
}

/// The first place that only the model objects to.
fn unexplored(refusal: &Refusal) -> Unexplored {
    let errors = refusal.diagnostics.lines().filter_map(|line| serde_json::from_str::<Diagnostic>(line).ok());
    let mut spans = errors.filter(|diagnostic| diagnostic.level == "error").flat_map(|diagnostic| diagnostic.spans);
    let Some(span) = spans.find(|span| span.is_primary) else { return Unexplored::Unfinished(refusal.end) };
    let item = span.text.first().map_or_else(String::new, SpanText::path);
    Unexplored::Lacking { item, file: span.file_name, line: span.line_start }
}

impl fmt::Display for Unexplored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match self {
            Self::Lacking { item, file, line } => return write!(f, "uses `{item}` at {file}:{line}"),
            Self::Unfinished(CompilerEnd::Errors) => "refuses it",
            Self::Unfinished(CompilerEnd::Crashed) => "crashes",
            Self::Unfinished(CompilerEnd::TimeLimit) => "takes too much time",
            Self::Unfinished(CompilerEnd::MemoryLimit) => "takes too much memory",
        };
        write!(f, "the compiler {end} with the model of the standard library")
    }
}

impl SpanText {
    /// What is highlighted, with the path that leads up to it.
    fn path(&self) -> String {
        let characters: Vec<char> = self.text.chars().collect();
        let end = self.highlight_end.saturating_sub(1).min(characters.len());
        let highlighted = self.highlight_start.saturating_sub(1).min(end);
        let of_path = |character: &&char| character.is_alphanumeric() || **character == '_' || **character == ':';
        let before = characters[..highlighted].iter().rev().take_while(of_path).count();
        characters[highlighted - before..end].iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_model_lacks_is_named_with_its_path() {
        let text = "pub fn unused(_: std::net::TcpListener) {}".to_owned();
        assert_eq!(SpanText { text, highlight_start: 28, highlight_end: 39 }.path(), "std::net::TcpListener");
        let text = "use std::net;".to_owned();
        assert_eq!(SpanText { text, highlight_start: 5, highlight_end: 13 }.path(), "std::net");
    }

    #[test]
    fn notes_of_files_that_are_gone_are_left_out() {
        let said = "error[E0277]: no\n  = note: the full name for the type has been written to '/s/lib.long-type-7.txt'\n  \
                    = note: consider using `--verbose` to print the full type name to the console\n\nerror: aborting\n";
        assert_eq!(without_lost_files(said), "error[E0277]: no\n\nerror: aborting\n");
        let others = "  = note: consider using `--verbose` to see more\n";
        assert_eq!(without_lost_files(others), others);
    }

    #[test]
    fn a_highlight_that_lies_outside_its_line_is_cut() {
        assert_eq!(SpanText { text: "é".to_owned(), highlight_start: 9, highlight_end: 12 }.path(), "é");
    }
}
