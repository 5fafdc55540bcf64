//! The conformance programs on the model: the same results, on the default schedule and on all others within two delays.
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

extern crate model_std as std;

#[path = "conformance/mod.rs"]
mod conformance;

use model::{Judgement, Scenario};
use protocol::explore::Budget;

#[test]
fn the_programs_do_the_same_on_the_model() {
    for program in conformance::PROGRAMS {
        let body = || (program.run)().into_bytes();
        let budget = Budget { schedules: 3_000, random: 200, delays: 2, ..Budget::default() };
        let mut judge = |observation: &[u8]| {
            if observation == program.expected.as_bytes() { Judgement::Accepted } else { Judgement::Rejected }
        };
        let exploration = model::explore(&budget, &Scenario::new(&body), &mut judge);
        assert_eq!(exploration.failure, None, "{}", program.name);
        let makespan = model::makespan(&budget, &Scenario::new(&body), &mut judge);
        assert_eq!(makespan.failure, None, "{} on an exact clock", program.name);
    }
}
