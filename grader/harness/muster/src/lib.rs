//! The driver's end of worker processes: who came, what they did, who is left.
//!
//! A [`Muster`] is a rendezvous. Each worker of an [enlisted](Muster::enlist) launcher says on a socket that it is there
//! and waits until as many others are as the muster was called for: that so many processes are alive at once is then
//! proven without a clock. Over the same socket the course's code in a worker [`report`]s to the driver.
//!
//! A submission cannot name this crate. Best effort keeps it from speaking in its place: only the first connection of a
//! process counts, a worker makes it before any line of the submission runs in it, and it must be this same program by
//! the kernel's word.

mod children;
mod gathering;
mod kernel;
mod worker;

pub use children::{children_of, leftovers, reap_leftovers};
pub use gathering::Muster;
pub use kernel::{peak_memory, settled_threads, threads};
pub use worker::{await_end, report, run_if_asked};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use protocol::workers::Service;

/// The variable that tells a worker where the muster is, and which launcher it came from.
const VARIABLE: &str = "COURSE_MUSTER";

/// What a worker needs to know to come to a muster.
#[derive(Debug, Serialize, Deserialize)]
struct Call {
    /// The abstract name of the socket.
    name: String,
    /// Which launcher of the muster.
    launcher: usize,
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
enum Word {
    /// The first word. The worker waits for an answer, which is [`Go`].
    Present {
        /// Which launcher of the muster.
        launcher: usize,
        /// Which worker of that launcher.
        index: usize,
    },
    /// Something for the driver.
    Report(Box<RawValue>),
    /// The worker wants to go on when the worker of another launcher has ended. It waits for an answer, which is [`Go`].
    Awaits {
        /// The other launcher.
        launcher: usize,
    },
    /// The last word of a worker that ends in order.
    Departed(Service),
}

/// What was waited for has come, or is not waited for any longer.
#[derive(Debug, Serialize, Deserialize)]
struct Go;
