//! The helper: a small process with one thread that runs one program after the other for the grader.
//!
//! The grader never forks itself: what it has of memory would be counted as the program's, and a fork of a process with
//! threads may do next to nothing. It executes itself again as a helper instead, and keeps that.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, chown, lchown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process, pidfd_send_signal, set_child_subreaper};

use super::activity::{self, Root};
use super::filters::Filters;
use super::groups::{self, Groups, Places};
use super::job::Access;
use super::payload::Identity;
use super::root;
use super::supervise::{self, Charge};
use super::system::{self, Broken, Forked, Step, Wait};
use super::usage::Limit;
use super::wire::{Channel, Containment, Message, Order, Outcome, Polled, Report, ask, tell};
use crate::cause::with_causes;
use crate::clock;

/// The argument that makes this program a helper.
pub(super) const HELPER: &str = "__sandbox-helper";
/// The argument that makes this program end at once, with [`PROBED`]: the job that a level is tried with.
pub(super) const PROBE: &str = "__sandbox-probe";
/// The status of a probe.
pub(super) const PROBED: u8 = 42;

/// How often a program is looked at.
const GLANCE: Duration = Duration::from_millis(20);
/// How long a supervisor may take to end its program before it is ended itself.
const GRACE: Duration = Duration::from_millis(500);
/// How long a program may take to begin.
const SETUP: Duration = Duration::from_secs(30);
/// So many supervisors may still be leaving: the kernel takes a few milliseconds to take a namespace apart.
const LEAVING: usize = 8;
/// From here on the numbers of strangers begin; which one depends on the helper.
const STRANGERS: u32 = 60_000;
/// So many strangers there are.
const STRANGER_COUNT: u32 = 5_000;
/// Who a program is inside a namespace of users.
const INSIDE: u32 = 1_000;

/// A supervisor that has reported and is leaving. Nobody else is left of its program.
struct Leaving {
    pid: Pid,
    _groups: Option<Groups>,
}

impl Leaving {
    fn is_gone(&self, wait: Wait) -> bool {
        !matches!(system::reap(Some(self.pid), wait), Ok(None))
    }
}

/// A helper.
struct Helper {
    grader: Channel,
    filters: Filters,
    places: Option<Places>,
    leaving: Vec<Leaving>,
    stranger: u32,
    real_root: bool,
    runs: u64,
}

/// Serves the grader at the other end of standard input until it is gone.
///
/// # Errors
/// If this process cannot be a helper.
pub(super) fn serve() -> io::Result<()> {
    system::ignore_terminal();
    set_child_subreaper(Some(rustix::process::getpid()))?;
    let grader = Channel::of(io::stdin().as_fd().try_clone_to_owned()?);
    let stranger = STRANGERS + std::process::id() % STRANGER_COUNT;
    let mut helper = Helper {
        grader,
        filters: Filters::new()?,
        places: Places::find().ok().inspect(Places::sweep),
        leaving: Vec::new(),
        stranger,
        real_root: supervise::is_real_root(stranger),
        runs: 0,
    };
    while let Some(message) = helper.grader.receive()? {
        // A request that came too late for a program that is over.
        if message.bytes.len() == 1 {
            continue;
        }
        helper.leaving.retain(|leaving| !leaving.is_gone(Wait::Never));
        while helper.leaving.len() > LEAVING {
            helper.leaving.remove(0).is_gone(Wait::Ended);
        }
        let outcome = match serde_json::from_slice::<Order>(&message.bytes) {
            Ok(order) => helper.run(order, message.descriptors),
            Err(error) => Err(error).step("read a job"),
        };
        let told = match outcome {
            Ok(outcome) => helper.grader.tell(tell::OVER, &outcome),
            Err(broken) => {
                let mut words = vec![tell::BROKEN];
                words.extend(with_causes(&broken).into_bytes());
                helper.grader.send(&words, &[])
            }
        };
        if told.is_err() {
            break;
        }
    }
    for leaving in helper.leaving.drain(..) {
        leaving.is_gone(Wait::Ended);
    }
    Ok(())
}

/// Makes `path` the stranger's, with whatever an earlier one left in it.
fn hand_over(path: &Path, stranger: Option<u32>) -> io::Result<()> {
    lchown(path, stranger, stranger)?;
    if fs::symlink_metadata(path)?.is_dir() {
        for entry in fs::read_dir(path)? {
            hand_over(&entry?.path(), stranger)?;
        }
    }
    Ok(())
}

/// A folder for scratch files where there is no namespace to make one in; gone when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn make(owner: Option<u32>) -> io::Result<Self> {
        let name = format!("grader-run-{}-{:x}", std::process::id(), fastrand::u64(..));
        let folder = std::env::temp_dir().join(name);
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let scratch = Self(folder);
        if let Some(owner) = owner {
            chown(&scratch.0, Some(owner), Some(owner))?;
        }
        Ok(scratch)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Whatever is left there belongs to nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// One program under way.
struct Run<'a> {
    order: &'a Order,
    supervisor: Pid,
    handle: OwnedFd,
    channel: Channel,
    groups: Option<Groups>,
    /// When the program began, once it has.
    began: Option<Instant>,
    made: Instant,
    /// How long it was paused, and since when it is.
    paused: (Duration, Option<Instant>),
    /// Closed when the pause has begun.
    awaits_pause: Option<OwnedFd>,
    stopped: Option<(Limit, Instant)>,
    report: Option<Report>,
    polled: Polled,
}

impl Helper {
    fn run(&mut self, order: Order, streams: Vec<OwnedFd>) -> Result<Outcome, Broken> {
        let streams: [OwnedFd; 3] =
            streams.try_into().map_err(|_| io::Error::other("a job needs three streams")).step("read a job")?;
        self.runs += 1;
        let contained = order.containment != Containment::None;
        let stranger = (self.real_root && contained).then_some(self.stranger);
        let identity = match (order.containment, stranger) {
            (Containment::None, _) | (Containment::Reduced, None) => Identity::Same,
            (Containment::Reduced, Some(id)) => Identity::Reader { id },
            (Containment::Full, None) => Identity::Powerless,
            (Containment::Full, Some(_)) => Identity::Stranger { id: INSIDE },
        };
        let outside = if order.containment == Containment::Full {
            None
        } else {
            Some(Scratch::make(stranger).step("make a scratch folder")?)
        };
        if stranger.is_some() {
            for mount in order.mounts.iter().filter(|mount| mount.access == Access::ReadWrite) {
                let step = || format!("hand `{}` over", mount.source.display());
                hand_over(&mount.source, stranger).step(step())?;
            }
        }
        let groups = match &self.places {
            Some(places) if order.grouped => {
                let name = groups::name(std::process::id(), self.runs);
                Some(Groups::make(places, &name, &order.limits).step("make control groups")?)
            }
            _ => None,
        };
        let doors = groups.as_ref().map_or_else(|| Ok(Vec::new()), Groups::doors).step("open control groups")?;
        let full = order.containment == Containment::Full;
        let trees = if full && stranger.is_some() { Some(root::take(&order.mounts)?) } else { None };
        let (channel, theirs) = Channel::pair().step("make a socket")?;
        let namespaces = libc::CLONE_NEWUSER
            | libc::CLONE_NEWPID
            | libc::CLONE_NEWNS
            | libc::CLONE_NEWNET
            | libc::CLONE_NEWIPC
            | libc::CLONE_NEWUTS;
        let forked = system::fork(if full { namespaces } else { 0 }).step("make namespaces")?;
        let (supervisor, handle) = match forked {
            Forked::Child => {
                drop(channel);
                let scratch = outside.as_ref().map_or(Path::new(root::SCRATCH), |scratch| &scratch.0);
                let charge = Charge { order, streams, doors, trees, identity, scratch, filters: &self.filters };
                supervise::run(charge, &theirs);
                supervise::leave(0);
            }
            Forked::Parent { pid, handle } => (pid, handle),
        };
        drop((theirs, streams, doors, trees));
        let mut run = Run {
            order: &order,
            supervisor,
            handle,
            channel,
            groups,
            began: None,
            made: clock::now(),
            paused: (Duration::ZERO, None),
            awaits_pause: None,
            stopped: None,
            report: None,
            polled: Polled::default(),
        };
        let watched = run.admit(full, stranger).and_then(|()| run.watch(&self.grader));
        if watched.is_err() {
            let _ = pidfd_send_signal(&run.handle, Signal::KILL);
        }
        let outcome = run.outcome();
        let leaving = Leaving { pid: supervisor, _groups: run.groups.take() };
        if full && watched.is_ok() && run.report.is_some() {
            self.leaving.push(leaving);
        } else {
            leaving.is_gone(Wait::Ended);
            mop_up();
        }
        watched.map(|()| outcome)
    }
}

/// Ends what a supervisor could not: it is inherited by this process.
fn mop_up() {
    while system::reap(None, Wait::Never).is_ok() {
        let orphans = activity::descendants(std::process::id());
        for orphan in orphans.iter().filter_map(|orphan| Pid::from_raw(i32::try_from(*orphan).ok()?)) {
            let _ = kill_process(orphan, Signal::KILL);
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

impl Run<'_> {
    /// Lets the supervisor begin, with its numbers of users.
    fn admit(&self, full: bool, stranger: Option<u32>) -> Result<(), Broken> {
        let process = format!("/proc/{}", self.supervisor);
        // Whatever the machine runs short of, this goes first. Not every system allows it.
        let _ = fs::write(format!("{process}/oom_score_adj"), "1000");
        if full {
            let (groups, map) = match stranger {
                Some(stranger) => ("allow", format!("0 0 1\n{INSIDE} {stranger} 1\n")),
                None => ("deny", String::new()),
            };
            let own = |id: u32| if stranger.is_some() { map.clone() } else { format!("{INSIDE} {id} 1\n") };
            fs::write(format!("{process}/setgroups"), groups).step("settle groups")?;
            let user = own(rustix::process::geteuid().as_raw());
            fs::write(format!("{process}/uid_map"), user).step("map users")?;
            let group = own(rustix::process::getegid().as_raw());
            fs::write(format!("{process}/gid_map"), group).step("map groups")?;
        }
        self.channel.send(b"g", &[]).step("let the supervisor begin")
    }

    /// Until the program is over.
    fn watch(&mut self, grader: &Channel) -> Result<(), Broken> {
        let mut next_glance = clock::now();
        loop {
            let wait = next_glance.saturating_duration_since(clock::now());
            let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(wait.min(GLANCE).subsec_nanos()) };
            let ready = {
                let mut watched = [
                    PollFd::new(&self.channel, PollFlags::IN),
                    PollFd::new(&self.handle, PollFlags::IN),
                    PollFd::new(grader, PollFlags::IN),
                ];
                match poll(&mut watched, Some(&wait)) {
                    Ok(_) | Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(error).step("watch the supervisor"),
                }
                watched.map(|watched| watched.revents())
            };
            if ready[0].contains(PollFlags::IN)
                && let Some(message) = self.channel.receive().step("hear from the supervisor")?
            {
                if self.hear(&message, grader)? {
                    return Ok(());
                }
                continue;
            }
            if !ready[1].is_empty() {
                return if self.stopped.is_some() || self.began.is_some() {
                    Ok(())
                } else {
                    Err(io::Error::other("the supervisor ended")).step("start the program")
                };
            }
            if !ready[2].is_empty() {
                self.obey(grader)?;
            }
            if clock::now() >= next_glance {
                self.glance();
                next_glance = clock::now() + GLANCE;
            }
        }
    }

    /// Takes a message of the supervisor. Whether it was the last.
    fn hear(&mut self, message: &Message, grader: &Channel) -> Result<bool, Broken> {
        match message.tag() {
            tell::LISTENER => {
                let descriptors: Vec<_> = message.descriptors.iter().map(AsFd::as_fd).collect();
                // A grader that is gone is noticed elsewhere.
                let _ = grader.send(&[tell::LISTENER], &descriptors);
            }
            tell::STARTED => {
                self.began = Some(clock::now());
                let _ = grader.tell(tell::STARTED, &self.supervisor.as_raw_nonzero().get());
            }
            tell::PAUSED => self.awaits_pause = None,
            tell::OVER => {
                self.report = Some(serde_json::from_slice(message.rest()).step("read a report")?);
                return Ok(true);
            }
            _ => {
                let words = String::from_utf8_lossy(message.rest()).into_owned();
                return Err(io::Error::other(words)).step("start the program");
            }
        }
        Ok(false)
    }

    /// Does what the grader asks for.
    fn obey(&mut self, grader: &Channel) -> Result<(), Broken> {
        let Some(mut message) = grader.receive().step("hear from the grader")? else {
            self.stop(Limit::Killed);
            // There is nobody to be polite for.
            let _ = pidfd_send_signal(&self.handle, Signal::KILL);
            return Ok(());
        };
        match message.tag() {
            ask::PAUSE => {
                self.awaits_pause = message.descriptors.pop();
                self.paused.1.get_or_insert_with(clock::now);
                let _ = self.channel.send(&[ask::PAUSE], &[]);
            }
            ask::RESUME => {
                if let Some(since) = self.paused.1.take() {
                    self.paused.0 += since.elapsed();
                }
                let _ = self.channel.send(&[ask::RESUME], &[]);
            }
            ask::FLOOD => self.stop(Limit::Output),
            _ => self.stop(Limit::Killed),
        }
        Ok(())
    }

    /// Wall time without pauses.
    fn wall(&self) -> Duration {
        let (before, since) = self.paused;
        let paused = before + since.map_or(Duration::ZERO, |since| since.elapsed());
        self.began.map_or(Duration::ZERO, |began| began.elapsed().saturating_sub(paused))
    }

    /// Looks at what the program uses.
    fn glance(&mut self) {
        if let Some((_, since)) = self.stopped {
            if since.elapsed() > GRACE {
                let _ = pidfd_send_signal(&self.handle, Signal::KILL);
            }
            return;
        }
        if self.began.is_none() {
            if self.made.elapsed() > SETUP {
                let _ = pidfd_send_signal(&self.handle, Signal::KILL);
            }
            return;
        }
        let limits = &self.order.limits;
        let mut cpu = self.groups.as_ref().and_then(Groups::cpu);
        let mut memory = 0;
        if cpu.is_none()
            && let Ok(activity) = activity::of(self.supervisor.as_raw_nonzero().get().cast_unsigned(), Root::Supervisor)
        {
            self.polled.cpu = self.polled.cpu.max(activity.cpu);
            self.polled.memory = self.polled.memory.max(activity.memory);
            self.polled.tasks = self.polled.tasks.max(activity.alive as u64);
            memory = activity.memory;
            cpu = Some(activity.cpu);
            if activity.alive as u64 > limits.processes {
                self.stop(Limit::Processes);
            }
        }
        if memory > limits.memory {
            self.stop(Limit::Memory);
        }
        if cpu.is_some_and(|cpu| cpu > limits.cpu) {
            self.stop(Limit::Cpu);
        }
        if self.wall() > limits.wall {
            self.stop(Limit::Wall);
        }
    }

    /// Ends the program.
    fn stop(&mut self, limit: Limit) {
        if self.stopped.is_none() {
            self.stopped = Some((limit, clock::now()));
            if self.channel.send(&[ask::KILL], &[]).is_err() {
                let _ = pidfd_send_signal(&self.handle, Signal::KILL);
            }
        }
    }

    fn outcome(&self) -> Outcome {
        Outcome {
            report: self.report.clone(),
            stopped: self.stopped.map(|(limit, _)| limit),
            wall: self.wall(),
            books: self.groups.as_ref().map(Groups::books).unwrap_or_default(),
            polled: self.polled,
        }
    }
}
