//! What a machine gives to the grader, what it lacks, and how to get that: [`diagnose`] asks by doing, and never fails.
//!
//! How a [`Diagnosis`] is printed is the command's business.

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cause::with_causes;
use crate::compile::PROGRAMS;
use crate::course::Course;
use crate::lane::machine::{Gate, await_quiet};
use crate::lane::{Lane, LaneError};
use crate::sandbox::{self, Request, Sandbox, SandboxError};
use crate::toolchain::Toolchain;

/// The free space that the course, the harness of every exercise and a few submissions take, in bytes.
const SPACE: u64 = 1 << 30;
/// The version of Landlock from which on it guards TCP ports.
const LANDLOCK_PORTS: u32 = 4;
/// The version from which on it guards signals and abstract sockets.
const LANDLOCK_SIGNALS: u32 = 6;
/// How long a look at the quiet of the machine may take.
const PATIENCE: Duration = Duration::from_millis(300);

/// What was found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Diagnosis {
    /// Whether submissions can be graded here.
    pub ready: bool,
    /// The best level of the sandbox: `full`, `reduced` or `none`; nothing if there is none at all.
    pub level: Option<String>,
    /// One finding after the other.
    pub findings: Vec<Finding>,
}

/// One thing that the grader needs, or would like to have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// What it is.
    pub what: String,
    /// How it is.
    pub state: State,
    /// What was found, as a sentence without its full stop.
    pub found: String,
    /// What to do about it, one step after the other.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub next: Vec<String>,
}

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// There.
    Ready,
    /// Not there, or not as good as it could be; submissions can be graded all the same.
    Less,
    /// Not there, and nothing can be graded without it.
    Missing,
}

/// Looks at this machine.
pub fn diagnose() -> Diagnosis {
    let mut findings = vec![toolchain(), linker(), cores()];
    let (level, levels) = levels();
    findings.extend(levels);
    findings.extend([landlock(), cache(), lane()]);
    let ready = findings.iter().all(|finding| finding.state != State::Missing);
    Diagnosis { ready, level, findings }
}

fn finding(what: &str, state: State, found: impl Into<String>, next: &[&str]) -> Finding {
    let next = next.iter().map(|step| (*step).to_owned()).collect();
    Finding { what: what.to_owned(), state, found: found.into(), next }
}

fn toolchain() -> Finding {
    // A folder that holds no `rust-toolchain.toml`.
    match Toolchain::find(Path::new("/")) {
        Ok(toolchain) => {
            let found = format!("{} in `{}`", toolchain.version(), toolchain.root().display());
            finding("Rust toolchain", State::Ready, found, &[])
        }
        Err(error) => finding("Rust toolchain", State::Missing, with_causes(&error), &[error.hint()]),
    }
}

/// The linker that the compiler calls inside the sandbox.
fn linker() -> Finding {
    let programs = PROGRAMS.split(':').map(|folder| Path::new(folder).join("cc"));
    let install = "install a C compiler: `apt-get install build-essential` (Debian, Ubuntu), `dnf install gcc` (Fedora), \
                   `apk add build-base` (Alpine)";
    match programs.into_iter().find(|program| program.is_file()) {
        Some(program) => finding("linker", State::Ready, format!("`{}`", program.display()), &[]),
        None => finding("linker", State::Missing, format!("there is no `cc` in {PROGRAMS}"), &[install]),
    }
}

fn cores() -> Finding {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    if cores > 1 {
        return finding("cores", State::Ready, format!("{cores}"), &[]);
    }
    let next = "give this machine a second core: threads and processes of one core cannot be faster than one of them";
    finding("cores", State::Less, "1, so nothing that is timed can gain from a second thread", &[next])
}

/// The best level that works, and what was found of each.
fn levels() -> (Option<String>, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut best = None;
    let asked = [
        ("sandbox: full", Request::Full, "namespaces, a root of its own, Landlock and seccomp"),
        ("sandbox: reduced", Request::Reduced, "Landlock and seccomp without namespaces"),
    ];
    let mut grouped = None;
    for (what, request, gives) in asked {
        match Sandbox::open(request) {
            Ok(sandbox) => {
                best.get_or_insert_with(|| sandbox.level().name.to_owned());
                grouped.get_or_insert_with(|| (sandbox.is_grouped(), without_groups(&sandbox)));
                findings.push(finding(what, State::Ready, gives, &[]));
            }
            Err(error) => {
                let steps = if request == Request::Full { namespace_steps() } else { landlock_steps() };
                let why =
                    if let SandboxError::Refused { missing } = &error { missing.join("; ") } else { error.to_string() };
                let found = format!("not to be had: {why}");
                findings.push(Finding { what: what.to_owned(), state: State::Less, found, next: steps });
            }
        }
    }
    match grouped {
        Some((true, _)) => {
            findings.push(finding("control groups", State::Ready, "exact books of memory, tasks and CPU time", &[]));
        }
        Some((false, why)) => {
            let next = "run the grader as root, or in a group of your own: `systemd-run --user --scope -p Delegate=yes grader …`";
            findings.push(finding("control groups", State::Less, why, &[next]));
        }
        None => match Sandbox::open(Request::None) {
            Ok(_) => best = Some("none".to_owned()),
            Err(error) => findings.push(finding("programs", State::Missing, with_causes(&error), &[])),
        },
    }
    (best, findings)
}

/// What a sandbox says of control groups that it cannot make.
fn without_groups(sandbox: &Sandbox) -> String {
    let missing = sandbox.level().missing.iter();
    missing.filter_map(|why| why.strip_prefix("control groups, so ")).collect()
}

/// What makes namespaces possible for an ordinary user, as far as this machine's settings tell.
fn namespace_steps() -> Vec<String> {
    let setting =
        |name: &str| fs::read_to_string(Path::new("/proc/sys").join(name)).ok().map(|text| text.trim().to_owned());
    let refuses = |name: &str, value: &str| setting(name).is_some_and(|found| found == value);
    let mut steps = Vec::new();
    if refuses("kernel/unprivileged_userns_clone", "0") {
        steps.push("sysctl -w kernel.unprivileged_userns_clone=1".to_owned());
    }
    if refuses("kernel/apparmor_restrict_unprivileged_userns", "1") {
        steps.push("sysctl -w kernel.apparmor_restrict_unprivileged_userns=0".to_owned());
    }
    if refuses("user/max_user_namespaces", "0") {
        steps.push("sysctl -w user.max_user_namespaces=15000".to_owned());
    }
    if steps.is_empty() {
        steps.push(
            "in a container: allow user namespaces (`docker run --security-opt seccomp=unconfined --security-opt \
                    systempaths=unconfined`), or run the grader on the machine itself"
                .to_owned(),
        );
    }
    steps
}

fn landlock_steps() -> Vec<String> {
    vec![
        "boot a kernel of 5.13 or later with Landlock among its security modules: add `lsm=landlock,…` to its command \
          line, with what `cat /sys/kernel/security/lsm` prints after it"
            .to_owned(),
    ]
}

fn landlock() -> Finding {
    match sandbox::landlock_version() {
        Ok(version) if version >= LANDLOCK_SIGNALS => {
            finding("Landlock", State::Ready, format!("version {version}: files, ports and signals"), &[])
        }
        Ok(version) => {
            let lacks = if version >= LANDLOCK_PORTS { "signals" } else { "ports, nor signals" };
            let found =
                format!("version {version}, which does not guard {lacks}; that matters at the reduced level alone");
            finding("Landlock", State::Less, found, &["a kernel of 6.12 or later has version 6"])
        }
        Err(error) => Finding {
            what: "Landlock".to_owned(),
            state: State::Less,
            found: format!("this kernel has none: {error}"),
            next: landlock_steps(),
        },
    }
}

fn cache() -> Finding {
    let course = match Course::open() {
        Ok(course) => course,
        Err(error) => return finding("cache", State::Missing, with_causes(&error), &[error.hint()]),
    };
    let folder = course.root().parent().map_or_else(PathBuf::new, Path::to_owned);
    let next = "make room on the disk, or set GRADER_CACHE to a folder elsewhere";
    match free(&folder) {
        Ok(bytes) => {
            let found = format!("`{}`, with {} MiB free", folder.display(), bytes >> 20);
            if bytes >= SPACE {
                finding("cache", State::Ready, found, &[])
            } else {
                finding("cache", State::Less, format!("{found}; the course takes up to {} MiB", SPACE >> 20), &[next])
            }
        }
        Err(error) => {
            finding("cache", State::Missing, format!("cannot look at `{}`: {error}", folder.display()), &[next])
        }
    }
}

/// The space of a folder that this user may still fill, in bytes.
fn free(folder: &Path) -> io::Result<u64> {
    let told = rustix::fs::statvfs(folder)?;
    Ok(told.f_bavail.saturating_mul(told.f_frsize))
}

fn lane() -> Finding {
    match Lane::enter(Duration::ZERO, || ()) {
        Ok(Some(_lane)) => match await_quiet(PATIENCE) {
            Gate::Quiet => finding("timing", State::Ready, "the lane is free, and the machine is quiet", &[]),
            Gate::Busy => {
                let next = "close what computes in the background before a grade that counts: `top` shows it";
                finding("timing", State::Less, "the lane is free, but the machine is busy with something else", &[next])
            }
        },
        Ok(None) => finding("timing", State::Ready, "another grader is measuring; this one would wait for it", &[]),
        Err(error @ (LaneError::Lock { .. } | LaneError::Interrupted)) => {
            let next = "make the folder for temporary files writable, or set TMPDIR to another";
            finding("timing", State::Less, with_causes(&error), &[next])
        }
    }
}
