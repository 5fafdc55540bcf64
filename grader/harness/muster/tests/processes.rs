//! Musters of real processes: this program starts itself as its workers.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::{self, Read, Write};
use std::process::{Child, ExitCode, Stdio};
use std::time::Duration;

use course::{Fault, Launcher};
use muster::{Muster, leftovers, reap_leftovers};
use protocol::workers::LeftoverState;

/// Longer than any of this takes.
const LONG: Duration = Duration::from_mins(1);

fn main() -> ExitCode {
    if let Some(status) = muster::run_if_asked(work) {
        return status;
    }
    a_muster_meets_when_as_many_as_it_waits_for_are_alive_at_once();
    workers_that_come_one_after_the_other_never_meet();
    nobody_waits_for_ever();
    a_worker_that_dies_is_in_the_roll_without_a_service();
    what_is_left_behind_is_found_and_reaped();
    a_stranger_is_not_heard();
    ExitCode::SUCCESS
}

/// Reports the number of bytes that it reads, and copies them.
fn work(role: &str, mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    muster::report(&(role, bytes.len()));
    output.write_all(&bytes)
}

fn start(launcher: &Launcher) -> Child {
    launcher.command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

fn finish(mut child: Child, input: &[u8]) -> Vec<u8> {
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().stdout
}

fn a_muster_meets_when_as_many_as_it_waits_for_are_alive_at_once() {
    let muster = Muster::call(3, LONG).unwrap();
    let launcher = muster.enlist(Launcher::new("copy").unwrap());
    let children: Vec<Child> = (0..3).map(|_| start(&launcher)).collect();
    for child in children {
        assert_eq!(finish(child, b"seven!!"), b"seven!!");
    }
    let roll = muster.dismiss();
    assert!(roll.met);
    assert_eq!((roll.most_at_once, roll.strangers), (3, 0));
    let mut indices: Vec<usize> = roll.workers.iter().map(|worker| worker.index).collect();
    indices.sort_unstable();
    assert_eq!(indices, [0, 1, 2]);
    for worker in &roll.workers {
        assert_eq!(worker.reports[0].get(), "[\"copy\",7]");
        let service = worker.service.unwrap();
        assert!(service.bytes_read.unwrap() >= 7 && service.bytes_written.unwrap() >= 7);
        assert!(service.peak_memory.unwrap() > 100_000);
    }
}

fn workers_that_come_one_after_the_other_never_meet() {
    let muster = Muster::call(2, Duration::from_millis(20)).unwrap();
    let launcher = muster.enlist(Launcher::new("copy").unwrap());
    for _ in 0..3 {
        assert_eq!(finish(start(&launcher), b"x"), b"x");
    }
    let roll = muster.dismiss();
    assert!(!roll.met);
    assert_eq!((roll.most_at_once, roll.workers.len()), (1, 3));
}

fn nobody_waits_for_ever() {
    let muster = Muster::call(2, Duration::from_millis(1)).unwrap();
    let launcher = muster.enlist(Launcher::new("copy").unwrap());
    assert_eq!(finish(start(&launcher), b"alone"), b"alone");
    // A muster that is dismissed lets its workers go as well.
    drop(muster);
    let muster = Muster::call(2, LONG).unwrap();
    let launcher = muster.enlist(Launcher::new("copy").unwrap());
    let child = start(&launcher);
    drop(muster);
    finish(child, b"");
}

fn a_worker_that_dies_is_in_the_roll_without_a_service() {
    let muster = Muster::call(1, LONG).unwrap();
    let launcher = muster.enlist(Launcher::new("copy").unwrap().with_fault(0, Fault::DiesAtStart));
    let status = start(&launcher).wait().unwrap();
    assert!(!status.success());
    let roll = muster.dismiss();
    assert_eq!(roll.workers.len(), 1);
    assert!(roll.workers[0].service.is_none());
}

#[expect(clippy::zombie_processes, reason = "it is what this is about")]
fn what_is_left_behind_is_found_and_reaped() {
    let launcher = Launcher::new("copy").unwrap().with_fault(1, Fault::Hangs);
    let mut finished = start(&launcher);
    let hung = start(&launcher);
    drop(finished.stdin.take());
    // The end of its output comes before its end, which is bound to follow.
    finished.stdout.take().unwrap().read_to_end(&mut Vec::new()).unwrap();
    let zombie = loop {
        let children = leftovers();
        assert_eq!(children.len(), 2);
        if let Some(zombie) = children.iter().find(|child| child.state == LeftoverState::Zombie) {
            assert!(children.iter().any(|child| child.pid == hung.id() && child.state == LeftoverState::Running));
            break *zombie;
        }
        std::thread::yield_now();
    };
    assert_eq!(zombie.pid, finished.id());
    reap_leftovers();
    assert_eq!(leftovers(), []);
}

fn a_stranger_is_not_heard() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixStream};

    let muster = Muster::call(1, LONG).unwrap();
    let launcher = muster.enlist(Launcher::new("copy").unwrap());
    let command = launcher.command();
    let call = command.get_envs().find(|(name, _)| *name == "COURSE_MUSTER").unwrap().1.unwrap().to_str().unwrap();
    let name = call.split('"').nth(3).unwrap();
    let stream = UnixStream::connect_addr(&SocketAddr::from_abstract_name(name).unwrap()).unwrap();
    let roll = muster.dismiss();
    assert_eq!((roll.strangers, roll.workers.len()), (1, 0));
    drop(stream);
}
