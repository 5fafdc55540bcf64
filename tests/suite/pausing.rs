//! While something is timed, the grader's other work stands still; afterwards it goes on, whatever happened meanwhile.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use grader::sandbox::{Ending, Job, Limit, Limits, Network, Request, Running, Sandbox};

/// The wall time that a program may take.
const WALL: Duration = Duration::from_secs(2);

fn sandbox(request: Request) -> Sandbox {
    Sandbox::open_with(&PathBuf::from(env!("CARGO_BIN_EXE_grader")), request).unwrap()
}

/// A shell that does this, for at most [`WALL`].
fn start(sandbox: &Sandbox, does: &str) -> Running {
    let job = Job {
        program: PathBuf::from("/bin/sh"),
        arguments: vec!["-c".into(), does.into()],
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
        folder: PathBuf::from("/"),
        mounts: Vec::new(),
        network: Network::None,
        limits: Limits {
            wall: WALL,
            cpu: Duration::from_mins(1),
            memory: 256 << 20,
            output: 4 << 10,
            file_size: 1 << 20,
            scratch: 1 << 20,
            processes: 16,
            open_files: 64,
            scratch_files: 16,
        },
        control: None,
    };
    sandbox.start(job).unwrap()
}

fn cpu(running: &Running) -> Duration {
    running.activity().unwrap().cpu
}

/// Waits until the program has computed for a while since it had computed for `before`.
fn await_work(running: &Running, before: Duration) {
    for _ in 0..6_000 {
        if cpu(running) > before + Duration::from_millis(20) {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("it does not go on");
}

/// Each level that there may be, as far as this machine gives it.
fn levels() -> Vec<Sandbox> {
    let wanted = [Request::Full, Request::Reduced, Request::None];
    wanted
        .into_iter()
        .filter_map(|request| Sandbox::open_with(&PathBuf::from(env!("CARGO_BIN_EXE_grader")), request).ok())
        .collect()
}

#[test]
fn paused_work_stands_still_and_its_deadline_with_it() {
    for sandbox in levels() {
        let level = sandbox.level().name;
        let busy = start(&sandbox, "while :; do :; done");
        await_work(&busy, Duration::ZERO);
        let paused = sandbox.pause_others(&[]);
        let frozen = cpu(&busy);
        // Longer than all the time that it has: a deadline that went on would end it now.
        thread::sleep(WALL + Duration::from_millis(500));
        assert_eq!(cpu(&busy), frozen, "{level}: it ran while it was paused");
        drop(paused);
        await_work(&busy, frozen);
        let ending = busy.wait().unwrap().ending;
        assert_eq!(ending, Ending::Stopped(Limit::Wall), "{level}");
    }
}

#[test]
fn a_panic_of_who_paused_it_lets_work_go_on() {
    let sandbox = sandbox(Request::Auto);
    let busy = start(&sandbox, "while :; do :; done");
    await_work(&busy, Duration::ZERO);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _paused = sandbox.pause_others(&[]);
        std::panic::resume_unwind(Box::new("on purpose"));
    }));
    assert!(panicked.is_err());
    await_work(&busy, cpu(&busy));
    busy.killer().kill();
    assert_eq!(busy.wait().unwrap().ending, Ending::Stopped(Limit::Killed));
}

#[test]
fn work_that_is_killed_while_it_is_paused_ends_and_the_next_one_runs() {
    for sandbox in levels() {
        let busy = start(&sandbox, "while :; do :; done");
        let paused = sandbox.pause_others(&[]);
        busy.killer().kill();
        assert_eq!(busy.wait().unwrap().ending, Ending::Stopped(Limit::Killed));
        // What is started beside the pause runs: it is what is timed.
        assert_eq!(start(&sandbox, "exit 7").wait().unwrap().ending, Ending::Exited(7));
        drop(paused);
        assert_eq!(start(&sandbox, "exit 0").wait().unwrap().ending, Ending::Exited(0));
    }
}
