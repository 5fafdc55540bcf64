//! `grader check`: one submission, or one for each exercise.

use std::env;
use std::path::{Path, PathBuf};

use super::{CheckArguments, Failure, Format, Outcome, RunArguments, SandboxChoice, Terminal};
use crate::catalog::{Catalog, Exercise};
use crate::exit::ExitStatus;
use crate::grading::{Candidate, Grader, Options, Origin};
use crate::intake::IntakeError;
use crate::interrupt;
use crate::judge::Effort;
use crate::report::text::Layout;
use crate::report::{Report, json, text};
use crate::sandbox::Request;

pub(super) fn run(arguments: &CheckArguments, terminal: &Terminal) -> Outcome {
    let grader = open(&arguments.run)?;
    let exercises = chosen(grader.catalog(), &arguments.exercises)?;
    known_checks(&exercises, &arguments.only)?;
    // Who checks a submission edits it, and checks it again.
    let options = Options { incremental: !arguments.solution, ..options(&arguments.run, &arguments.only, terminal) };
    // Every folder before the first grade, so that a wrong path is told at once.
    let mut candidates = Vec::new();
    for exercise in &exercises {
        let (folder, origin) = folder(&grader, exercise, arguments, exercises.len())?;
        candidates.push(Candidate::read(&folder_name(&folder), &folder, exercise, origin)?);
    }
    let mut reports = Vec::new();
    for (exercise, candidate) in exercises.into_iter().zip(&candidates) {
        let mut report = grader.grade(exercise, candidate, &options, terminal)?;
        if arguments.redacted {
            report.redact();
        }
        if arguments.format == Format::Text {
            let layout = Layout { columns: terminal.columns(), redacted: arguments.redacted };
            terminal.print(&text::render(&report, layout));
        }
        reports.push(report);
    }
    if arguments.format == Format::Json {
        terminal.print(&json::render(&reports));
    }
    Ok(status(&reports))
}

/// The grader at the best level of the sandbox, with Ctrl-C listened to.
pub(super) fn open(arguments: &RunArguments) -> Result<Grader, Failure> {
    open_with(arguments, Request::Auto)
}

/// The same with what `--sandbox auto` means.
pub(super) fn open_with(arguments: &RunArguments, auto: Request) -> Result<Grader, Failure> {
    let grader = Grader::open(match arguments.sandbox {
        SandboxChoice::Auto => auto,
        SandboxChoice::Full => Request::Full,
        SandboxChoice::Reduced => Request::Reduced,
        SandboxChoice::None => Request::None,
    })?;
    // Without the signals the program still grades; it only leaves its scratch folder to the next run.
    let _ = interrupt::listen(grader.ender());
    Ok(grader)
}

pub(super) fn options(arguments: &RunArguments, only: &[String], terminal: &Terminal) -> Options {
    Options {
        seed: arguments.seed,
        effort: if arguments.quick { Effort::Quick } else { Effort::Full },
        only: (!only.is_empty()).then(|| only.to_vec()),
        colour: terminal.colour(),
        incremental: false,
    }
}

/// The exercises that were named, or all that have checks.
pub(super) fn chosen<'catalog>(
    catalog: &'catalog Catalog,
    names: &[String],
) -> Result<Vec<&'catalog Exercise>, Failure> {
    if names.is_empty() {
        return Ok(catalog.iter().filter(|exercise| !exercise.checks.is_empty()).collect());
    }
    names.iter().map(|name| find(catalog, name)).collect()
}

/// The exercise of this name, with checks.
pub(super) fn find<'catalog>(catalog: &'catalog Catalog, name: &str) -> Result<&'catalog Exercise, Failure> {
    let list = "`grader list` shows the exercises".to_owned();
    let exercise = catalog
        .find(name)
        .ok_or_else(|| Failure::Use { message: format!("there is no exercise `{name}`"), hint: list.clone() })?;
    if exercise.checks.is_empty() {
        return Err(Failure::Use { message: format!("exercise {} has no checks yet", exercise.number), hint: list });
    }
    Ok(exercise)
}

fn known_checks(exercises: &[&Exercise], only: &[String]) -> Result<(), Failure> {
    let unknown = only.iter().find(|name| !exercises.iter().any(|exercise| exercise.check(name).is_some()));
    unknown.map_or(Ok(()), |name| {
        Err(Failure::Use {
            message: format!("there is no check `{name}`"),
            hint: "`grader list` shows the checks of each exercise".to_owned(),
        })
    })
}

/// Where the submission to an exercise is.
fn folder(
    grader: &Grader,
    exercise: &Exercise,
    arguments: &CheckArguments,
    exercises: usize,
) -> Result<(PathBuf, Origin), Failure> {
    if arguments.solution {
        return Ok((grader.course().root().join("solutions").join(exercise.folder()), Origin::Solution));
    }
    match &arguments.path {
        Some(path) if exercises == 1 => Ok((path.clone(), Origin::Path)),
        Some(path) => Ok((path.join(exercise.folder()), Origin::Path)),
        None => Ok((nearby(exercise)?, Origin::Nearby)),
    }
}

/// The exercise's folder, here or further up: inside it, beside it, or below `exercises`.
fn nearby(exercise: &Exercise) -> Result<PathBuf, Failure> {
    let here = env::current_dir().unwrap_or_default();
    let name = exercise.folder();
    let places = here.ancestors().flat_map(|folder| {
        let itself = folder.file_name().is_some_and(|last| last == name.as_str()).then(|| folder.to_owned());
        itself.into_iter().chain([folder.join("exercises").join(&name), folder.join(&name)])
    });
    places.into_iter().find(|folder| folder.join("src/lib.rs").is_file()).ok_or_else(|| Failure::Use {
        message: format!("there is no folder `{name}` here or further up"),
        hint: "give the folder that holds `src/lib.rs` with --path".to_owned(),
    })
}

fn folder_name(folder: &Path) -> String {
    let absolute = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    absolute.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn status(reports: &[Report]) -> ExitStatus {
    if !reports.iter().all(Report::passed) {
        ExitStatus::Failed
    } else if reports.iter().any(Report::is_provisional) {
        ExitStatus::TooBusy
    } else {
        ExitStatus::Passed
    }
}

impl From<IntakeError> for Failure {
    fn from(error: IntakeError) -> Self {
        Self::Use { message: error.to_string(), hint: error.hint().to_owned() }
    }
}
