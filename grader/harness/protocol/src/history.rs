//! Histories: calls that several threads made at the same time, with their answers.

use serde::{Deserialize, Serialize};

/// A call that has returned.
///
/// `began` and `ended` are readings of one counter that every call of the round advances before it begins and after it
/// ends: if one call's `ended` is below another's `began`, the first had returned before the second was made.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Completed<C, A> {
    /// The thread that made the call, from 0; the calls after the threads carry the number of threads.
    pub thread: usize,
    /// The call.
    pub call: C,
    /// What it came to.
    pub answer: A,
    /// The reading just before the call.
    pub began: u64,
    /// The reading just after it.
    pub ended: u64,
}
