//! `grader verify`: the course tests itself.

use std::num::NonZeroUsize;

use super::check::{chosen, open, options};
use super::{Failure, Outcome, Terminal, VerifyArguments};
use crate::abreast::{abreast, cores};
use crate::catalog::Exercise;
use crate::cause::with_causes;
use crate::exit::ExitStatus;
use crate::grading::GradeError;
use crate::interrupt;
use crate::verify::{Case, VerifyError, cases, differences};

pub(super) fn run(arguments: &VerifyArguments, terminal: &Terminal) -> Outcome {
    let grader = open(&arguments.run)?;
    let options = options(&arguments.run, &[], terminal);
    let mut chosen_cases = Vec::new();
    for exercise in chosen(grader.catalog(), &arguments.exercises)? {
        let cases = cases(grader.course().root(), exercise)?.into_iter();
        let wanted = cases.filter(|case| arguments.fixture.as_ref().is_none_or(|text| case.name.contains(text)));
        chosen_cases.extend(wanted.map(|case| (exercise, case)));
    }
    // Cases that wait leave the cores to others; but what is timed wants the machine to itself.
    let lanes = if arguments.run.quick { cores() } else { NonZeroUsize::MIN };
    let verify = |(exercise, case): &(&Exercise, Case)| {
        let found = differences(&grader, exercise, case, (&options, arguments.runs), terminal);
        (format!("{} {}", exercise.folder(), case.name), found)
    };
    let (mut right, mut wrong, mut broken) = (0, 0, None);
    abreast(&chosen_cases, lanes, verify, |(label, found)| match found {
        Ok(found) if found.iter().all(Vec::is_empty) => {
            right += 1;
            terminal.print(&format!("✓ as declared  {label}\n"));
        }
        Ok(found) => {
            wrong += 1;
            terminal.print(&format!("✗ otherwise    {label}\n{}", in_words(&found)));
        }
        Err(error) => broken = broken.take().or(Some(error)),
    });
    if let Some(error) = broken {
        return Err(error.into());
    }
    if interrupt::requested() {
        return Err(VerifyError::from(GradeError::Interrupted).into());
    }
    let runs = if arguments.runs == 1 { "1 run".to_owned() } else { format!("{} runs", arguments.runs) };
    terminal.print(&format!("{right} cases as declared, {wrong} otherwise, {runs} of each\n"));
    Ok(if wrong == 0 { ExitStatus::Passed } else { ExitStatus::Failed })
}

/// The differences of each run, a line each.
pub(super) fn in_words(found: &[Vec<String>]) -> String {
    let numbered =
        (1..).zip(found).flat_map(|(run, differences): (u32, _)| differences.iter().map(move |it| (run, it)));
    numbered.map(|(run, difference)| format!("               run {run}: {difference}\n")).collect()
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Grade(error) => error.into(),
            VerifyError::Intake(error) => error.into(),
            error @ VerifyError::Bait(_) => Self::Fault {
                message: with_causes(&error),
                hint: "make room on the disk, or set GRADER_CACHE to a folder that can be written".to_owned(),
            },
            error @ (VerifyError::Read { .. } | VerifyError::Invalid { .. } | VerifyError::Exercise { .. }) => {
                Self::Fault { message: with_causes(&error), hint: "mend the fixture".to_owned() }
            }
        }
    }
}
