//! `std::process` without its children: only the end of this process.

pub use ::std::process::{ExitCode, Termination, abort, exit, id};
