//! What a user can get wrong, and what a machine can.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use assert_cmd::Command;
use predicates::prelude::*;

use crate::program::{cache, fixture, grader, repository, submission};

#[test]
fn an_unknown_exercise_is_wrong_use() {
    grader()
        .args(["check", "9"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("there is no exercise `9`").and(predicate::str::contains("grader list")));
}

#[test]
fn an_unknown_check_is_wrong_use() {
    grader()
        .args(["check", "3", "--solution", "--only", "nonsense"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("there is no check `nonsense`"));
}

#[test]
fn a_missing_folder_is_wrong_use() {
    grader()
        .args(["check", "3", "--path", "no/such/folder"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("there is no folder `no/such/folder`"));
}

#[test]
fn a_folder_without_a_library_is_wrong_use() {
    let folder = tempfile::tempdir().unwrap();
    grader()
        .args(["check", "3", "--path"])
        .arg(folder.path())
        .assert()
        .code(2)
        .stderr(predicate::str::contains("has no `src/lib.rs`"));
}

#[test]
fn a_symbolic_link_among_the_sources_is_refused() {
    let folder = submission("mod secret;");
    symlink("/etc/passwd", folder.path().join("src/secret.rs")).unwrap();
    grader()
        .args(["check", "3", "--path"])
        .arg(folder.path())
        .assert()
        .code(2)
        .stderr(predicate::str::contains("neither a plain file nor a folder"));
}

#[test]
fn code_that_does_not_compile_shows_the_compilers_words_and_nothing_else() {
    let folder = submission("pub fn broken() -> i32 { \"three\" }\n");
    let assert = grader().args(["check", "3", "--path"]).arg(folder.path()).assert().code(1);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    insta::assert_snapshot!(text);
}

#[test]
fn a_library_with_other_items_than_the_exercises_is_told_apart_from_broken_code() {
    let folder = submission("pub struct Counter;\n");
    grader().args(["check", "3", "--path"]).arg(folder.path()).assert().code(1).stdout(
        predicate::str::contains("unresolved import").and(predicate::str::contains("The library itself compiles")),
    );
}

#[test]
fn unsafe_code_is_refused_whatever_the_submission_allows_itself() {
    let folder = submission("#![allow(unsafe_code)]\npub fn f() { unsafe { std::hint::unreachable_unchecked() } }\n");
    grader()
        .args(["check", "3", "--path"])
        .arg(folder.path())
        .assert()
        .code(1)
        .stdout(predicate::str::contains("-F unsafe-code"));
}

#[test]
fn a_students_manifest_and_toolchain_have_no_effect_and_are_told() {
    let folder = submission(&fs::read_to_string(fixture("03-counter", "right-sharded").join("src/lib.rs")).unwrap());
    fs::write(folder.path().join("Cargo.toml"), "this is no manifest").unwrap();
    fs::write(folder.path().join("rust-toolchain.toml"), "[toolchain]\nchannel = \"1.0.0\"\n").unwrap();
    fs::write(folder.path().join("build.rs"), "fn main() { panic!() }").unwrap();
    grader()
        .args(["check", "3", "--quick", "--path"])
        .arg(folder.path())
        .current_dir(folder.path())
        .env("COLUMNS", "120")
        .assert()
        .code(0)
        .stdout(predicate::str::contains("not used: Cargo.toml, build.rs, rust-toolchain.toml"));
}

#[test]
fn a_cache_folder_that_cannot_be_written_is_the_machines_fault_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    grader().args(["check", "3", "--solution"]).env("GRADER_CACHE", file.join("cache")).assert().code(3).stderr(
        predicate::str::contains("cannot write the cache folder").and(predicate::str::contains("GRADER_CACHE")),
    );
}

#[test]
fn a_full_scratch_disk_is_the_machines_fault_and_never_a_compile_error() {
    let solution = repository().join("solutions/03-counter");
    let warm = ["check", "3", "--quick", "--only", "each-call-does-its-own-job", "--path"];
    grader().args(warm).arg(&solution).assert().code(0);
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(cache()).unwrap().filter_map(Result::ok) {
        if entry.file_name() != "scratch" && entry.file_name() != "kept" {
            symlink(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
    }
    // Where a submission's sources go: those of a quick check to `kept`, unless another grader has its folder.
    let disks = ["scratch", "kept"].map(|name| folder.path().join(name));
    for disk in &disks {
        fs::create_dir(disk).unwrap();
    }
    // No room for the sources; room for them and not for what is compiled of them.
    for room in ["4k", "200k", "3m"] {
        let mount = disks.iter().map(|disk| format!("mount -t tmpfs -o size={room} disk {} && ", disk.display()));
        let mount = mount.collect::<String>() + "exec \"$@\"";
        let checked = grader();
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &mount, "sh"]).arg(checked.get_program()).args(warm).arg(&solution);
        command.env_clear().envs(checked.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = command.env("GRADER_CACHE", folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if said.contains("unshare failed") || said.contains("mount:") {
            // Only root may mount a disk of its own.
            return;
        }
        assert_eq!(output.status.code(), Some(3), "{room}: {said}");
        assert!(said.contains("make room on the disk"), "{room}: {said}");
    }
}

#[test]
fn a_machine_without_a_compiler_says_what_to_install() {
    grader()
        .args(["check", "3", "--solution"])
        .env("RUSTC", "/no/such/rustc")
        .assert()
        .code(3)
        .stderr(predicate::str::contains("cannot run `rustc`").and(predicate::str::contains("install Rust")));
}

#[test]
fn sources_that_cannot_be_read_are_told_by_name() {
    if rustix::process::getuid().is_root() {
        // Root reads everything.
        return;
    }
    let folder = submission("");
    fs::set_permissions(folder.path().join("src/lib.rs"), fs::Permissions::from_mode(0o000)).unwrap();
    grader()
        .args(["check", "3", "--path"])
        .arg(folder.path())
        .assert()
        .code(2)
        .stderr(predicate::str::contains("lib.rs"));
}

#[test]
fn a_submission_that_starts_thousands_of_threads_gets_a_verdict() {
    let solution = fs::read_to_string(repository().join("solutions/03-counter/src/lib.rs")).unwrap();
    let reset = "std::mem::take(&mut *self.lock())";
    let crowd = "std::thread::scope(|scope| (0..5_000).for_each(|_| drop(scope.spawn(|| self.get()))));";
    assert!(solution.contains(reset));
    let submission = submission(&solution.replace(reset, &format!("{{ {crowd} {reset} }}")));
    grader()
        .args(["check", "3", "--quick", "--only", "reset-returns-what-it-cleared", "--path"])
        .arg(submission.path())
        .assert()
        .code(1)
        .stdout(predicate::str::contains("process limit").and(predicate::str::contains("threads were alive at once")));
}
