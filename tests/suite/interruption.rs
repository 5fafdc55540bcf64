//! Ctrl-C at any moment: the right status, no process and no folder left.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::program::{cache, grader, submission};

/// A cache that shares everything compiled with the other tests', but has a scratch folder of its own.
fn cache_with_own_scratch() -> TempDir {
    let warm = ["check", "3", "--solution", "--quick", "--only", "each-call-does-its-own-job"];
    grader().args(warm).assert().code(0);
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(cache()).unwrap().filter_map(Result::ok) {
        if entry.file_name() != "scratch" {
            symlink(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
    }
    folder
}

#[expect(clippy::disallowed_methods, reason = "the program has to be signalled while it runs")]
fn start(cache: &Path, submission: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grader"));
    command.args(["check", "3", "--path"]).arg(submission);
    command.env("GRADER_CACHE", cache).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

fn interrupt(grader: &mut Child) -> ExitStatus {
    kill_process(Pid::from_child(grader), Signal::INT).unwrap();
    for _ in 0..500 {
        if let Some(status) = grader.try_wait().unwrap() {
            return status;
        }
        thread::sleep(Duration::from_millis(10));
    }
    let _ = grader.kill();
    panic!("the grader did not end within five seconds of Ctrl-C");
}

/// How many processes run a program from the scratch folder.
fn drivers(cache: &Path) -> usize {
    let scratch = cache.canonicalize().unwrap().join("scratch");
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    processes
        .filter(|process| fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe.starts_with(&scratch)))
        .count()
}

/// How many submissions have a folder in the scratch folder.
fn folders(cache: &Path) -> usize {
    let entries = fs::read_dir(cache.join("scratch")).map(|entries| entries.filter_map(Result::ok).collect::<Vec<_>>());
    entries.unwrap_or_default().iter().filter(|entry| entry.path().is_dir()).count()
}

/// A counter that never returns from `increment`, and eats a core meanwhile.
fn endless() -> TempDir {
    let solution = crate::program::repository().join("solutions/03-counter/src/lib.rs");
    let text = fs::read_to_string(solution).unwrap();
    submission(&text.replace(
        "        self.add(1).expect(\"a counter at i64::MAX cannot be incremented\")",
        "        loop { std::hint::spin_loop() }",
    ))
}

#[test]
fn ctrl_c_while_a_submission_runs_leaves_nothing_behind() {
    let (cache, submission) = (cache_with_own_scratch(), endless());
    let mut grader = start(cache.path(), submission.path());
    let mut waited = 0;
    while drivers(cache.path()) == 0 {
        waited += 1;
        assert!(waited < 3000, "no driver was started within 30 seconds");
        thread::sleep(Duration::from_millis(10));
    }
    let status = interrupt(&mut grader);
    assert_eq!(status.code(), Some(130));
    assert_eq!((drivers(cache.path()), folders(cache.path())), (0, 0));
}

#[test]
fn ctrl_c_at_any_moment_leaves_nothing_behind() {
    let (cache, submission) = (cache_with_own_scratch(), endless());
    for milliseconds in [0, 10, 50, 100, 200, 400, 800, 1600] {
        let mut grader = start(cache.path(), submission.path());
        thread::sleep(Duration::from_millis(milliseconds));
        let status = interrupt(&mut grader);
        // Before the signals are listened to, the signal itself ends the program.
        assert!(matches!(status.code(), Some(130) | None), "{status:?} after {milliseconds} ms");
        assert_eq!((drivers(cache.path()), folders(cache.path())), (0, 0), "after {milliseconds} ms");
    }
}

#[test]
fn what_a_killed_grader_left_is_swept_by_the_next() {
    let (cache, submission) = (cache_with_own_scratch(), endless());
    let mut grader = start(cache.path(), submission.path());
    let mut waited = 0;
    while folders(cache.path()) == 0 {
        waited += 1;
        assert!(waited < 3000, "no folder was made within 30 seconds");
        thread::sleep(Duration::from_millis(10));
    }
    grader.kill().unwrap();
    grader.wait().unwrap();
    let mut next = crate::program::grader();
    next.env("GRADER_CACHE", cache.path()).args([
        "check",
        "3",
        "--solution",
        "--quick",
        "--only",
        "no-increment-is-lost",
    ]);
    next.assert().code(0);
    assert_eq!(folders(cache.path()), 0);
}
