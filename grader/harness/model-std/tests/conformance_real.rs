//! The conformance programs on the real standard library: what they expect is true.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::duration_suboptimal_units,
    clippy::redundant_closure_for_method_calls,
    clippy::semicolon_if_nothing_returned,
    clippy::needless_for_each,
    clippy::similar_names,
    reason = "the programs are written as students write them"
)]

#[path = "conformance/mod.rs"]
mod conformance;

#[test]
fn the_programs_do_what_they_expect_on_the_real_library() {
    for program in conformance::PROGRAMS {
        assert_eq!((program.run)(), program.expected, "{}", program.name);
    }
}
