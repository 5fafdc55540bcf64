//! What the course gives to a submission.
//!
//! A [`Launcher`] starts worker processes, as `multiprocessing.Process(target=…)` does in the chapter: each is this same
//! program once more, and runs the worker function that the program was given. A [`Workload`] is work to measure them with.

pub mod worker;

mod launcher;
mod workload;

pub use launcher::{Fault, Launcher};
pub use workload::{Mode, Workload};
