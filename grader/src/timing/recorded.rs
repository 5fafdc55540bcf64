//! The stopping rule on pairs that were recorded on a real machine, quiet and loaded: no clock is asked.
//!
//! `data/pairs.csv` has one pair a line: workload (cpu, io, ctr), background load (none, hog1, s2, burst), what the
//! submission was (a slowdown, or serial), round, whether the reference ran first, seconds of the reference and of the
//! submission; the rest is not used here.

use super::estimate::quantile_of;
use super::scale::Scale;
use super::stopping::{Decision, Pair, Quiet, Rule, Tally, Time};

const PAIRS: &str = include_str!("../../data/pairs.csv");
const SCALE: Scale = Scale { full: 1.25, none: 4.0 };

/// The seconds of reference and submission, in the order of the recording.
fn recorded(workload: &str, load: &str, variant: &str) -> Vec<(f64, f64)> {
    let prefix = format!("{workload},{load},{variant},");
    let lines = PAIRS.lines().filter_map(|line| line.strip_prefix(&prefix));
    let pairs: Vec<_> = lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            (fields[2].parse().unwrap(), fields[3].parse().unwrap())
        })
        .collect();
    assert!(pairs.len() > 50, "{prefix} was recorded");
    pairs
}

/// What is quiet for a workload.
fn quiet(workload: &str, width: f64) -> Quiet {
    let alone: Vec<f64> = recorded(workload, "none", "1").into_iter().map(|(reference, _)| reference).collect();
    let quantile = |share| quantile_of(&alone, share).unwrap();
    Quiet::around(quantile(0.5), (quantile(0.25), quantile(0.75)), (quantile(0.05), quantile(0.95)), width)
}

/// Measures again and again along a recording, each pair between its own reference and the next pair's. After a
/// measurement that did not decide the next goes on from its pairs.
fn measure(workload: &str, load: &str, variant: &str) -> Vec<Decision> {
    let pairs = recorded(workload, load, variant);
    let width = if workload == "ctr" { 0.06 } else { 0.04 };
    let rule = Rule { scale: SCALE, quiet: quiet(workload, width), width };
    let (mut tally, mut earlier, mut decisions) = (Tally::new(rule, Vec::new()), 0, Vec::new());
    for pair in pairs.windows(2) {
        tally.add(Pair { before: pair[0].0, between: pair[0].1, after: pair[1].0 });
        // As many as fit into the time with references of a hundred milliseconds.
        let time = if tally.pairs().len() >= earlier + 24 { Time::Over } else { Time::Left };
        match tally.decide(time) {
            Decision::More => {}
            decision => {
                let pairs = if matches!(decision, Decision::Settled(_)) { Vec::new() } else { tally.lasting() };
                (earlier, tally) = (pairs.len(), Tally::new(rule, pairs));
                decisions.push(decision);
            }
        }
    }
    decisions
}

/// The points of every measurement that settled, of 100.
fn points(decisions: &[Decision]) -> Vec<f64> {
    let settled = decisions.iter().filter_map(|decision| match decision {
        Decision::Settled(estimate) => Some(100.0 * SCALE.share(estimate.centre)),
        Decision::More | Decision::Undecided(_) => None,
    });
    settled.collect()
}

fn range(points: &[f64]) -> f64 {
    quantile_of(points, 1.0).unwrap() - quantile_of(points, 0.0).unwrap()
}

#[test]
fn on_a_quiet_machine_every_submission_is_decided_in_four_tries_and_within_the_bound() {
    for (workload, bound) in [("cpu", 5.0), ("io", 5.0), ("ctr", 8.0)] {
        for (variant, nominal) in [("1", 100.0), ("1.1", 100.0), ("1.5", 84.3), ("2", 59.6), ("4", 0.0)] {
            let decisions = measure(workload, "none", variant);
            let points = points(&decisions);
            let settles = |decision: &Decision| matches!(decision, Decision::Settled(_));
            assert!(decisions.windows(4).all(|four| four.iter().any(settles)), "{workload} {variant}");
            assert!(workload == "ctr" || 5 * points.len() >= 4 * decisions.len(), "{workload} {variant}: at the first");
            assert!(range(&points) <= bound, "{workload} {variant}: {points:.1?}");
            // Starting a process, which a slower variant does no slower, compresses the ratios of these short runs.
            let median = quantile_of(&points, 0.5).unwrap();
            assert!((nominal - 3.0..nominal + 8.0).contains(&median), "{workload} {variant}: {median:.1}");
        }
    }
}

#[test]
fn a_serial_solution_gets_two_thirds_on_two_quiet_cores() {
    let points = points(&measure("cpu", "none", "serial"));
    assert!(points.len() > 15 && range(&points) <= 5.0, "{points:.1?}");
    assert!(points.iter().all(|points| (65.0..72.0).contains(points)), "{points:.1?}");
}

#[test]
fn a_serial_solution_never_looks_parallel_because_the_machine_is_busy() {
    for load in ["hog1", "s2", "burst"] {
        let points = points(&measure("cpu", load, "serial"));
        assert!(points.iter().all(|points| *points < 75.0), "{load}: {points:.1?}");
    }
}

#[test]
fn a_loaded_machine_gives_no_grade_for_parallel_work_rather_than_a_wrong_one() {
    for load in ["hog1", "s2"] {
        for variant in ["1", "1.5", "2", "4", "serial"] {
            let decisions = measure("cpu", load, variant);
            assert!(!decisions.is_empty());
            assert!(points(&decisions).is_empty(), "{load} {variant}");
        }
    }
}

#[test]
fn work_that_waits_gets_the_points_of_a_quiet_machine_under_any_load() {
    for variant in ["1", "1.1", "1.5", "2", "4"] {
        let quiet = quantile_of(&points(&measure("io", "none", variant)), 0.5).unwrap();
        for load in ["hog1", "s2", "burst"] {
            let points = points(&measure("io", load, variant));
            let median = quantile_of(&points, 0.5).unwrap();
            assert!((median - quiet).abs() <= 5.0, "{load} {variant}: {median:.1}, quiet {quiet:.1}");
            assert!(range(&points) <= 8.0, "{load} {variant}: {points:.1?}");
        }
    }
}
