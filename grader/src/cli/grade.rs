//! `grader grade`: a folder of submissions.

use super::check::{find, open_with, options};
use super::{Failure, GradeArguments, Outcome, Terminal};
use crate::bulk::{self, BulkError, Entry, grade_folder};
use crate::cause::with_causes;
use crate::exit::ExitStatus;
use crate::report::hostile::one_line;
use crate::sandbox::Request;

pub(super) fn run(arguments: &GradeArguments, terminal: &Terminal) -> Outcome {
    // Strangers' code is not run on less without being asked to.
    let grader = open_with(&arguments.run, Request::Full)?;
    let exercise = find(grader.catalog(), &arguments.exercise)?;
    let options = options(&arguments.run, &[], terminal);
    let folders = (arguments.folder.as_path(), arguments.out.as_path());
    let entries = grade_folder(&grader, exercise, folders, &options, terminal, |entry| {
        terminal.print(&line(entry));
    })?;
    let void = entries.iter().filter(|entry| matches!(entry.outcome, bulk::Outcome::Void { .. })).count();
    terminal.print(&format!("{} submissions, {void} without a grade\n", entries.len()));
    Ok(if void == 0 { ExitStatus::Passed } else { ExitStatus::GraderFault })
}

fn line(entry: &Entry) -> String {
    let student = one_line(&entry.student);
    match &entry.outcome {
        bulk::Outcome::Graded { report } => format!("{student}: {} of {}\n", report.points, report.points_of),
        bulk::Outcome::Refused { why } => format!("{student}: refused, {}\n", one_line(why)),
        bulk::Outcome::Void { why } => format!("{student}: no grade, {}\n", one_line(why)),
    }
}

impl From<BulkError> for Failure {
    fn from(error: BulkError) -> Self {
        match error {
            BulkError::Read { .. } => Self::Use {
                message: with_causes(&error),
                hint: "give a folder with one folder or archive for each student".to_owned(),
            },
            error @ (BulkError::Write { .. } | BulkError::Interrupted) => Self::Fault {
                message: with_causes(&error),
                hint: "give a folder that can be written with --out".to_owned(),
            },
        }
    }
}
