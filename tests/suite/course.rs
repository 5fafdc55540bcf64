//! The course tests itself. The gate runs every case of every exercise with `grader verify`; here are the two of each
//! exercise that a course cannot do without.

use predicates::prelude::*;

use crate::program::grader;

/// How many exercises there are.
const EXERCISES: usize = 8;

#[test]
fn every_reference_solution_gets_everything() {
    verify("solution");
}

#[test]
fn every_stub_gets_nothing() {
    verify("stub");
}

fn verify(case: &str) {
    let declared = format!("{EXERCISES} cases as declared, 0 otherwise");
    grader().args(["verify", "--quick", "--fixture", case]).assert().code(0).stdout(predicate::str::contains(declared));
}

#[test]
fn every_exercise_is_listed_with_both_titles() {
    let assert = grader().arg("list").assert().code(0);
    insta::assert_snapshot!(String::from_utf8_lossy(&assert.get_output().stdout));
}
