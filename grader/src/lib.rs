//! A grader for concurrency exercises.
//!
//! A submission runs as a separate, untrusted process that gets inputs and returns observations; the grader, outside it,
//! owns the oracle, the seeds, the clock and the verdict. `ARCHITECTURE.md` shows the house.

pub mod abreast;
mod assembly;
pub mod attacks;
pub mod bait;
pub mod bless;
pub mod bulk;
pub mod calibrate;
pub mod catalog;
pub mod cause;
pub mod checks;
pub mod cli;
pub mod clock;
pub mod compile;
pub mod course;
pub mod coverage;
pub mod diff;
pub mod doctor;
pub mod exit;
pub mod grading;
pub mod intake;
pub mod interrupt;
pub mod judge;
pub mod lane;
pub mod lenses;
pub mod prebuilt;
pub mod reference;
pub mod replay;
pub mod report;
pub mod sandbox;
pub mod score;
pub mod server;
pub mod session;
pub mod timing;
pub mod toolchain;
pub mod verdict;
pub mod verify;
pub mod workspace;
