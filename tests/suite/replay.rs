//! A failing interleaving is shown, and can be shown again.

use std::fs;
use std::path::Path;

use predicates::prelude::*;

use crate::program::{fixture, grader, repository, stdout, submission};

/// Checks one property of a submission; returns the report and the name of its replay.
fn failing(folder: &Path, check: &str) -> (String, String) {
    let text = stdout(grader().args(["check", "3", "--quick", "--only", check, "--path"]).arg(folder));
    let (_, rest) = text.split_once("grader replay ").unwrap_or_else(|| panic!("no replay is named in:\n{text}"));
    let id = rest.split_whitespace().next().unwrap().to_owned();
    (text, id)
}

/// The lines of the witness: those between the words and the command.
fn lanes(text: &str) -> Vec<&str> {
    let between = text.split("\n\n").find(|part| part.contains('│')).unwrap();
    between.lines().filter(|line| line.contains('│')).collect()
}

#[test]
fn a_lost_update_is_shown_in_at_most_eight_rows_with_the_students_lines() {
    let (text, _) = failing(&fixture("03-counter", "load-then-store"), "no-increment-is-lost");
    let rows = lanes(&text);
    assert!(rows.len() <= 8, "{} rows:\n{text}", rows.len());
    assert!(rows.iter().any(|row| row.contains("load")) && rows.iter().any(|row| row.contains("store")), "{text}");
    assert!(text.contains("src/lib.rs:"), "{text}");
}

#[test]
fn a_deadlock_names_both_locks_both_holders_and_both_lines() {
    let (text, _) = failing(&fixture("03-counter", "argument-order"), "transfers-never-deadlock");
    let source = fs::read_to_string(fixture("03-counter", "argument-order").join("src/lib.rs")).unwrap();
    let line = |words: &str| 1 + source.lines().position(|line| line.contains(words)).unwrap();
    let (first, second) = (line("let mut source = from"), line("let mut target = to"));
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (thread, held, awaited, other) in [(1, 'a', 'b', 2), (2, 'b', 'a', 1)] {
        let autopsy = format!(
            "thread {thread} holds lock in `{held}` since src/lib.rs:{first} and waits for lock in `{awaited}` at \
             src/lib.rs:{second}, held by thread {other}"
        );
        assert!(joined.contains(&autopsy), "`{autopsy}` is missing in:\n{text}");
    }
}

#[test]
fn a_replay_shows_the_same_failure_every_time() {
    let (_, id) = failing(&fixture("03-counter", "argument-order"), "transfers-never-deadlock");
    let replay = |id: &str| stdout(grader().args(["replay", id]));
    let first = replay(&id);
    assert!(first.contains("✗ reproduced") && first.contains("deadlock"), "{first}");
    assert_eq!(first, replay(&id));
}

#[test]
fn a_replay_after_an_edit_says_whether_the_schedule_still_fails() {
    let broken = fs::read_to_string(fixture("03-counter", "load-then-store").join("src/lib.rs")).unwrap();
    // The same files in two folders have the same replay, which leads to the folder that was checked last: another test's.
    let broken = format!("{broken}\n// As nobody else has it.\n");
    let folder = submission(&broken);
    let (_, id) = failing(folder.path(), "no-increment-is-lost");

    fs::write(folder.path().join("src/lib.rs"), format!("// An edit that mends nothing.\n{broken}")).unwrap();
    grader()
        .args(["replay", &id])
        .assert()
        .code(1)
        .stdout(predicate::str::contains("has changed since").and(predicate::str::contains("✗ reproduced")));

    fs::copy(repository().join("solutions/03-counter/src/lib.rs"), folder.path().join("src/lib.rs")).unwrap();
    grader().args(["replay", &id]).assert().code(0).stdout(predicate::str::contains("✓ no longer fails"));

    fs::write(folder.path().join("src/lib.rs"), "fn (").unwrap();
    grader().args(["replay", &id]).assert().code(1).stdout(predicate::str::contains("error:"));
}

#[test]
fn an_unknown_replay_is_wrong_use() {
    grader().args(["replay", "3-abcdef"]).assert().code(2).stderr(predicate::str::contains("no replay `3-abcdef`"));
    grader().args(["replay", "../../etc/passwd"]).assert().code(2);
}

#[test]
fn what_the_model_lacks_is_told_and_costs_nothing() {
    let solution = fs::read_to_string(repository().join("solutions/03-counter/src/lib.rs")).unwrap();
    let folder = submission(&format!("{solution}\npub fn unused(_: std::net::TcpListener) {{}}\n"));
    grader()
        .args(["check", "3", "--quick", "--path"])
        .arg(folder.path())
        .env("COLUMNS", "120")
        .assert()
        .code(0)
        .stdout(
            predicate::str::contains("not explored: uses `std::net::TcpListener` at src/lib.rs:")
                .and(predicate::str::contains("85 of 100 points")),
        );
}
