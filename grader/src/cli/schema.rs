//! `grader schema`: what `--format json` prints, for programs that read it.

use super::Terminal;
use crate::exit::ExitStatus;
use crate::report::json;

pub(super) fn run(terminal: &Terminal) -> ExitStatus {
    terminal.print(&json::schema());
    ExitStatus::Passed
}
