//! The program under test, with an environment that holds nothing of the machine's.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package stands in the repository").to_owned()
}

/// The cache folder that all tests share, so that the harness is compiled once.
pub(crate) fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("grader-cache")
}

/// The program, in an empty folder of its own unless the caller changes that.
pub(crate) fn grader() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grader"));
    command.env_clear().env("GRADER_CACHE", cache()).env("LANG", "C.UTF-8").current_dir(std::env::temp_dir());
    for name in ["PATH", "HOME", "RUSTUP_HOME", "CARGO_HOME", "RUSTUP_TOOLCHAIN"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.timeout(std::time::Duration::from_mins(5));
    command
}

/// A folder with a submission whose `src/lib.rs` is `text`.
pub(crate) fn submission(text: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    fs::create_dir(folder.path().join("src")).expect("a folder can be made in it");
    fs::write(folder.path().join("src/lib.rs"), text).expect("a file can be written to it");
    folder
}

/// A fixture's folder.
pub(crate) fn fixture(exercise: &str, case: &str) -> PathBuf {
    repository().join("fixtures").join(exercise).join(case)
}

/// What a command printed, as text.
pub(crate) fn stdout(command: &mut Command) -> String {
    let output = command.output().expect("the program can be started");
    String::from_utf8(output.stdout).expect("the program prints UTF-8")
}
