//! What the grader and a driver say to each other.
//!
//! The grader runs outside, owns the seeds, the oracle, the clock and the verdict. The *driver* is the course's program
//! that is linked with one submission and runs inside its process. The two exchange [`frame`]s: the grader sends a
//! [`Request`], the driver answers with [`Record`]s. This crate holds the words of that conversation and how they
//! travel; it decides nothing.

pub mod batch_converter;
pub mod counter;
pub mod crawler;
pub mod downloader;
pub mod explore;
pub mod frame;
pub mod history;
pub mod ipc_queue;
mod message;
pub mod producer_consumer;
pub mod sum_of_squares;
pub mod threads_and_processes;
pub mod workers;

pub use message::{Body, Nonce, Panic, Record, Request};
