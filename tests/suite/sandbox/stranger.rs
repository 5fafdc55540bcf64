//! The grader as an ordinary user of the machine, for tests that are run by root: with a toolchain, a program and a cache
//! that this user can reach, wherever the ones of root are.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use tempfile::TempDir;

use crate::program::{cache, grader};

/// A number that no user has.
const USER: u32 = 59_999;
/// The exercises that attacks are handed in for.
const EXERCISES: [&str; 3] = ["1", "3", "5"];

/// Shows toolchain and program in a namespace of mounts, and becomes the user.
const SCRIPT: &str = r#"
set -eu
home=$1 toolchain=$2 program=$3 user=$4 wrap=$5
shift 5
mount --bind "$toolchain" "$home/toolchain"
mount --bind "$program" "$home/grader"
exec setpriv --reuid="$user" --regid="$user" --clear-groups --inh-caps=-all \
    env -i PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 HOME="$home" TMPDIR="$home/tmp" \
    GRADER_CACHE="$home/cache" RUSTC="$home/toolchain/bin/rustc" $wrap "$home/grader" "$@"
"#;

/// An ordinary user.
pub(crate) struct Stranger {
    home: TempDir,
    temporary: TempDir,
    toolchain: PathBuf,
}

impl Stranger {
    /// Prepares one; `None` if the tests are not run by root, and so by an ordinary user anyway.
    pub(crate) fn of_this_machine() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        for exercise in EXERCISES {
            grader().args(["verify", exercise, "--quick", "--fixture", "solution"]).assert().code(0);
        }
        let home = tempfile::tempdir().unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for folder in ["toolchain", "cache", "cache/prebuilt"] {
            fs::create_dir(home.path().join(folder)).unwrap();
        }
        fs::write(home.path().join("grader"), "").unwrap();
        let (from, to) = (cache().join("prebuilt"), home.path().join("cache/prebuilt"));
        for entry in fs::read_dir(&from).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            if EXERCISES.iter().any(|exercise| name.ends_with(&format!("-0{exercise}"))) {
                copy_prebuilt(&entry.path(), &to.join(name), (&from, &to));
            }
        }
        give(&home.path().join("cache"));
        // Inside of the home, so that what stands beside it does not count.
        let temporary = tempfile::Builder::new().prefix("tmp").rand_bytes(0).tempdir_in(home.path()).unwrap();
        give(temporary.path());
        #[expect(clippy::disallowed_methods, reason = "the toolchain has to be shown to another user")]
        let sysroot = std::process::Command::new("rustc").args(["--print", "sysroot"]).output().unwrap().stdout;
        let toolchain = PathBuf::from(String::from_utf8(sysroot).unwrap().trim());
        Some(Self { home, temporary, toolchain })
    }

    /// Where this user's temporary files go.
    pub(crate) fn temporary(&self) -> &TempDir {
        &self.temporary
    }

    /// The grader, run by this user.
    pub(crate) fn grader(&self) -> Command {
        self.command("")
    }

    /// The same, where no further namespaces can be made: as a system's settings may forbid it.
    pub(crate) fn grader_without_namespaces(&self) -> Command {
        let wrap = self.home.path().join("without-namespaces");
        let script = "#!/bin/sh\nexec unshare --user --map-root-user /bin/sh -c \
                      'echo 0 >/proc/sys/user/max_user_namespaces && exec \"$@\"' sh \"$@\"\n";
        fs::write(&wrap, script).unwrap();
        fs::set_permissions(&wrap, fs::Permissions::from_mode(0o755)).unwrap();
        self.command(wrap.to_str().unwrap())
    }

    /// The same, on a kernel without Landlock.
    pub(crate) fn grader_without_landlock(&self, payload: &Path) -> Command {
        let wrap = self.home.path().join("without-landlock");
        fs::copy(payload, &wrap).unwrap();
        self.command(wrap.to_str().unwrap())
    }

    fn command(&self, wrap: &str) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "/bin/sh", "-c", SCRIPT, "sh"]);
        command.args([self.home.path(), &self.toolchain, Path::new(env!("CARGO_BIN_EXE_grader"))]);
        command.args([USER.to_string().as_str(), wrap]).current_dir(self.home.path());
        command.timeout(Duration::from_mins(10));
        command
    }
}

/// Copies what was compiled ahead, and the list of it, which names every file by its path.
fn copy_prebuilt(from: &Path, to: &Path, (old, new): (&Path, &Path)) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_name() == "crates.json" {
            let list = fs::read_to_string(entry.path()).unwrap();
            fs::write(to, list.replace(old.to_str().unwrap(), new.to_str().unwrap())).unwrap();
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Makes a folder, and what is in it, the user's own.
fn give(folder: &Path) {
    chown(folder, Some(USER), Some(USER)).unwrap();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            give(&entry.path());
        } else {
            chown(entry.path(), Some(USER), Some(USER)).unwrap();
        }
    }
}
