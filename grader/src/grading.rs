//! The flow for one submission: workspace, compile, lenses, judge, score, report.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::value::RawValue;

use crate::assembly::Case;
use crate::calibrate::SPREAD;
use crate::catalog::{Catalog, CatalogError, Check, Exercise};
use crate::checks::{Finding, look_all};
use crate::clock;
use crate::compile::{Built, Compilation, CompileError, Compiler, CompilerEnd, Modelled, Part, Refusal};
use crate::course::{Course, CourseError};
use crate::intake::{IntakeError, Submission};
use crate::interrupt;
use crate::judge::{Effort, judge_of};
use crate::lane::machine::Fingerprint;
use crate::lenses::explore::{self, Shown};
use crate::lenses::rounds::observe;
use crate::lenses::timing::{self, Means, Reference, Timed};
use crate::lenses::{LensError, Subject};
use crate::prebuilt::{Prebuilt, PrebuiltError};
use crate::reference::{self, ReferenceError};
use crate::replay::Record;
use crate::report::{Build, Report, SandboxHead, SubmissionHead};
use crate::sandbox::{Request, Sandbox, SandboxError};
use crate::toolchain::{Toolchain, ToolchainError};
use crate::verdict::{Cause, Verdict};
use crate::workspace::{self, Scratch};

/// Everything that outlives one submission.
pub struct Grader {
    course: Course,
    catalog: Catalog,
    toolchain: Toolchain,
    sandbox: Sandbox,
}

/// How a submission is graded.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where everything random comes from.
    pub seed: u64,
    /// How much is tried. A quick run leaves out timing.
    pub effort: Effort,
    /// The names of the checks to run; `None` for all.
    pub only: Option<Vec<String>>,
    /// Whether the compiler may colour what it says.
    pub colour: bool,
    /// Whether the submission is likely to come again from the same folder, edited: what the compiler can use again is
    /// kept for a quick run.
    pub incremental: bool,
}

/// A submission, and where it came from.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What the report calls it: a folder's or a student's name.
    pub name: String,
    /// Its folder, or its archive.
    pub folder: PathBuf,
    /// How a command says where it is.
    pub origin: Origin,
    /// Its sources.
    pub submission: Submission,
}

/// How a command says where a submission is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is found from where the user is.
    Nearby,
    /// With `--path`.
    Path,
    /// With `--solution`.
    Solution,
}

impl Candidate {
    /// The sources of a submission to `exercise`, in a folder or an archive.
    ///
    /// # Errors
    /// If it is no submission.
    pub fn read(name: &str, folder: &Path, exercise: &Exercise, origin: Origin) -> Result<Self, IntakeError> {
        let submission = Submission::read(folder, &exercise.folder())?;
        Ok(Self { name: name.to_owned(), folder: folder.to_owned(), origin, submission })
    }
}

/// What was compiled of a submission. Its programs are there for as long as this is.
#[derive(Debug)]
pub struct Compiled {
    pub(crate) compilation: Compilation,
    took: Duration,
    _scratch: Scratch,
}

/// The grader's own failure. It voids a grade, and never costs a point.
#[derive(Debug, thiserror::Error)]
pub enum GradeError {
    /// The course.
    #[error(transparent)]
    Course(#[from] CourseError),
    /// The catalog.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The toolchain.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// The harness.
    #[error(transparent)]
    Prebuilt(#[from] PrebuiltError),
    /// The sandbox.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The scratch folder.
    #[error("cannot write the scratch folder")]
    Scratch(#[source] io::Error),
    /// The compilation.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The reference solution.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A lens.
    #[error(transparent)]
    Lens(#[from] LensError),
    /// An exercise without an oracle.
    #[error("exercise {number} has no checks yet")]
    NoJudge {
        /// Its number.
        number: u8,
    },
    /// The program was asked to end.
    #[error("interrupted")]
    Interrupted,
}

impl GradeError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Course(error) | Self::Prebuilt(PrebuiltError::Course(error)) => error.hint(),
            Self::Toolchain(error) => error.hint(),
            Self::Prebuilt(_) => {
                "the first check of an exercise needs the crates registry, or crates fetched before; try again"
            }
            Self::Scratch(_) | Self::Compile(CompileError::Folder { .. } | CompileError::DiskFull { .. }) => {
                "make room on the disk, or set GRADER_CACHE to a folder that can be written"
            }
            Self::NoJudge { .. } => "`grader list` shows the exercises",
            Self::Sandbox(SandboxError::Refused { .. }) => {
                "`grader doctor` says what is missing and how to get it; `--sandbox reduced` or `none` accepts less"
            }
            Self::Interrupted => "run the command again",
            Self::Reference(ReferenceError::Unfinished) => {
                "the machine is very busy, or small; run the command again when it has less to do"
            }
            Self::Reference(_) | Self::Catalog(_) | Self::Sandbox(_) | Self::Compile(_) | Self::Lens(_) => {
                "this is a fault of the grader, not of the submission; please report it with this message"
            }
        }
    }
}

/// What is told while a submission is graded.
pub trait Progress: Sync {
    /// The harness of an exercise is compiled, which takes a while, once.
    fn preparing(&self, exercise: &Exercise);

    /// Something is waited for that takes a second or more; what it is, as a sentence.
    fn waiting(&self, what: &str);
}

impl Grader {
    /// Unpacks the course, finds the toolchain, opens the sandbox.
    ///
    /// # Errors
    /// [`GradeError`], with what is missing.
    pub fn open(request: Request) -> Result<Self, GradeError> {
        Self::with(Sandbox::open(request)?)
    }

    /// The same in a sandbox that was opened before, as whoever is not the grader's program has to.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn with(sandbox: Sandbox) -> Result<Self, GradeError> {
        let course = Course::open()?;
        let catalog = Catalog::read(course.root())?;
        let toolchain = Toolchain::find(course.root())?;
        workspace::sweep(&course.store("scratch")?).map_err(GradeError::Scratch)?;
        Ok(Self { course, catalog, toolchain, sandbox })
    }

    /// The exercises.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The course.
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// The level of the sandbox.
    pub fn level(&self) -> &'static str {
        self.sandbox.level().name
    }

    /// What ends everything that runs, from another thread.
    pub fn ender(&self) -> impl FnOnce() + Send + 'static {
        self.sandbox.ender()
    }

    /// Grades one submission.
    ///
    /// # Errors
    /// [`GradeError`]: the grader's own fault, or an interruption.
    pub fn grade(
        &self,
        exercise: &Exercise,
        candidate: &Candidate,
        options: &Options,
        progress: &dyn Progress,
    ) -> Result<Report, GradeError> {
        let began = clock::now();
        let compiled = self.compile(exercise, candidate, options, progress)?;
        let report = self.look(exercise, candidate, &compiled, options, progress)?;
        // Whatever ran has ended by now.
        drop(compiled);
        Ok(Report { elapsed_ms: milliseconds(began.elapsed()), ..report })
    }

    /// Grades what was compiled of a submission, as often as one likes.
    ///
    /// # Errors
    /// [`GradeError`]: the grader's own fault, or an interruption.
    pub fn look(
        &self,
        exercise: &Exercise,
        candidate: &Candidate,
        compiled: &Compiled,
        options: &Options,
        progress: &dyn Progress,
    ) -> Result<Report, GradeError> {
        let began = clock::now();
        let wanted = |check: &&Check| options.only.as_ref().is_none_or(|only| only.contains(&check.name));
        let checks: Vec<&Check> = exercise.checks.iter().filter(wanted).collect();
        let (outcome, findings) = match &compiled.compilation {
            Compilation::Refused(refusal) => {
                let not_run = Finding::of(Verdict::NotRun { cause: Cause::NotBuilt });
                (refused(refusal), vec![not_run; checks.len()])
            }
            Compilation::Built(built) => {
                let subject = self.subject(exercise, options)?;
                let digest = candidate.submission.digest();
                let time = |check: &Check| self.time(&subject, (built, &digest), check, progress);
                (build_of(&built.modelled), look_all(&subject, built, &checks, &time)?)
            }
        };
        if interrupt::requested() {
            return Err(GradeError::Interrupted);
        }
        let case = Case { exercise, candidate, options, replays: &self.course.store("replays")? };
        let checks: Vec<_> =
            checks.into_iter().zip(findings).map(|(check, finding)| case.report(check, finding)).collect();
        Ok(Report {
            grader: env!("CARGO_PKG_VERSION").to_owned(),
            exercise: exercise.number,
            slug: exercise.slug.clone(),
            title: exercise.title.clone(),
            title_zh: exercise.title_zh.clone(),
            submission: SubmissionHead {
                name: candidate.name.clone(),
                digest: candidate.submission.digest(),
                dropped: candidate.submission.dropped.clone(),
            },
            sandbox: SandboxHead {
                level: self.sandbox.level().name.to_owned(),
                missing: self.sandbox.level().missing.clone(),
            },
            seed: options.seed,
            quick: options.effort == Effort::Quick,
            build: outcome,
            points: checks.iter().map(|check| check.points).sum(),
            points_of: checks.iter().map(|check| check.points_of).sum(),
            checks,
            build_ms: milliseconds(compiled.took),
            elapsed_ms: milliseconds(began.elapsed()),
        })
    }

    /// Shows a failing schedule of a submission again.
    ///
    /// # Errors
    /// [`GradeError`]: the grader's own fault, or an interruption.
    pub fn replay(
        &self,
        exercise: &Exercise,
        candidate: &Candidate,
        record: &Record,
        options: &Options,
        progress: &dyn Progress,
    ) -> Result<Shown, GradeError> {
        let compiled = self.compile(exercise, candidate, options, progress)?;
        let built = match &compiled.compilation {
            Compilation::Built(built) => built,
            Compilation::Refused(refusal) => return Ok(Shown::NotBuilt(refused(refusal))),
        };
        let Modelled::Driver(driver) = &built.modelled else { return Ok(Shown::NotBuilt(build_of(&built.modelled))) };
        let subject = self.subject(exercise, options)?;
        Ok(explore::show(&subject, driver, record)?)
    }

    pub(crate) fn subject<'a>(&'a self, exercise: &'a Exercise, options: &Options) -> Result<Subject<'a>, GradeError> {
        let judge = judge_of(exercise.number).ok_or(GradeError::NoJudge { number: exercise.number })?;
        let Options { seed, effort, .. } = *options;
        Ok(Subject { course: &self.course, exercise, judge, sandbox: &self.sandbox, seed, effort })
    }

    /// Runs one timing check.
    pub(crate) fn time(
        &self,
        subject: &Subject<'_>,
        (built, digest): (&Built, &str),
        check: &Check,
        progress: &dyn Progress,
    ) -> Result<Timed, GradeError> {
        let machine = self.machine();
        let (calibrations, undecided) = (self.course.store("calibrations")?, self.course.store("undecided")?);
        let reference = self.reference(subject.exercise, progress)?;
        let modelled = match &built.modelled {
            Modelled::Driver(driver) => Some(driver.as_path()),
            Modelled::NotAsked | Modelled::Unexplored(_) => None,
        };
        let (reference, submission) = (reference.as_path(), built.driver.as_path());
        let means = Means {
            reference,
            submission,
            modelled,
            digest,
            calibrations: &calibrations,
            undecided: &undecided,
            machine: &machine,
            progress,
        };
        Ok(timing::look(subject, &means, check)?)
    }

    /// What the driver of the reference solution sees of these orders, one after the other.
    pub(crate) fn ask_reference(
        &self,
        exercise: &Exercise,
        orders: &[Box<RawValue>],
        progress: &dyn Progress,
    ) -> Result<Vec<Box<RawValue>>, GradeError> {
        let driver = self.reference(exercise, progress)?;
        let options = Options { seed: 1, effort: Effort::Quick, only: None, colour: false, incremental: false };
        Ok(observe(&self.subject(exercise, &options)?, &driver, orders)?)
    }

    /// Measures the reference of a timing check alone.
    pub(crate) fn calibrate(
        &self,
        subject: &Subject<'_>,
        check: &Check,
        progress: &dyn Progress,
    ) -> Result<Reference, GradeError> {
        let machine = self.machine();
        let (calibrations, undecided) = (self.course.store("calibrations")?, self.course.store("undecided")?);
        let driver = self.reference(subject.exercise, progress)?;
        let (reference, submission) = (driver.as_path(), driver.as_path());
        let means = Means {
            reference,
            submission,
            modelled: None,
            digest: "",
            calibrations: &calibrations,
            undecided: &undecided,
            machine: &machine,
            progress,
        };
        Ok(timing::calibrate_reference(subject, &means, check, SPREAD)?)
    }

    /// What times on this machine depend on.
    pub(crate) fn machine(&self) -> Fingerprint {
        Fingerprint::take(self.toolchain.version(), self.sandbox.level().name)
    }

    /// The driver of the reference solution.
    fn reference(&self, exercise: &Exercise, progress: &dyn Progress) -> Result<PathBuf, GradeError> {
        let prebuilt = Prebuilt::open(&self.course, &self.toolchain, exercise, || progress.preparing(exercise))?;
        Ok(reference::open(&self.compiler(exercise, &prebuilt, (Effort::Full, false)))?)
    }

    fn compiler<'a>(
        &'a self,
        exercise: &'a Exercise,
        prebuilt: &'a Prebuilt,
        (effort, colour): (Effort, bool),
    ) -> Compiler<'a> {
        Compiler {
            course: &self.course,
            toolchain: &self.toolchain,
            exercise,
            prebuilt,
            sandbox: &self.sandbox,
            effort,
            colour,
        }
    }

    /// Compiles a submission.
    ///
    /// # Errors
    /// [`GradeError`]: the grader's own fault, or an interruption.
    pub fn compile(
        &self,
        exercise: &Exercise,
        candidate: &Candidate,
        options: &Options,
        progress: &dyn Progress,
    ) -> Result<Compiled, GradeError> {
        let prebuilt = Prebuilt::open(&self.course, &self.toolchain, exercise, || progress.preparing(exercise))?;
        let store = self.course.store("scratch")?;
        let scratch = if options.incremental && options.effort == Effort::Quick {
            let origin = (candidate.folder.as_path(), prebuilt.dependencies.as_path());
            Scratch::kept(&self.course.store("kept")?, &store, origin, &candidate.submission)
        } else {
            Scratch::new(&store, &candidate.submission)
        }
        .map_err(GradeError::Scratch)?;
        let compiler = self.compiler(exercise, &prebuilt, (options.effort, options.colour));
        let began = clock::now();
        let compilation = compiler.compile(&scratch)?;
        Ok(Compiled { compilation, took: began.elapsed(), _scratch: scratch })
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn build_of(modelled: &Modelled) -> Build {
    match modelled {
        Modelled::Unexplored(why) => Build::NotExplored { why: why.to_string() },
        Modelled::Driver(_) | Modelled::NotAsked => Build::Built,
    }
}

fn refused(refusal: &Refusal) -> Build {
    let Refusal { part, end, diagnostics } = refusal;
    let note = match (end, part) {
        (CompilerEnd::Errors, Part::Library) => None,
        (CompilerEnd::Errors, Part::Driver) => Some(
            "The library itself compiles. The grader's driver, quoted above, calls its public items as the exercise \
             declares them: give them back the signatures of the exercise.",
        ),
        (CompilerEnd::Crashed, _) => Some("The compiler crashed on this code. Simplify what it was working on."),
        (CompilerEnd::TimeLimit, _) => Some(
            "The compiler did not finish within 30 seconds of CPU time. Look for macros or constants that expand or compute without end.",
        ),
        (CompilerEnd::MemoryLimit, _) => {
            Some("The compiler needed more than 2 GiB. Look for macros, constants or statics that grow without bound.")
        }
    };
    Build::Refused { diagnostics: diagnostics.clone(), note: note.map(str::to_owned) }
}
