//! A trusted program that does what safe Rust cannot say, run in the sandbox like any other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use grader::sandbox::{Access, Ending, Job, Limit, Limits, Mount, Network, Request, Sandbox};
use tempfile::TempDir;

/// The program, compiled once.
static PROGRAM: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("payload");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/suite/sandbox/payload/main.rs");
    #[expect(clippy::disallowed_methods, reason = "the payload is the suite's own")]
    let mut compiler = std::process::Command::new("rustc");
    let status = compiler.args(["--edition=2024", "-O", "-o"]).arg(&program).arg(source).status().unwrap();
    assert!(status.success());
    (folder, program)
});

/// Where the program is.
pub(super) fn program() -> &'static Path {
    &PROGRAM.1
}

/// The program with this argument.
fn job(argument: &str) -> Job {
    let visible = |path: &Path| Mount { source: path.to_owned(), target: path.to_owned(), access: Access::ReadOnly };
    Job {
        program: program().to_owned(),
        arguments: vec![argument.into()],
        environment: Vec::new(),
        folder: PathBuf::from("/"),
        mounts: vec![visible(program().parent().unwrap())],
        network: Network::None,
        limits: Limits {
            wall: Duration::from_secs(20),
            cpu: Duration::from_secs(20),
            memory: 256 << 20,
            output: 64 << 10,
            file_size: 1 << 20,
            scratch: 1 << 20,
            processes: 32,
            open_files: 64,
            scratch_files: 64,
        },
        control: None,
    }
}

/// A program that ends at once.
pub(super) fn nothing() -> Job {
    job("nothing")
}

fn sandbox(request: Request) -> Sandbox {
    Sandbox::open_with(Path::new(env!("CARGO_BIN_EXE_grader")), request).unwrap()
}

/// What the kernel says to each call: `through`, or the name of the error.
fn asked(request: Request) -> BTreeMap<String, String> {
    let finished = sandbox(request).start(job("ask")).unwrap().wait().unwrap();
    assert_eq!(finished.ending, Ending::Exited(0));
    let text = String::from_utf8(finished.stdout.bytes).unwrap();
    let pairs = text.lines().map(|line| line.split_once(' ').unwrap());
    pairs.map(|(call, answer)| (call.to_owned(), answer.to_owned())).collect()
}

#[test]
#[cfg(target_arch = "x86_64")]
fn the_kernel_refuses_what_no_submission_needs() {
    for request in [Request::Full, Request::Reduced] {
        let answers = asked(request);
        assert!(answers.len() >= 40, "{answers:?}");
        for (call, answer) in &answers {
            let expected: &[&str] = match call.as_str() {
                // The C library falls back to what a filter can look into.
                "clone3" | "x32-getpid" => &["ENOSYS"],
                // Whoever has no power over groups and users is told so.
                "setuid" | "setgid" | "setgroups" | "setresuid" => &["EPERM", "EINVAL"],
                // Nobody is there, or nobody that may be signalled.
                "kill-parent" | "stop-parent" => &["EPERM", "ESRCH"],
                // The first process of a namespace takes no signal from inside.
                "kill-first" => &["EPERM", "through"],
                "open-memory-of-parent" | "open-memory-of-first" => &["ENOENT", "EACCES", "EPERM"],
                // There is no such folder at the full level, and no right to it at the reduced one.
                "write-shared-memory" => &["ENOENT", "EACCES", "EROFS"],
                _ => &["EPERM"],
            };
            assert!(expected.contains(&answer.as_str()), "{request:?}: {call} gave {answer}, not {expected:?}");
        }
    }
}

#[test]
fn a_program_without_streams_ends_like_any_other() {
    for request in [Request::Full, Request::Reduced] {
        let finished = sandbox(request).start(job("close")).unwrap().wait().unwrap();
        assert_eq!(finished.ending, Ending::Exited(7), "{request:?}");
    }
}

#[test]
fn whatever_a_program_leaves_behind_ends_with_it() {
    for request in [Request::Full, Request::Reduced] {
        let finished = sandbox(request).start(job("leave")).unwrap().wait().unwrap();
        assert_eq!(finished.ending, Ending::Exited(0), "{request:?}");
        assert_eq!(finished.usage.left_behind.value, 4, "{request:?}");
        assert_eq!(finished.usage.processes.value, 5, "{request:?}");
    }
}

#[test]
fn a_bomb_of_raw_forks_ends_at_the_limit_of_processes() {
    for request in [Request::Full, Request::Reduced] {
        let finished = sandbox(request).start(job("bomb")).unwrap().wait().unwrap();
        assert_eq!(finished.ending, Ending::Stopped(Limit::Processes), "{request:?}");
    }
}

#[test]
fn memory_of_no_process_counts_for_the_tree() {
    let sandbox = sandbox(Request::Full);
    let finished = sandbox.start(job("shared")).unwrap().wait().unwrap();
    assert_eq!(finished.ending, Ending::Stopped(Limit::Memory));
}

#[test]
fn a_stopped_program_ends_at_its_time_limit() {
    let sandbox = sandbox(Request::Full);
    let stopped = job("stop");
    let limits = Limits { wall: Duration::from_millis(300), ..stopped.limits.clone() };
    let finished = sandbox.start(Job { limits, ..stopped }).unwrap().wait().unwrap();
    assert_eq!(finished.ending, Ending::Stopped(Limit::Wall));
}
