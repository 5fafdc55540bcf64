//! `grader verify`: the course tests itself.

use std::fmt::Write;
use std::num::NonZeroUsize;

use super::check::{chosen, open, options};
use super::self_test::contained;
use super::{Failure, Outcome, Terminal, VerifyArguments};
use crate::abreast::{abreast, cores};
use crate::attacks::{self, Attack, attacks};
use crate::catalog::Exercise;
use crate::cause::with_causes;
use crate::exit::ExitStatus;
use crate::grading::GradeError;
use crate::interrupt;
use crate::verify::{Case, VerifyError, cases, differences};

pub(super) fn run(arguments: &VerifyArguments, terminal: &Terminal) -> Outcome {
    let grader = open(&arguments.run)?;
    let options = options(&arguments.run, &[], terminal);
    let named: Vec<String> = arguments.exercises.iter().filter(|name| *name != attacks::FOLDER).cloned().collect();
    let is_wanted = |name: &str| arguments.fixture.as_ref().is_none_or(|text| name.contains(text));
    let mut subjects = Vec::new();
    if !named.is_empty() || arguments.exercises.is_empty() {
        for exercise in chosen(grader.catalog(), &named)? {
            let cases = cases(grader.course().root(), exercise)?.into_iter();
            subjects.extend(cases.filter(|case| is_wanted(&case.name)).map(|case| Subject::Case(exercise, case)));
        }
    }
    if named.len() < arguments.exercises.len() || arguments.exercises.is_empty() {
        match contained(&grader) {
            Ok(_) => {
                let attacks = attacks(grader.course().root())?.into_iter();
                subjects.extend(attacks.filter(|attack| is_wanted(&attack.name)).map(Subject::Attack));
            }
            Err(_) => terminal.note("The hostile fixtures are left out: there is no sandbox for them."),
        }
    }
    // Cases that wait leave a core to one case more; but what is timed wants the machine to itself.
    let lanes = if arguments.run.quick { cores().saturating_add(1) } else { NonZeroUsize::MIN };
    let verify = |subject: &Subject<'_>| match subject {
        Subject::Case(exercise, case) => {
            let found = differences(&grader, exercise, case, (&options, arguments.runs), terminal);
            (format!("{} {}", exercise.folder(), case.name), found)
        }
        Subject::Attack(attack) => {
            let found = attacks::differences(&grader, attack, (&options, arguments.runs), terminal);
            (format!("{} {}", attacks::FOLDER, attack.name), found)
        }
    };
    let (mut right, mut wrong, mut broken) = (0, 0, None);
    abreast(&subjects, lanes, verify, |(label, found)| match found {
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

/// A submission whose verdicts are declared.
enum Subject<'catalog> {
    Case(&'catalog Exercise, Case),
    Attack(Attack),
}

/// The differences of each run, a line each.
pub(super) fn in_words(found: &[Vec<String>]) -> String {
    let mut words = String::new();
    for (run, differences) in found.iter().enumerate() {
        for difference in differences {
            // Writing to a string cannot fail.
            let _ = writeln!(words, "               run {}: {difference}", run + 1);
        }
    }
    words
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
