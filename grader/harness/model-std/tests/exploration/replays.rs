//! A schedule can be run again, also on a program that has changed.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::thread;

use protocol::explore::{End, FailureKind};

use crate::explorer::{budget, explore, explore_with, replay, scenario};

/// The counter of the tests; `right` counts in one operation.
fn counter(right: bool, extra: usize) -> impl Fn() -> Vec<u8> {
    move || {
        let value = AtomicU8::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..extra {
                        value.load(SeqCst);
                    }
                    if right {
                        value.fetch_add(1, SeqCst);
                    } else {
                        let read = value.load(SeqCst);
                        value.store(read + 1, SeqCst);
                    }
                });
            }
        });
        vec![value.into_inner()]
    }
}

fn both(observation: &[u8]) -> bool {
    observation == [2]
}

#[test]
fn a_repaired_program_no_longer_fails() {
    let failure = explore_with(&budget(), &counter(false, 0), both).failure.expect("it fails");
    let repaired = replay(&failure.story.schedule, &counter(true, 0), both);
    assert_eq!(repaired.failure, None);
    assert!(repaired.divergence.is_some(), "it has fewer choices");
}

#[test]
fn a_program_that_took_another_way_is_told_where() {
    let failure = explore_with(&budget(), &counter(false, 0), both).failure.expect("it fails");
    let changed = replay(&failure.story.schedule, &counter(false, 3), both);
    let divergence = changed.divergence.expect("there are more choices before");
    assert_eq!((divergence.choices, divergence.thread.as_str()), (0, "thread 1"));
    assert!(divergence.place.is_some_and(|place| place.file.ends_with("replays.rs")));
}

#[test]
fn a_text_that_is_no_schedule_is_refused() {
    let body = counter(true, 0);
    let mut judge = |_: &[u8]| model::Judgement::Accepted;
    let error = model::replay("x-1.2", &budget(), &scenario(&body), &mut judge).expect_err("a part is missing");
    assert_eq!(error.part, "1.2");
}

#[test]
fn hash_maps_iterate_alike_in_every_execution() {
    let body = || {
        let map: HashMap<u8, u8> = (0..20).map(|key| (key, 0)).collect();
        let keys = map.into_keys().collect::<Vec<u8>>();
        let random = RandomState::new().hash_one(0) as u8;
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| drop(HashMap::<u8, u8>::new()));
            }
        });
        [keys, vec![random]].concat()
    };
    let reached = explore(&body).reached;
    assert_eq!(reached.observations, 1);
    assert_ne!(reached.schedules, 1);
}

#[test]
fn a_program_that_is_not_deterministic_is_reported_and_claims_nothing() {
    let executions = Cell::new(0_usize);
    let body = || {
        executions.set(executions.get() + 1);
        let (value, count) = (AtomicU8::new(0), 1 + executions.get() % 3);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..count {
                        value.fetch_add(1, SeqCst);
                    }
                });
            }
        });
        Vec::new()
    };
    let reached = explore(&body).reached;
    assert!(matches!(reached.end, End::NotDeterministic { diverged } if diverged > 0), "{reached:?}");
    assert!(reached.levels.is_empty());
}

#[test]
fn a_failure_that_cannot_be_shown_again_is_still_a_failure() {
    let executions = Cell::new(0_u8);
    let body = || {
        executions.set(executions.get() + 1);
        vec![executions.get()]
    };
    let failure = explore_with(&budget(), &body, |observation| observation != [1]).failure.expect("the first one");
    assert_eq!(failure.kind, FailureKind::Rejected { observation: vec![1] });
    assert_eq!(failure.story.told, protocol::explore::Told::Differently);
}
