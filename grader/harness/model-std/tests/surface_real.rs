//! The surface, compiled against the real standard library: whatever the model has, it has.
#![allow(
    clippy::unwrap_used,
    clippy::needless_for_each,
    clippy::similar_names,
    reason = "the programs are written as students write them"
)]

#[path = "surface/mod.rs"]
mod surface;

#[test]
fn the_standard_library_has_the_whole_surface() {
    surface::check();
}
