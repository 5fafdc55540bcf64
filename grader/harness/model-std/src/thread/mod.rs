//! `std::thread`: modelled threads, each on a stack of its own and all in turn on one thread of the operating system.

mod builder;
mod functions;
mod handle;
mod id;
mod join_handle;
#[doc(hidden)]
pub mod local;
mod scoped;

pub use ::std::thread::Result;
pub use builder::Builder;
#[allow(deprecated, reason = "they are still there")]
pub use functions::{
    available_parallelism, current, panicking, park, park_timeout, park_timeout_ms, sleep, sleep_ms, spawn, yield_now,
};
pub use handle::Thread;
pub use id::ThreadId;
pub use join_handle::JoinHandle;
pub use local::{AccessError, LocalKey};
pub use scoped::{Scope, ScopedJoinHandle, scope};
