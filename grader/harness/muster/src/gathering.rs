//! The driver's thread that workers come to.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use course::Launcher;
use protocol::frame;
use protocol::workers::{Attendance, Roll};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt::socket_peercred;

use crate::{Call, Go, VARIABLE, Word};

/// How long the rest of a word may take once it has begun: a worker can be stopped in the middle of one.
const REST_OF_A_WORD: Duration = Duration::from_secs(5);

/// Musters that this process has called, for names that nobody else has.
static CALLED: AtomicUsize = AtomicUsize::new(0);

/// A rendezvous of worker processes.
#[derive(Debug)]
pub struct Muster {
    name: String,
    enlisted: AtomicUsize,
    came: Arc<AtomicUsize>,
    /// Its end is the sign to end.
    sign: Option<UnixStream>,
    thread: Option<JoinHandle<Roll>>,
}

impl Muster {
    /// Calls a muster of `size` workers: each waits until so many are alive at the same time, or until `patience` has
    /// passed since the first of them came. Later ones do not wait. With a size of 0 or 1 nobody waits.
    ///
    /// # Errors
    /// If there is no socket to be had.
    pub fn call(size: usize, patience: Duration) -> io::Result<Self> {
        let name = format!("course-muster-{}-{}", process::id(), CALLED.fetch_add(1, Ordering::Relaxed));
        let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
        listener.set_nonblocking(true)?;
        let (sign, end) = UnixStream::pair()?;
        let gathering = Gathering::new(size, patience);
        let came = gathering.came.clone();
        let thread = thread::Builder::new().name("muster".to_owned()).spawn(move || gathering.run(&listener, &end))?;
        Ok(Self { name, enlisted: AtomicUsize::new(0), came, sign: Some(sign), thread: Some(thread) })
    }

    /// The same launcher, whose workers come to this muster. Launchers count from 0 in the order of these calls.
    ///
    /// # Panics
    /// Never: a call has a JSON form.
    #[must_use]
    pub fn enlist(&self, launcher: Launcher) -> Launcher {
        let call = Call { name: self.name.clone(), launcher: self.enlisted.fetch_add(1, Ordering::Relaxed) };
        launcher.with_variable(VARIABLE, serde_json::to_string(&call).expect("a call has a JSON form"))
    }

    /// How many workers have come so far. One that is ended before it has come is not in the roll.
    pub fn attendance(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }

    /// Hears what has been said so far, and ends the muster.
    ///
    /// What a worker said before it ended is in the roll, whoever waited for it.
    pub fn dismiss(mut self) -> Roll {
        drop(self.sign.take());
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

impl Drop for Muster {
    fn drop(&mut self) {
        drop(self.sign.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Gathering {
    size: usize,
    patience: Duration,
    /// Until when those who have come wait for others; from the moment that the first has come.
    deadline: Option<Instant>,
    /// Nobody waits any longer.
    open: bool,
    roll: Roll,
    /// How many stand in the roll.
    came: Arc<AtomicUsize>,
    seen: BTreeSet<u32>,
    present: Vec<Present>,
}

/// A worker that has come and not ended.
struct Present {
    stream: UnixStream,
    pid: u32,
    /// Its place in the roll, once it has said who it is.
    place: Option<usize>,
    waits: bool,
    /// The launcher whose worker's end it waits for.
    awaits: Option<usize>,
}

/// Who has something to say.
struct Ready {
    /// For each worker that is present.
    workers: Vec<bool>,
    /// The sign to end.
    end: bool,
}

impl Gathering {
    fn new(size: usize, patience: Duration) -> Self {
        Self {
            size,
            patience,
            deadline: None,
            open: size <= 1,
            roll: Roll::default(),
            came: Arc::default(),
            seen: BTreeSet::new(),
            present: Vec::new(),
        }
    }

    fn run(mut self, listener: &UnixListener, end: &UnixStream) -> Roll {
        loop {
            let timeout =
                self.deadline.filter(|_| !self.open).map(|deadline| deadline.saturating_duration_since(now()));
            let ready = self.ready(listener, Some(end), timeout);
            // Ends before beginnings, so that a worker and its successor never count as two at a time.
            self.hear(&ready);
            self.came.store(self.roll.workers.len(), Ordering::SeqCst);
            self.welcome(listener);
            self.release();
            if ready.end {
                break;
            }
        }
        // What was said before the sign is heard, and nobody is left waiting.
        self.open = true;
        loop {
            self.welcome(listener);
            let ready = self.ready(listener, None, Some(Duration::ZERO));
            if !ready.workers.contains(&true) {
                return self.roll;
            }
            self.hear(&ready);
            self.release();
        }
    }

    /// Waits until somebody comes, speaks or ends.
    fn ready(&self, listener: &UnixListener, end: Option<&UnixStream>, timeout: Option<Duration>) -> Ready {
        let count = self.present.len();
        let mut sockets: Vec<_> =
            self.present.iter().map(|worker| PollFd::new(&worker.stream, PollFlags::IN)).collect();
        sockets.push(PollFd::new(listener, PollFlags::IN));
        sockets.extend(end.map(|end| PollFd::new(end, PollFlags::IN)));
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        if poll(&mut sockets, timeout.as_ref()).is_err() {
            // Interrupted by a signal: nobody is ready.
            return Ready { workers: vec![false; count], end: false };
        }
        let flags: Vec<bool> = sockets.iter().map(|socket| !socket.revents().is_empty()).collect();
        Ready { workers: flags[..count].to_vec(), end: flags.get(count + 1).copied().unwrap_or(false) }
    }

    /// Hears one word, or the end, of each worker that is ready.
    fn hear(&mut self, ready: &Ready) {
        let Self { present, roll, .. } = self;
        let mut flags = ready.workers.iter();
        let mut alive = present.iter().filter(|worker| worker.place.is_some()).count();
        present.retain_mut(|worker| {
            if flags.next() != Some(&true) {
                return true;
            }
            let was_known = worker.place.is_some();
            let stays = frame::read(&mut worker.stream).is_ok_and(|word| worker.take(word, roll));
            match (was_known, stays && worker.place.is_some()) {
                (false, true) => alive += 1,
                (true, false) => alive -= 1,
                _ => {}
            }
            roll.most_at_once = roll.most_at_once.max(alive);
            stays
        });
    }

    /// Lets in whoever is at the door.
    fn welcome(&mut self, listener: &UnixListener) {
        while let Ok((stream, _)) = listener.accept() {
            let pid = socket_peercred(&stream).ok().and_then(|peer| u32::try_from(peer.pid.as_raw_pid()).ok());
            let known = pid.filter(|pid| is_worker_program(*pid)).filter(|pid| self.seen.insert(*pid));
            match known.filter(|_| stream.set_read_timeout(Some(REST_OF_A_WORD)).is_ok()) {
                Some(pid) => self.present.push(Present { stream, pid, place: None, waits: false, awaits: None }),
                None => self.roll.strangers += 1,
            }
        }
    }

    /// Lets go those who wait, if as many as are waited for are there, or have been, or have been waited for too long.
    fn release(&mut self) {
        if self.deadline.is_none() && self.present.iter().any(|worker| worker.waits) {
            self.deadline = Some(now() + self.patience);
        }
        self.release_those_who_await_an_end();
        self.roll.met |= self.roll.most_at_once >= self.size;
        self.open |= self.roll.met || self.deadline.is_some_and(|deadline| now() >= deadline);
        if !self.open {
            return;
        }
        for worker in self.present.iter_mut().filter(|worker| worker.waits) {
            worker.waits = false;
            // One that has died meanwhile is noticed by its end.
            let _ = frame::write(&mut worker.stream, &Go);
        }
    }
}

impl Gathering {
    /// Lets go those who wait for the end of a worker that has ended, or that did not come to a muster that is over.
    fn release_those_who_await_an_end(&mut self) {
        let Self { present, roll, .. } = self;
        let launcher = |place: Option<usize>| place.map(|place| roll.workers[place].launcher);
        let alive: BTreeSet<usize> = present.iter().filter_map(|worker| launcher(worker.place)).collect();
        let come: BTreeSet<usize> = roll.workers.iter().map(|worker| worker.launcher).collect();
        for worker in present.iter_mut() {
            let over = |awaited: &usize| !alive.contains(awaited) && (come.contains(awaited) || !roll.met);
            if worker.awaits.as_ref().is_some_and(over) {
                worker.awaits = None;
                let _ = frame::write(&mut worker.stream, &Go);
            }
        }
    }
}

impl Present {
    /// Notes a word; returns whether another may follow.
    fn take(&mut self, word: Word, roll: &mut Roll) -> bool {
        match (word, self.place) {
            (Word::Present { launcher, index }, None) => {
                self.place = Some(roll.workers.len());
                self.waits = true;
                roll.workers.push(Attendance { launcher, index, pid: self.pid, reports: Vec::new(), service: None });
                true
            }
            (Word::Report(report), Some(place)) => {
                roll.workers[place].reports.push(report);
                true
            }
            (Word::Awaits { launcher }, Some(_)) => {
                self.awaits = Some(launcher);
                true
            }
            (Word::Departed(service), Some(place)) => {
                roll.workers[place].service = Some(service);
                true
            }
            _ => {
                roll.strangers += 1;
                false
            }
        }
    }
}

/// Whether a process runs this same program, and is not this process; in doubt, it does.
fn is_worker_program(pid: u32) -> bool {
    let program = |pid: &str| fs::read_link(format!("/proc/{pid}/exe"));
    let same = match (program(&pid.to_string()), program("self")) {
        (Ok(theirs), Ok(ours)) => theirs == ours,
        _ => true,
    };
    same && pid != process::id()
}

fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "bounds a wait; no verdict depends on it")]
    Instant::now()
}
