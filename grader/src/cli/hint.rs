//! `grader hint`: from an observation to a concept to a place to a sketch, one step at a time.

use std::fmt::Write;

use super::check::find;
use super::{Failure, HintArguments, Outcome, Terminal};
use crate::catalog::Catalog;
use crate::course::Course;
use crate::exit::ExitStatus;
use crate::grading::GradeError;

pub(super) fn run(arguments: &HintArguments, terminal: &Terminal) -> Outcome {
    let course = Course::open().map_err(GradeError::from)?;
    let catalog = Catalog::read(course.root()).map_err(GradeError::from)?;
    let exercise = find(&catalog, &arguments.exercise)?;
    let check = exercise.check(&arguments.check).ok_or_else(|| Failure::Use {
        message: format!("exercise {} has no check `{}`", exercise.number, arguments.check),
        hint: "`grader list` shows the checks of each exercise".to_owned(),
    })?;
    let mut text = String::new();
    let options = textwrap::Options::new(terminal.columns().clamp(40, 100)).subsequent_indent("   ");
    for (number, hint) in (1..).zip(&check.hints).take(arguments.level.max(1)) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", textwrap::fill(&format!("{number}. {hint}"), &options));
    }
    let shown = arguments.level.clamp(1, check.hints.len().max(1));
    if shown < check.hints.len() {
        let _ = writeln!(text, "\nMore: grader hint {} {} --level {}", exercise.number, check.name, shown + 1);
    }
    terminal.print(&text);
    Ok(ExitStatus::Passed)
}
