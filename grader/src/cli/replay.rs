//! `grader replay`: a failing schedule again, step by step.

use super::check::find;
use super::{Failure, Outcome, ReplayArguments, RunArguments, Terminal};
use crate::exit::ExitStatus;
use crate::grading::{Candidate, Options, Origin};
use crate::lenses::explore::Shown;
use crate::replay::{Record, ReplayError};
use crate::report::text::{Layout, render_failure, render_replay};
use crate::report::{Build, hostile};

pub(super) fn run(arguments: &ReplayArguments, terminal: &Terminal) -> Outcome {
    let run = RunArguments { seed: 1, quick: false, sandbox: arguments.sandbox };
    let grader = super::check::open(&run)?;
    let store = grader.course().store("replays").map_err(crate::grading::GradeError::from)?;
    let record = Record::find(&store, &arguments.id)?;
    let exercise = find(grader.catalog(), &record.exercise.to_string())?;
    let folder = arguments.path.clone().unwrap_or_else(|| record.folder.clone());
    let candidate = Candidate::read(&arguments.id, &folder, exercise, Origin::Path)?;
    let options = Options {
        seed: record.seed,
        effort: record.effort(),
        only: None,
        colour: terminal.colour(),
        incremental: true,
    };
    let shown = grader.replay(exercise, &candidate, &record, &options, terminal)?;
    let layout = Layout { columns: terminal.columns(), redacted: false };
    let edited = candidate.submission.digest() != record.digest;
    let again = format!("grader check {} --only {}", record.exercise, record.check);
    let (text, status) = match shown {
        Shown::Told { replay, failure } => {
            let property = exercise.check(&record.check).map_or(record.check.as_str(), |check| &check.property);
            let mut text = format!("Exercise {} · {property}\n", record.exercise);
            text.push_str(&render_replay(&replay, failure.as_deref(), edited, layout));
            if failure.is_some() { (text, ExitStatus::Failed) } else { (text + &next(&again), ExitStatus::Passed) }
        }
        Shown::Lost(failure) => (render_failure(&failure, layout), ExitStatus::Failed),
        Shown::NotBuilt(Build::Refused { diagnostics, .. }) => (hostile::lines(&diagnostics, true), ExitStatus::Failed),
        Shown::NotBuilt(_) => (
            format!("The submission can no longer be explored, so the schedule cannot be shown.\n{}", next(&again)),
            ExitStatus::Failed,
        ),
        Shown::Outdated => {
            return Err(Failure::Use {
                message: format!("`{}` was recorded by another version of the exercise", arguments.id),
                hint: format!("run `{again}` to record it anew"),
            });
        }
    };
    terminal.print(&text);
    Ok(status)
}

fn next(again: &str) -> String {
    format!("next: {again}\n")
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        Self::Use {
            message: crate::cause::with_causes(&error),
            hint: "run `grader check` again: a failed check names its replay".to_owned(),
        }
    }
}
