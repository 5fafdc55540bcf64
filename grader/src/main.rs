//! The grader as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    grader::cli::run().into()
}
