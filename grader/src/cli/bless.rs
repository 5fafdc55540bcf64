//! `grader bless`: the stored snapshots of the course, made anew.

use std::env;

use super::check::{chosen, open};
use super::{BlessArguments, Failure, Outcome, RunArguments, Terminal};
use crate::bless::{BlessError, Mode, bless, checkout, snapshots};
use crate::cause::with_causes;
use crate::exit::ExitStatus;

pub(super) fn run(arguments: &BlessArguments, terminal: &Terminal) -> Outcome {
    let root = env::current_dir().ok().and_then(|here| checkout(&here)).ok_or_else(|| Failure::Use {
        message: "this is not a checkout of the grader's repository, and snapshots are files of it".to_owned(),
        hint: "run `cargo run -- bless` in the repository".to_owned(),
    })?;
    let grader = open(&RunArguments { seed: 1, quick: true, sandbox: arguments.sandbox })?;
    let exercises = chosen(grader.catalog(), &arguments.exercises)?;
    let without = exercises.iter().find(|exercise| snapshots(exercise).is_empty());
    if let Some(exercise) = without.filter(|_| !arguments.exercises.is_empty()) {
        return Err(Failure::Use {
            message: format!("exercise {} has no stored snapshot", exercise.number),
            hint: "`grader bless` without an exercise renews all that there are".to_owned(),
        });
    }
    let mode = if arguments.check { Mode::Compare } else { Mode::Renew };
    let (mut same, mut other) = (0, 0);
    for exercise in exercises {
        for snapshot in snapshots(exercise) {
            let blessed = bless(&grader, exercise, &snapshot, (&root, mode), terminal)?;
            let (glyph, word) = match (&blessed.patch, mode) {
                (None, _) => ("✓", "the same"),
                (Some(_), Mode::Renew) => ("+", "renewed"),
                (Some(_), Mode::Compare) => ("✗", "differs"),
            };
            terminal.print(&format!("{glyph} {word:<10}{}\n", blessed.path));
            match blessed.patch {
                None => same += 1,
                Some(patch) => {
                    other += 1;
                    terminal.print(&patch);
                }
            }
        }
    }
    Ok(match mode {
        Mode::Renew => {
            terminal.print(&format!("{same} the same, {other} renewed{}\n", if other > 0 { next() } else { "" }));
            ExitStatus::Passed
        }
        Mode::Compare => {
            terminal.print(&format!("{same} the same, {other} different\n"));
            if other == 0 { ExitStatus::Passed } else { ExitStatus::Failed }
        }
    })
}

/// What is left to do for an author.
fn next() -> &'static str {
    "\nnext: read the difference, build again (the snapshots are part of the program), and commit it"
}

impl From<BlessError> for Failure {
    fn from(error: BlessError) -> Self {
        match error {
            BlessError::Grade(error) => error.into(),
            error @ (BlessError::Read { .. } | BlessError::Write { .. } | BlessError::Observation(_)) => {
                Self::Fault { message: with_causes(&error), hint: "look at that file, and run it again".to_owned() }
            }
        }
    }
}
