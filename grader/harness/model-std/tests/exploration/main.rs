//! What the engine promises, shown on small programs written against the modelled standard library.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::items_after_statements,
    clippy::duration_suboptimal_units,
    clippy::needless_for_each,
    clippy::similar_names,
    reason = "the programs are written as students write them"
)]

extern crate model_std as std;

mod channels;
mod counts;
mod explorer;
mod failures;
mod files;
mod panics;
mod reference;
mod replays;
mod spinning;
mod statics;
mod stories;
mod threads;
mod time;
