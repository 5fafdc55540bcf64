//! The stored snapshots that oracles judge by: [`Snapshot`] says where one stands and what it is made of.

use serde_json::value::RawValue;

/// A file of the repository that an oracle judges by, and that can be made again.
#[derive(Debug)]
pub struct Snapshot {
    /// The file, from the root of the repository.
    pub path: &'static str,
    /// What it is made of.
    pub source: Source,
}

/// What a snapshot is made of.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// The oracle works it out.
    Oracle(fn() -> String),
    /// The reference solution makes it. Both functions are given the names of the exercise's assets, in order.
    Reference {
        /// What the solution's driver is asked to do.
        orders: fn(assets: &[String]) -> Vec<Box<RawValue>>,
        /// The text.
        text: Text,
    },
}

/// Makes a text from what a driver saw.
pub type Text = fn(assets: &[String], observations: &[Box<RawValue>]) -> Result<String, serde_json::Error>;
