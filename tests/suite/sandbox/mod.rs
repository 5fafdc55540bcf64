//! The sandbox, attacked: hostile submissions and a hostile program, as whoever runs the tests and as an ordinary user,
//! at every level; and the machine afterwards as it was before.
//!
//! A few attacks are made always. All of them, ten times each, and two thousand runs in a row are asked for by name.

mod bench;
mod census;
mod payload;
mod stranger;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use assert_cmd::Command;
use predicates::prelude::*;
use tempfile::TempDir;

use crate::program::{cache, grader};
use census::Census;
use stranger::Stranger;

/// One at a time: each looks at the whole machine before and after.
static MACHINE: Mutex<()> = Mutex::new(());

/// Attacks of every group that take a second or less.
const FEW: &[&str] = &[
    "secret-as-a-module",
    "includes-the-reference",
    "takes-a-symbol",
    "exits-after-the-answer",
    "writes-to-every-descriptor",
    "overwrites-results",
    "hostile-panic",
    "executes-another-program",
    "fork-bomb",
    "fills-the-disk",
    "leaves-a-daemon",
    "calls-home",
    "becomes-root",
    "threads-for-processes",
];

/// Fewer still, for users and levels that differ in what the kernel is asked for and not in what is judged.
const FEWEST: &[&str] = &[
    "includes-a-secret-as-bytes",
    "reads-the-grader-s-secrets",
    "overwrites-results",
    "thread-bomb",
    "calls-home",
    "leaves-a-daemon",
];

/// A folder for temporary files, so that what is left there is seen.
fn own_folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Runs attacks; the machine has to be afterwards as it was before.
fn attack(mut command: Command, level: &str, arguments: &[&str], temporary: &TempDir) {
    let _machine = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = Census::take(temporary.path());
    command.args(["self-test", "--quick", "--sandbox", level]).args(arguments);
    command.timeout(Duration::from_hours(2));
    // Told whole: which one of many got through, `assert` would leave out.
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let is_contained = output.status.code() == Some(0) && told.contains(", 0 otherwise");
    assert!(is_contained, "{:?}\n{told}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    Census::take(temporary.path()).must_be(&before);
}

fn as_we_are(temporary: &TempDir) -> Command {
    let mut command = grader();
    command.env("TMPDIR", temporary.path());
    command
}

#[test]
fn a_few_attacks_are_contained_at_the_full_level() {
    let temporary = own_folder();
    attack(as_we_are(&temporary), "full", FEW, &temporary);
}

#[test]
fn a_few_attacks_are_contained_at_the_reduced_level() {
    let temporary = own_folder();
    attack(as_we_are(&temporary), "reduced", FEWEST, &temporary);
}

#[test]
fn a_few_attacks_are_contained_for_an_ordinary_user() {
    let Some(stranger) = Stranger::of_this_machine() else { return };
    for level in ["full", "reduced"] {
        attack(stranger.grader(), level, FEWEST, stranger.temporary());
    }
}

#[test]
#[ignore = "takes half an hour: every attack, ten times, at two levels, as two users"]
fn every_attack_is_contained_ten_times_at_every_level() {
    let stranger = Stranger::of_this_machine();
    for level in ["full", "reduced"] {
        if let Some(stranger) = &stranger {
            attack(stranger.grader(), level, &["--runs", "10"], stranger.temporary());
        }
        let temporary = own_folder();
        attack(as_we_are(&temporary), level, &["--runs", "10"], &temporary);
    }
}

#[test]
fn hostile_submissions_are_not_run_without_a_sandbox() {
    grader()
        .args(["self-test", "--sandbox", "none"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("not run without a sandbox"));
}

#[test]
fn the_doctor_tells_what_there_is_as_text_and_as_data() {
    for columns in ["40", "80", "200"] {
        let assert = grader().env("COLUMNS", columns).arg("doctor").assert().code(0);
        let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(widest <= columns.parse().unwrap(), "{widest} columns:\n{text}");
        assert!(text.contains("Rust toolchain") && text.contains("sandbox: full"), "{text}");
    }
    let assert = grader().args(["doctor", "--format", "json"]).assert().code(0);
    let diagnosis: grader::doctor::Diagnosis = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert!(diagnosis.ready && diagnosis.level.is_some());
}

#[test]
fn a_machine_without_a_compiler_is_told_what_to_install() {
    grader()
        .env("RUSTC", "/no/such/rustc")
        .arg("doctor")
        .assert()
        .code(3)
        .stdout(predicate::str::contains("✗ missing").and(predicate::str::contains("install Rust")));
}

#[test]
fn a_cache_that_cannot_be_written_is_told_by_the_doctor() {
    grader()
        .env("GRADER_CACHE", "/proc/no/such/cache")
        .arg("doctor")
        .assert()
        .code(3)
        .stdout(predicate::str::contains("set GRADER_CACHE"));
}

#[test]
fn a_kernel_that_makes_no_namespaces_gives_less_and_says_so() {
    let Some(stranger) = Stranger::of_this_machine() else { return };
    // In a namespace of users that may hold no further one, as where a system's settings forbid them.
    let mut command = stranger.grader_without_namespaces();
    let assert = command.arg("doctor").assert().code(0);
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    for part in ["○ less    sandbox: full", "make namespaces", "max_user_namespaces", "✓ ready   sandbox: reduced"]
    {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
    stranger
        .grader_without_namespaces()
        .args(["grade", "--exercise", "3", "--out", "out", "/"])
        .assert()
        .code(3)
        .stderr(predicate::str::contains("grader doctor"));
    stranger
        .grader_without_namespaces()
        .args(["check", "3", "--quick", "--solution", "--only", "no-increment-is-lost"])
        .assert()
        .code(0)
        .stdout(predicate::str::contains("sandbox: reduced"));
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_kernel_without_landlock_gives_namespaces_alone_and_says_so() {
    let Some(stranger) = Stranger::of_this_machine() else { return };
    let mut command = stranger.grader_without_landlock(payload::program());
    let assert = command.arg("doctor").assert().code(0);
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    for part in ["✓ ready   sandbox: full", "○ less    sandbox: reduced", "this kernel has none", "lsm=landlock"] {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
    let mut command = stranger.grader_without_landlock(payload::program());
    let assert =
        command.args(["check", "3", "--quick", "--solution", "--only", "no-increment-is-lost"]).assert().code(0);
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(text.contains("sandbox: full") && text.contains("Landlock, the second wall"), "{text}");
}

#[test]
#[ignore = "takes a minute: two thousand runs"]
fn two_thousand_runs_leave_nothing_behind() {
    use grader::sandbox::{Ending, Request, Sandbox};

    let _machine = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let temporary = own_folder();
    let program = std::path::PathBuf::from(env!("CARGO_BIN_EXE_grader"));
    for request in [Request::Full, Request::Reduced] {
        let sandbox = Sandbox::open_with(&program, request).unwrap();
        let run = || sandbox.start(payload::nothing()).unwrap().wait().unwrap().ending;
        assert_eq!(run(), Ending::Exited(0));
        let (before, descriptors) = (Census::take(temporary.path()), census::descriptors());
        for _ in 0..2_000 {
            assert_eq!(run(), Ending::Exited(0));
        }
        assert_eq!(census::descriptors(), descriptors);
        drop(sandbox);
        Census::take(temporary.path()).must_be(&before);
    }
    assert!(cache().is_absolute());
}
