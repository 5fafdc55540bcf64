//! `grader verify`: the course tests itself.

use super::check::{chosen, open, options};
use super::{Failure, Outcome, Terminal, VerifyArguments};
use crate::cause::with_causes;
use crate::exit::ExitStatus;
use crate::verify::{VerifyError, cases, differences};

pub(super) fn run(arguments: &VerifyArguments, terminal: &Terminal) -> Outcome {
    let grader = open(&arguments.run)?;
    let options = options(&arguments.run, &[], terminal);
    let (mut right, mut wrong) = (0, 0);
    for exercise in chosen(grader.catalog(), &arguments.exercises)? {
        for case in cases(grader.course().root(), exercise)? {
            if arguments.fixture.as_ref().is_some_and(|text| !case.name.contains(text)) {
                continue;
            }
            let differences = differences(&grader, exercise, &case, (&options, arguments.runs), terminal)?;
            let numbered = (1..).zip(differences);
            let found: Vec<(u32, String)> =
                numbered.flat_map(|(run, words)| words.into_iter().map(move |words| (run, words))).collect();
            let label = format!("{} {}", exercise.folder(), case.name);
            if found.is_empty() {
                right += 1;
                terminal.print(&format!("✓ as declared  {label}\n"));
            } else {
                wrong += 1;
                terminal.print(&format!("✗ otherwise    {label}\n"));
                for (run, difference) in found {
                    terminal.print(&format!("               run {run}: {difference}\n"));
                }
            }
        }
    }
    let runs = if arguments.runs == 1 { "1 run".to_owned() } else { format!("{} runs", arguments.runs) };
    terminal.print(&format!("{right} cases as declared, {wrong} otherwise, {runs} of each\n"));
    Ok(if wrong == 0 { ExitStatus::Passed } else { ExitStatus::Failed })
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Grade(error) => error.into(),
            VerifyError::Intake(error) => error.into(),
            error @ (VerifyError::Read { .. } | VerifyError::Invalid { .. }) => {
                Self::Fault { message: with_causes(&error), hint: "mend the fixture".to_owned() }
            }
        }
    }
}
