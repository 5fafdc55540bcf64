//! A scheduler that walks the interleavings of a program.
//!
//! The program is compiled against `model-std`, whose locks, atomics, channels and threads call this crate. All of its
//! threads run on one thread of the operating system, each on a stack of its own, and switch only at scheduling points;
//! so one execution is a function of the choices made at them. [`explore`] walks these choices, [`replay`] makes given
//! ones again, [`makespan`] measures the virtual duration of the default ones. A [`Scenario`] is the small program to
//! run; inside its body, [`name`] and [`call`] make its story readable.
//!
//! ```
//! use model::{Judgement, Scenario, explore};
//! use protocol::explore::Budget;
//!
//! let body = || b"observed".to_vec();
//! let mut judge = |observation: &[u8]| {
//!     if observation == b"observed" { Judgement::Accepted } else { Judgement::Rejected }
//! };
//! let exploration = explore(&Budget::default(), &Scenario::new(&body), &mut judge);
//! assert!(exploration.failure.is_none());
//! ```
//!
//! # What it sees, and what it does not
//! Every interleaving is sequentially consistent: weak memory orders are not modelled, nor are the counters of `Arc`.
//! Statics, hash maps and the clock begin every execution alike. A loop that uses nothing of the standard library
//! cannot be interrupted from inside; whoever starts the process has to bound its time. Nothing here judges or renders.
//!
//! # What a driver has to know
//! - The body makes everything that its threads share, and is called on a stack of half a megabyte. Objects whose
//!   addresses a submission may compare belong into one array: the order of separate boxes may differ between runs.
//! - One thread of the operating system explores one submission: statics are noticed and put back for that thread.
//! - Panics are counted by a hook that is installed before the first execution and must stay; a panic of the submission
//!   is caught with [`catch`], or with the modelled `catch_unwind`.
//! - The observer hears of every finished level through [`Observer::reached`]; what it passes on then survives a
//!   submission that never comes back.
//!
//! The functions below the first few are for `model-std` alone: each is one operation of the standard library, given the
//! object and the line that it is about.

#![allow(
    clippy::cast_possible_truncation,
    reason = "threads, choices and delays are counted in 32 bits, far below their limits"
)]

mod access;
mod choice;
mod clock;
mod condvar;
mod engine;
mod execution;
mod fiber;
mod frontier;
mod hashing;
mod local;
mod mutex;
mod object;
mod panics;
mod pass;
mod polls;
mod ready;
mod replay;
mod rwlock;
mod scenario;
mod schedule;
mod search;
mod segments;
mod statics;
mod stopwatch;
mod story;
mod thread_operations;
mod threads;
mod trail;
mod waiting;

pub use access::{Effect, accessed, forget};
pub use condvar::RawCondvar;
pub use engine::running;
pub use execution::{Judgement, Observer};
pub use local::local;
pub use mutex::RawMutex;
pub use object::{Kind, Object};
pub use panics::{Hook, catch, panicking, replace_hook, resume};
pub use pass::{Operation, choose, glance, step, yield_now};
pub use replay::{makespan, replay};
pub use rwlock::RawRwLock;
pub use scenario::{Scenario, acted, call, name, steps};
pub use schedule::ScheduleError;
pub use search::explore;
pub use thread_operations::{current, has_ended, join, now, park, sleep, spawn, unpark};
pub use threads::{Handle, Line, Woken};
pub use waiting::{refresh, wait_for};
