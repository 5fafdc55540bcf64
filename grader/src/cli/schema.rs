//! `grader schema`: what `--format json` prints, for programs that read it.

use super::{Outcome, Terminal};
use crate::exit::ExitStatus;
use crate::report::json;

pub(super) fn run(terminal: &Terminal) -> Outcome {
    terminal.print(&json::schema());
    Ok(ExitStatus::Passed)
}
