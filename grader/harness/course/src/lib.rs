//! What the course gives to a submission.
//!
//! A [`Launcher`] starts worker processes, as `multiprocessing.Process(target=…)` does in the chapter: each is this same
//! program once more, and runs the worker function that the program was given.

pub mod worker;

mod launcher;

pub use launcher::{Fault, Launcher};
