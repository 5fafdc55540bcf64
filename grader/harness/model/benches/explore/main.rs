//! How many schedules a second, and at which bound each bug is found: `cargo bench -p model`.
//!
//! The programs are written as a student would write them, against the modelled standard library.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::needless_for_each,
    clippy::similar_names,
    reason = "the programs are written as students write them"
)]

extern crate model_std as std;
extern crate std as real_std;

mod programs;

use real_std::time::Instant;

use model::{Judgement, Scenario, explore};
use protocol::explore::{Budget, Exploration};

/// A program, the delays to search with, and what it may observe.
struct Case {
    name: &'static str,
    body: fn() -> Vec<u8>,
    delays: u32,
    random: u64,
    allowed: fn(&[u8]) -> bool,
}

fn main() {
    let cases = [
        Case {
            name: "right counter, 2 threads x 2",
            body: programs::right_counter,
            delays: 3,
            random: 0,
            allowed: programs::dense,
        },
        Case {
            name: "load-then-store counter, 2 x 2",
            body: programs::racy_counter,
            delays: 3,
            random: 0,
            allowed: programs::dense,
        },
        Case {
            name: "load-then-store counter, searched on",
            body: programs::racy_counter,
            delays: 4,
            random: 0,
            allowed: |_| true,
        },
        Case {
            name: "right counter, at random",
            body: programs::right_counter,
            delays: 0,
            random: 300_000,
            allowed: programs::dense,
        },
        Case {
            name: "two-condvar queue, at random",
            body: programs::right_queue,
            delays: 0,
            random: 100_000,
            allowed: |_| true,
        },
        Case {
            name: "transfers in argument order",
            body: programs::transfers,
            delays: 3,
            random: 0,
            allowed: |_| true,
        },
        Case {
            name: "transfers in a fixed order",
            body: programs::ordered_transfers,
            delays: 3,
            random: 0,
            allowed: |_| true,
        },
        Case {
            name: "two-condvar queue, 2 x 2 x 2",
            body: programs::right_queue,
            delays: 3,
            random: 0,
            allowed: |_| true,
        },
        Case {
            name: "one-condvar queue, 2 x 2 x 2",
            body: programs::one_condvar_queue,
            delays: 3,
            random: 0,
            allowed: |_| true,
        },
        Case { name: "swallowed wake-up", body: programs::swallowed_wake_up, delays: 3, random: 0, allowed: |_| true },
        Case { name: "`if` instead of `while`", body: programs::if_queue, delays: 3, random: 0, allowed: |_| true },
    ];
    println!("{:<38} {:>9} {:>8} {:>12}  outcome", "program", "schedules", "ms", "schedules/s");
    for case in cases {
        run(&case);
    }
}

fn run(case: &Case) {
    let budget =
        Budget { schedules: 2_000_000, random: case.random, delays: case.delays, wall_ms: 60_000, ..Budget::default() };
    let mut judge = |observation: &[u8]| {
        if (case.allowed)(observation) { Judgement::Accepted } else { Judgement::Rejected }
    };
    #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
    let start = Instant::now();
    let exploration = explore(&budget, &Scenario::new(&case.body), &mut judge);
    let seconds = start.elapsed().as_secs_f64();
    let schedules = exploration.reached.schedules;
    println!(
        "{:<38} {:>9} {:>8.1} {:>12.0}  {}",
        case.name,
        schedules,
        seconds * 1e3,
        schedules as f64 / seconds,
        outcome(&exploration)
    );
}

fn outcome(exploration: &Exploration) -> String {
    match &exploration.failure {
        Some(failure) => format!("{:?} with {:?} delays, schedule {}", failure.kind, failure.delays, failure.found_at),
        None => format!("{:?}: {:?} by delays", exploration.reached.end, exploration.reached.levels),
    }
}
