//! What the sandbox costs, measured: the start of a program that does nothing, side by side with a plain start and with
//! bubblewrap; how many runs two cores make in a second; compiling inside and outside. Asked for by name, on a quiet
//! machine: `scripts/sandbox-bench.sh`.

#![allow(
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "it prints a table of a few hundred times"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use grader::sandbox::{Access, Ending, Job, Mount, Network, Request, Sandbox};

use super::payload;
use crate::program::repository;

/// How often each is started.
const STARTS: usize = 200;
/// How long runs are counted.
const COUNTED: Duration = Duration::from_secs(5);
/// How often each compilation is made.
const COMPILATIONS: usize = 15;

#[expect(clippy::disallowed_methods, reason = "it is a measurement")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "plain starts are what the sandbox is compared with")]
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// What is measured, by its name.
type Work<'a> = (&'a str, Box<dyn FnMut() + 'a>);

/// The median of so many times, in milliseconds; taken in turns, so that a busy moment slows all alike.
fn medians(rounds: usize, works: &mut [Work<'_>]) {
    let mut times = vec![Vec::with_capacity(rounds); works.len()];
    for _ in 0..rounds {
        for ((_, work), times) in works.iter_mut().zip(&mut times) {
            let began = now();
            work();
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
    }
    for ((name, _), times) in works.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
        println!("{name:<28} median {:>8.2} ms   (5th to 95th percentile {:.2} to {:.2})", at(0.5), at(0.05), at(0.95));
    }
}

fn open(request: Request) -> Sandbox {
    Sandbox::open_with(Path::new(env!("CARGO_BIN_EXE_grader")), request).unwrap()
}

fn run(sandbox: &Sandbox, job: Job) {
    assert_eq!(sandbox.start(job).unwrap().wait().unwrap().ending, Ending::Exited(0));
}

#[test]
#[ignore = "a measurement, for a quiet machine"]
fn what_the_sandbox_costs() {
    let (full, reduced) = (open(Request::Full), open(Request::Reduced));
    println!("control groups: {}", if full.is_grouped() { "yes" } else { "no" });
    let program = payload::program();
    let mut works: Vec<Work<'_>> = vec![
        ("plain start", Box::new(|| assert!(command(program).arg("nothing").status().unwrap().success()))),
        ("sandbox, full", Box::new(|| run(&full, payload::nothing()))),
        ("sandbox, reduced", Box::new(|| run(&reduced, payload::nothing()))),
    ];
    let wrap = Path::new("/usr/bin/bwrap");
    if wrap.is_file() {
        works.push(("bubblewrap", Box::new(|| assert!(wrapped(wrap, program).status().unwrap().success()))));
    } else {
        println!("bubblewrap is not installed, and left out");
    }
    medians(STARTS, &mut works);
    drop(works);
    let began = now();
    let count: usize = thread::scope(|scope| {
        let worker = || {
            let mut count = 0;
            while began.elapsed() < COUNTED {
                run(&full, payload::nothing());
                count += 1;
            }
            count
        };
        let workers: Vec<_> = (0..2).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    println!("{:<28} {:.0} runs a second", "two workers, full", count as f64 / began.elapsed().as_secs_f64());
    let output = tempfile::tempdir().unwrap();
    let (toolchain, source) = (toolchain(), repository().join("solutions/03-counter/src"));
    let arguments = compilation(output.path());
    let outside =
        || command(&toolchain.join("bin/rustc")).args(&arguments).current_dir(&source).status().unwrap().success();
    let mut works: Vec<Work<'_>> = vec![
        ("compiling outside", Box::new(|| assert!(outside()))),
        ("compiling inside, full", Box::new(|| run(&full, compiling(&toolchain, &source, output.path())))),
    ];
    medians(COMPILATIONS, &mut works);
}

/// The program in the namespaces that bubblewrap makes, with the system's files.
fn wrapped(wrap: &Path, program: &Path) -> Command {
    let mut command = command(wrap);
    command.args(["--unshare-all", "--die-with-parent", "--new-session", "--proc", "/proc", "--dev", "/dev"]);
    command.args(["--tmpfs", "/tmp", "--ro-bind", "/usr", "/usr"]);
    for link in ["bin", "lib", "lib64"] {
        command.args(["--symlink", &format!("usr/{link}"), &format!("/{link}")]);
    }
    command.arg("--ro-bind").args([program, Path::new("/payload")]).args(["/payload", "nothing"]);
    command
}

fn toolchain() -> PathBuf {
    let found = command(Path::new("rustc")).args(["--print", "sysroot"]).stdout(Stdio::piped()).output().unwrap();
    PathBuf::from(String::from_utf8(found.stdout).unwrap().trim())
}

/// The arguments that compile a program of a few lines, with the linker.
fn compilation(output: &Path) -> Vec<String> {
    let program = output.join("program").to_string_lossy().into_owned();
    let text = "fn main() { let all: Vec<String> = std::env::args().collect(); println!(\"{all:?}\"); }";
    let source = output.join("program.rs");
    std::fs::write(&source, text).unwrap();
    vec!["--edition=2024".into(), "-Copt-level=2".into(), "-o".into(), program, source.to_string_lossy().into_owned()]
}

fn compiling(toolchain: &Path, source: &Path, output: &Path) -> Job {
    let visible = |path: &Path, access| Mount { source: path.to_owned(), target: path.to_owned(), access };
    let nothing = payload::nothing();
    let limits = grader::sandbox::Limits {
        memory: 2 << 30,
        file_size: 256 << 20,
        scratch: 512 << 20,
        processes: 64,
        open_files: 512,
        scratch_files: 10_000,
        ..nothing.limits
    };
    Job {
        program: toolchain.join("bin/rustc"),
        arguments: compilation(output).into_iter().map(Into::into).collect(),
        environment: vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()), ("TMPDIR".into(), output.into())],
        folder: source.to_owned(),
        mounts: vec![
            visible(toolchain, Access::ReadOnly),
            visible(source, Access::ReadOnly),
            visible(output, Access::ReadWrite),
        ],
        network: Network::None,
        limits,
        control: None,
    }
}
