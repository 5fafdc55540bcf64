//! The surface, compiled against the model: whatever the real standard library has, it has, in the same size, under the
//! same name, and as its own.
#![allow(
    clippy::unwrap_used,
    clippy::items_after_statements,
    clippy::needless_for_each,
    clippy::similar_names,
    reason = "the programs are written as students write them"
)]

extern crate model_std as std;

mod parity;
#[path = "surface/mod.rs"]
mod surface;

#[test]
fn the_model_has_the_whole_surface() {
    surface::check();
}
