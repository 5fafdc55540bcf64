//! The model in the place of `std` and `core`, as the compiler of a submission is told.
//!
//! These tests run the compiler: on unmodified files that know nothing of the model, and on a driver that explores one.
#![allow(
    clippy::unwrap_used,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::needless_for_each,
    clippy::similar_names,
    reason = "the programs are written as students write them"
)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

/// The libraries that this test was built with.
struct Libraries {
    model_std: PathBuf,
    model: PathBuf,
    protocol: PathBuf,
    dependencies: PathBuf,
}

/// Asks cargo for the libraries, which it has just built.
static LIBRARIES: LazyLock<Libraries> = LazyLock::new(|| {
    let mut cargo = program(env!("CARGO"));
    let output = cargo.args(["build", "--offline", "-p", "model-std", "--message-format=json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let path = |name: &str| {
        let artifact =
            messages.split('"').find(|part| part.contains(&format!("/lib{name}")) && part.ends_with(".rmeta"));
        PathBuf::from(artifact.unwrap_or_else(|| panic!("cargo names no library `{name}`"))).with_extension("rlib")
    };
    let model_std = messages.split('"').find(|part| part.ends_with("/libmodel_std.rlib")).map(PathBuf::from).unwrap();
    let dependencies = model_std.parent().unwrap().join("deps");
    Libraries { model_std, model: path("model-"), protocol: path("protocol-"), dependencies }
});

#[expect(clippy::disallowed_methods, reason = "no sandbox: the compiler runs on files of these tests")]
fn program(name: &str) -> Command {
    Command::new(name)
}

/// A folder of its own for a test.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Compiles a file as a submission is compiled, under the name `src/lib.rs`.
fn compile(submission: &str, edition: &str, folder: &Path) -> Output {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drop_in/submissions").join(submission);
    let library = |name: &str, path: &Path| {
        let mut argument = OsString::from(format!("{name}="));
        argument.push(path);
        argument
    };
    let mut remap = source.clone().into_os_string();
    remap.push("=src/lib.rs");
    let mut rustc = program("rustc");
    rustc.args(["--crate-name", "submission", "--crate-type", "rlib", "--edition", edition, "-O", "-F", "unsafe_code"]);
    rustc.arg("--extern").arg(library("std", &LIBRARIES.model_std));
    rustc.arg("--extern").arg(library("core", &LIBRARIES.model_std));
    rustc.arg("-L").arg(library("dependency", &LIBRARIES.dependencies));
    rustc.arg("--remap-path-prefix").arg(remap).arg(&source);
    rustc.current_dir(folder).output().unwrap()
}

#[track_caller]
fn assert_compiles(submission: &str, edition: &str) {
    let folder = folder(&format!("{submission}-{edition}"));
    let output = compile(submission, edition, &folder);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{submission} in edition {edition}: {errors}");
}

#[test]
fn an_ordinary_file_compiles_in_every_edition() {
    for edition in ["2018", "2021", "2024"] {
        assert_compiles("ordinary.rs", edition);
    }
}

#[test]
fn core_and_alloc_lead_to_the_same_types() {
    assert_compiles("core_paths.rs", "2024");
    assert_compiles("without_std.rs", "2024");
}

#[test]
fn what_would_block_unseen_is_a_compile_error_that_names_it() {
    let folder = folder("left_out");
    let output = compile("left_out.rs", "2024", &folder);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    let paths =
        ["net::TcpStream", "net::UdpSocket", "os::unix::net", "os::unix::thread", "process::Command", "io::pipe"];
    for path in paths {
        assert!(errors.contains(&format!("unresolved import `std::{path}`")), "`{path}` is not named: {errors}");
    }
}

#[test]
fn an_unmodified_file_is_explored_and_its_lines_are_told() {
    let folder = folder("explored");
    let output = compile("counter.rs", "2024", &folder);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut rustc = program("rustc");
    rustc.args(["--crate-name", "driver", "--edition", "2024", "-O", "-o", "driver"]);
    for (name, library) in [
        ("model_std", LIBRARIES.model_std.as_path()),
        ("model", &LIBRARIES.model),
        ("protocol", &LIBRARIES.protocol),
        ("submission", Path::new("libsubmission.rlib")),
    ] {
        rustc.arg("--extern").arg(format!("{name}={}", library.display()));
    }
    rustc.arg("-L").arg(format!("dependency={}", LIBRARIES.dependencies.display()));
    rustc.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drop_in/submissions/driver.rs"));
    let compiled = rustc.current_dir(&folder).output().unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let run = program(folder.join("driver").to_str().unwrap()).output().unwrap();
    let lines = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success(), "{lines}{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(
        lines,
        "thread 1 load src/lib.rs:14\nthread 2 load src/lib.rs:14\nthread 2 store src/lib.rs:15\nthread 1 store src/lib.rs:15\n"
    );
}
