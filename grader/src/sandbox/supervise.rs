//! The supervisor of one program: the first process of its namespace, or, without namespaces, the one that inherits every
//! orphan. It starts the program, answers for its forks, ends it when told to, and leaves nobody behind.

use std::fs::{self, File};
use std::io;
use std::mem;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{
    DumpableBehavior, Pid, Signal, kill_process, set_child_subreaper, set_dumpable_behavior,
    set_parent_process_death_signal,
};

use super::activity;
use super::filters::Filters;
use super::groups;
use super::job::Network;
use super::payload::{self, Identity};
use super::root::{self, Tree};
use super::system::{self, Broken, Forked, Step, Wait};
use super::wire::{Channel, Containment, Order, Report, ask, tell};
use crate::cause::with_causes;
use crate::clock;

/// How long a killed tree is given before it is looked at again.
const MOMENT: Duration = Duration::from_micros(500);
/// So many processes may be made in one run.
const FORKS: u64 = 20_000;

/// What a supervisor is given.
pub(super) struct Charge<'a> {
    /// The program.
    pub(super) order: Order,
    /// Its streams.
    pub(super) streams: [OwnedFd; 3],
    /// The doors of its control groups, if it has any.
    pub(super) doors: Vec<File>,
    /// The trees of its root, if root took them.
    pub(super) trees: Option<Vec<Tree>>,
    /// Who it is.
    pub(super) identity: Identity,
    /// Its scratch space.
    pub(super) scratch: &'a Path,
    /// Its filters.
    pub(super) filters: &'a Filters,
}

/// Supervises a program from its start to the death of the last process of it, and tells `helper` of it.
pub(super) fn run(charge: Charge<'_>, helper: &Channel) {
    if let Err(broken) = try_run(charge, helper) {
        let mut words = vec![tell::BROKEN];
        words.extend(with_causes(&broken).into_bytes());
        // Without a helper there is nobody to tell.
        let _ = helper.send(&words, &[]);
    }
}

fn try_run(mut charge: Charge<'_>, helper: &Channel) -> Result<(), Broken> {
    die_with_helper()?;
    // The helper sets the numbers of users up, then says so.
    let go = helper.receive().step("hear from the helper")?;
    if go.is_none() {
        return Ok(());
    }
    groups::enter(mem::take(&mut charge.doors)).step("enter control groups")?;
    // Not before: the maps of a process that may not be read can only be written by root.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).step("hide the supervisor")?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    if charge.order.containment == Containment::Full {
        let trees = charge.trees.take().map_or_else(|| root::take(&charge.order.mounts), Ok)?;
        let owner = if let Identity::Stranger { id } = charge.identity { Some(id) } else { None };
        root::enter(&charge.order, trees, owner)?;
        if charge.order.network != Network::None {
            system::loopback_up().step("bring the loopback up")?;
        }
        if let Network::Served { port } = charge.order.network {
            let listener = TcpListener::bind(("127.0.0.1", port)).step("listen inside")?;
            helper.send(&[tell::LISTENER], &[listener.as_fd()]).step("pass the listener out")?;
        }
    } else {
        set_child_subreaper(Some(rustix::process::getpid())).step("inherit orphans")?;
    }
    let report = supervise(charge, helper)?;
    helper.tell(tell::OVER, &report).step("report")
}

fn die_with_helper() -> Result<(), Broken> {
    set_parent_process_death_signal(Some(Signal::KILL)).step("tie the supervisor to its helper")
}

/// The state of one supervision.
struct Supervision {
    program: Pid,
    namespace: bool,
    listener: Option<OwnedFd>,
    /// Whether forks are still let through.
    ended: bool,
    /// How many tasks may live.
    most: u64,
    /// So many forks can be let through before the tasks have to be counted again.
    room: u64,
    report: Report,
}

fn supervise(charge: Charge<'_>, helper: &Channel) -> Result<Report, Broken> {
    let Charge { order, streams, identity, scratch, filters, .. } = charge;
    let namespace = order.containment == Containment::Full;
    let counted = order.containment != Containment::None;
    let most = order.limits.processes;
    let (up, down) = Channel::pair().step("make a socket")?;
    let program = match system::fork(0).step("fork")? {
        Forked::Child => {
            drop(up);
            let Err(broken) = payload::run(order, &streams, (identity, scratch), filters, &down);
            let mut words = vec![tell::BROKEN];
            words.extend(with_causes(&broken).into_bytes());
            let _ = down.send(&words, &[]);
            leave(127);
        }
        Forked::Parent { pid, .. } => pid,
    };
    drop((down, streams));
    let mut supervision =
        Supervision { program, namespace, listener: None, ended: false, most, room: 0, report: Report::default() };
    // Closed by the execution: then the program has begun.
    while let Some(mut message) = up.receive().step("hear from the program")? {
        match message.tag() {
            tell::FILTER => supervision.listener = message.descriptors.pop(),
            _ => return Err(io::Error::other(String::from_utf8_lossy(message.rest()).into_owned())).step("start"),
        }
    }
    if counted {
        supervision.report.forks = Some(0);
    }
    let began = clock::now();
    helper.send(&[tell::STARTED], &[]).step("report the start")?;
    supervision.watch(helper)?;
    supervision.report.wall = began.elapsed();
    supervision.sweep()?;
    let (cpu, memory) = system::children_usage();
    Ok(Report { cpu, memory, ..supervision.report })
}

/// Ends this process, which is a fork of a helper, without the helper's farewells.
pub(super) fn leave(status: i32) -> ! {
    system::exit_now(status)
}

impl Supervision {
    /// Until the first process of the program has ended.
    fn watch(&mut self, helper: &Channel) -> Result<(), Broken> {
        let ended = system::ended_children().step("watch for the end of children")?;
        let mut helper_is_there = true;
        loop {
            if self.reap_until_program()? {
                return Ok(());
            }
            let nobody = PollFlags::empty();
            let (from_children, from_helper, from_filter) = {
                let filter = self.listener.as_ref();
                let mut watched = [
                    PollFd::new(&ended, PollFlags::IN),
                    // What is not there any more stands in by another, unasked.
                    PollFd::new(helper, if helper_is_there { PollFlags::IN } else { nobody }),
                    filter.map_or(PollFd::new(&ended, nobody), |filter| PollFd::new(filter, PollFlags::IN)),
                ];
                match poll(&mut watched, None) {
                    Ok(_) | Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(error).step("watch the program"),
                }
                (watched[0].revents(), watched[1].revents(), watched[2].revents())
            };
            if from_children.contains(PollFlags::IN) {
                let mut signals = [0; 1024];
                let _ = rustix::io::read(&ended, &mut signals);
            }
            if helper_is_there && !from_helper.is_empty() {
                helper_is_there = self.obey(helper)?;
            }
            self.answer(from_filter);
        }
    }

    /// Takes the status of everything that has ended. Whether the program has.
    fn reap_until_program(&mut self) -> Result<bool, Broken> {
        let mut over = false;
        while let Some(reaped) = system::reap(None, Wait::Never).step("wait for the program")? {
            if reaped.pid == self.program.as_raw_nonzero().get() {
                self.report.status = reaped.status;
                over = true;
                break;
            }
        }
        Ok(over)
    }

    /// Does what the helper asks for. Whether it is still there.
    fn obey(&mut self, helper: &Channel) -> Result<bool, Broken> {
        let Some(message) = helper.receive().step("hear from the helper")? else {
            self.ended = true;
            self.signal(Signal::KILL);
            return Ok(false);
        };
        match message.tag() {
            ask::PAUSE => {
                self.signal(Signal::STOP);
                helper.send(&[tell::PAUSED], &[]).step("report the pause")?;
            }
            ask::RESUME => self.signal(Signal::CONT),
            _ => {
                self.ended = true;
                self.signal(Signal::KILL);
            }
        }
        Ok(true)
    }

    /// Signals the whole tree.
    fn signal(&self, signal: Signal) {
        if self.namespace {
            system::signal_everybody(signal);
            return;
        }
        let signal_all = |signal| {
            for process in activity::descendants(std::process::id()) {
                if let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) {
                    let _ = kill_process(pid, signal);
                }
            }
        };
        if signal == Signal::KILL {
            // What is frozen does not fork while it is being killed; twice, for what was born in between.
            signal_all(Signal::STOP);
            signal_all(Signal::STOP);
        }
        signal_all(signal);
    }

    /// Answers one process that asks whether it may fork.
    fn answer(&mut self, ready: PollFlags) {
        if self.listener.is_some() && ready.contains(PollFlags::IN) {
            let forks = self.report.forks.unwrap_or(0);
            let may = !self.ended && forks < FORKS && self.has_room();
            match self.listener.as_ref().and_then(|listener| system::answer_fork(listener, may)) {
                Some(()) if may => self.report.forks = Some(forks + 1),
                Some(()) => self.report.refused += 1,
                None => {}
            }
        }
        if ready.intersects(PollFlags::HUP | PollFlags::ERR) {
            self.listener = None;
        }
    }

    /// Whether one process more may live. The limits of the kernel are behind this one: who is refused by them is not told
    /// to the grader, on many machines.
    fn has_room(&mut self) -> bool {
        if self.room == 0 {
            self.room = self.most.saturating_sub(activity::tasks(std::process::id()));
        }
        let has_room = self.room > 0;
        self.room = self.room.saturating_sub(1);
        has_room
    }

    /// Ends and waits for everything that the program has left.
    fn sweep(&mut self) -> Result<(), Broken> {
        self.ended = true;
        loop {
            self.signal(Signal::KILL);
            match system::reap(None, Wait::Never) {
                Ok(Some(_)) => self.report.left_behind += 1,
                Ok(None) => self.moment(),
                Err(error) if error.raw_os_error() == Some(libc::ECHILD) => break,
                Err(error) => return Err(error).step("wait for what is left"),
            }
        }
        if self.namespace { self.count_tasks() } else { Ok(()) }
    }

    /// Counts the tasks that there were, now that there is room for one more: a program may have filled its limit.
    fn count_tasks(&mut self) -> Result<(), Broken> {
        // The numbers of a namespace are given out in order: the next one tells how many there were before. The
        // supervisor, the program and this probe are three.
        match system::fork(0).step("count the tasks")? {
            Forked::Child => leave(0),
            Forked::Parent { pid, .. } => {
                let number = u64::try_from(pid.as_raw_nonzero().get()).ok();
                self.report.tasks = number.map(|number| number.saturating_sub(3));
                system::reap(Some(pid), Wait::Ended).step("count the tasks").map(drop)
            }
        }
    }

    /// A moment for killed processes to end, in which those that wait for an answer get one.
    fn moment(&mut self) {
        let Some(listener) = &self.listener else {
            thread::sleep(MOMENT);
            return;
        };
        let mut watched = [PollFd::new(listener, PollFlags::IN)];
        let moment = rustix::event::Timespec { tv_sec: 0, tv_nsec: i64::from(MOMENT.subsec_nanos()) };
        let ready = match poll(&mut watched, Some(&moment)) {
            Ok(1) => watched[0].revents(),
            _ => PollFlags::empty(),
        };
        self.answer(ready);
    }
}

/// Whether this user may give processes another number than its own.
pub(super) fn is_real_root(stranger: u32) -> bool {
    if !rustix::process::geteuid().is_root() {
        return false;
    }
    // Root of a namespace that has one number alone is no root.
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    map.lines().any(|line| {
        let numbers: Vec<u64> = line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        matches!(numbers[..], [first, _, count] if (first..first + count).contains(&u64::from(stranger)))
    })
}
