//! Runs a program through the search, for the tests beside this file.

use std::collections::BTreeSet;

use model::{Judgement, Scenario};
use protocol::explore::{Budget, End, Exploration, Failure, FailureKind, Leftover, Replay};

/// How the files of these tests begin, as the compiler is given them.
pub(crate) const SOURCES: &str = "grader/harness/model-std/tests/exploration/";

/// A search for programs of a few steps.
pub(crate) fn budget() -> Budget {
    Budget { schedules: 100_000, random: 300, steps: 2_000, ..Budget::default() }
}

/// A search without a bound in delays.
pub(crate) fn boundless() -> Budget {
    Budget { delays: 40, random: 0, ..budget() }
}

/// The program as a scenario of these tests.
pub(crate) fn scenario(body: &dyn Fn() -> Vec<u8>) -> Scenario<'_> {
    Scenario { sources: SOURCES, ..Scenario::new(body) }
}

/// Searches with a budget; every observation is allowed that `allowed` allows.
pub(crate) fn explore_with(budget: &Budget, body: &dyn Fn() -> Vec<u8>, allowed: fn(&[u8]) -> bool) -> Exploration {
    let mut judge = |observation: &[u8]| judgement(allowed, observation);
    model::explore(budget, &scenario(body), &mut judge)
}

/// Searches a program that may observe anything.
pub(crate) fn explore(body: &dyn Fn() -> Vec<u8>) -> Exploration {
    explore_with(&budget(), body, |_| true)
}

/// Searches a program that may leave threads behind.
pub(crate) fn explore_leaving(body: &dyn Fn() -> Vec<u8>) -> Exploration {
    let mut judge = |_: &[u8]| Judgement::Accepted;
    let scenario = Scenario { leftover: Leftover::Allowed, ..scenario(body) };
    model::explore(&budget(), &scenario, &mut judge)
}

/// The failure of a program that must fail.
pub(crate) fn failure(body: &dyn Fn() -> Vec<u8>) -> Failure {
    explore(body).failure.expect("a schedule fails")
}

/// Everything that a program can observe, over all schedules.
#[track_caller]
pub(crate) fn observations(body: &dyn Fn() -> Vec<u8>) -> BTreeSet<Vec<u8>> {
    let (seen, end) = observations_within(&boundless(), body);
    assert_eq!(end, End::Everything);
    seen
}

/// Everything that a program can observe within a budget, and why the search ended.
#[track_caller]
pub(crate) fn observations_within(budget: &Budget, body: &dyn Fn() -> Vec<u8>) -> (BTreeSet<Vec<u8>>, End) {
    let mut seen = BTreeSet::new();
    let mut judge = |observation: &[u8]| {
        seen.insert(observation.to_vec());
        Judgement::Accepted
    };
    let exploration = model::explore(budget, &scenario(body), &mut judge);
    assert_eq!(exploration.failure, None);
    (seen, exploration.reached.end)
}

/// Asserts that a program never fails, and gives the numbers of schedules by delays.
#[track_caller]
pub(crate) fn levels(budget: &Budget, body: &dyn Fn() -> Vec<u8>) -> Vec<u64> {
    let exploration = explore_with(budget, body, |_| true);
    assert_eq!(exploration.failure, None);
    exploration.reached.levels
}

/// Runs a schedule again.
pub(crate) fn replay(schedule: &str, body: &dyn Fn() -> Vec<u8>, allowed: fn(&[u8]) -> bool) -> Replay {
    let mut judge = |observation: &[u8]| judgement(allowed, observation);
    model::replay(schedule, &budget(), &scenario(body), &mut judge).expect("the text is a schedule")
}

/// Asserts that a failing program fails again, in the same way and with the same story, when its schedule is replayed.
#[track_caller]
pub(crate) fn fails_again(body: &dyn Fn() -> Vec<u8>, allowed: fn(&[u8]) -> bool) -> FailureKind {
    let failure = explore_with(&budget(), body, allowed).failure.expect("a schedule fails");
    for _ in 0..3 {
        let replay = replay(&failure.story.schedule, body, allowed);
        assert_eq!(replay.divergence, None);
        assert_eq!(replay.failure.as_ref(), Some(&failure.kind));
        assert_eq!(replay.story, failure.story);
    }
    failure.kind
}

fn judgement(allowed: fn(&[u8]) -> bool, observation: &[u8]) -> Judgement {
    if allowed(observation) { Judgement::Accepted } else { Judgement::Rejected }
}
