//! The course tests itself: every case of every exercise gets exactly its declared verdicts.

use predicates::prelude::*;

use crate::program::grader;

#[test]
fn every_solution_stub_and_fixture_gets_its_declared_verdicts() {
    grader().args(["verify", "--quick"]).assert().code(0).stdout(predicate::str::contains(" 0 otherwise"));
}

#[test]
fn every_exercise_is_listed_with_both_titles() {
    let assert = grader().arg("list").assert().code(0);
    insta::assert_snapshot!(String::from_utf8_lossy(&assert.get_output().stdout));
}
