//! What the course says of itself. Whether every solution, stub and fixture gets what it is due, the gate asks with
//! `grader verify`.

use crate::program::grader;

#[test]
fn every_exercise_is_listed_with_both_titles() {
    let assert = grader().arg("list").assert().code(0);
    insta::assert_snapshot!(String::from_utf8_lossy(&assert.get_output().stdout));
}
