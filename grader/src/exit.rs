//! How the program ends.

use std::process::ExitCode;

/// The exit status of every command. Scripts may rely on these numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitStatus {
    /// Everything that was asked for passed, or is at most slower than it takes for all points.
    Passed = 0,
    /// A check failed, or could not be run because of the submission.
    Failed = 1,
    /// The command was used wrongly: an unknown exercise, a missing folder, a folder that is no submission.
    WrongUse = 2,
    /// The grader's own fault, or the machine's: no toolchain, a full disk, a broken sandbox. No grade is given.
    GraderFault = 3,
    /// The machine was too busy to judge the timing; everything else passed, and the points for timing are for now.
    TooBusy = 4,
    /// Ended by Ctrl-C or a termination signal.
    Interrupted = 130,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}
