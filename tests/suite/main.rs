//! The suite: the real program, run as a user runs it.

#![allow(clippy::unwrap_used, reason = "a test whose set-up fails has failed")]

mod bad_input;
mod bless;
mod check;
mod course;
mod determinism;
mod grade;
mod house;
mod interruption;
mod pausing;
mod program;
mod replay;
mod sandbox;
mod timing;
