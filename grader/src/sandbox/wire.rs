//! What grader, helper and supervisor say to one another: messages over sockets that keep their bounds, with descriptors.

use std::ffi::OsString;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

use rustix::cmsg_space;
use rustix::net::sockopt::set_socket_send_buffer_size;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use serde::{Deserialize, Serialize};

use super::job::{Limits, Mount, Network};
use super::usage::Limit;

/// The longest message, in bytes: a job with all of its arguments and its environment.
const LONGEST: usize = 160 << 10;
/// The most descriptors of a message.
const DESCRIPTORS: usize = 3;

/// What the grader asks a helper for, and a helper its supervisor: one byte.
pub(super) mod ask {
    /// To end the program: the grader's decision.
    pub(in super::super) const KILL: u8 = b'K';
    /// To end the program: it writes too much.
    pub(in super::super) const FLOOD: u8 = b'O';
    /// To freeze it. The descriptor that comes along is closed when that is done.
    pub(in super::super) const PAUSE: u8 = b'P';
    /// To let it go on.
    pub(in super::super) const RESUME: u8 = b'C';
}

/// What is said about a program: the first byte of a message.
pub(super) mod tell {
    /// The listener inside is here.
    pub(in super::super) const LISTENER: u8 = b'L';
    /// The program runs. From the helper, with the supervisor's number.
    pub(in super::super) const STARTED: u8 = b'S';
    /// The program is frozen.
    pub(in super::super) const PAUSED: u8 = b'P';
    /// The sandbox failed; its words follow.
    pub(in super::super) const BROKEN: u8 = b'E';
    /// It is over; a [`Report`](super::Report) or an [`Outcome`](super::Outcome) follows.
    pub(in super::super) const OVER: u8 = b'R';
    /// The filter that asks about forks is installed, and here is its listener.
    pub(in super::super) const FILTER: u8 = b'N';
}

/// How a program is contained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Containment {
    /// Namespaces, Landlock, seccomp, limits.
    Full,
    /// Landlock, seccomp, limits.
    Reduced,
    /// Limits.
    None,
}

/// One program to run, as the helper hears of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// How it is contained.
    pub(super) containment: Containment,
    /// Whether it gets control groups.
    pub(super) grouped: bool,
    /// The program.
    pub(super) program: OsString,
    /// Its arguments, without its name.
    pub(super) arguments: Vec<OsString>,
    /// Its environment.
    pub(super) environment: Vec<(OsString, OsString)>,
    /// Its working folder.
    pub(super) folder: PathBuf,
    /// What it sees besides the system.
    pub(super) mounts: Vec<Mount>,
    /// Its network.
    pub(super) network: Network,
    /// Its limits.
    pub(super) limits: Limits,
}

/// What the supervisor saw of a program.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Report {
    /// Its status, as `wait` gives it.
    pub(super) status: i32,
    /// From its first instruction to its last.
    pub(super) wall: Duration,
    /// CPU time of everything that was waited for.
    pub(super) cpu: Duration,
    /// The largest process, in bytes.
    pub(super) memory: u64,
    /// Forks that were let through, where they are counted.
    pub(super) forks: Option<u64>,
    /// Forks that were refused.
    pub(super) refused: u64,
    /// Processes and threads that were made besides the first, where they are counted.
    pub(super) tasks: Option<u64>,
    /// Processes that the program left behind.
    pub(super) left_behind: u64,
}

/// What the helper says of a program in the end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Outcome {
    /// What the supervisor saw. `None` if the supervisor itself was ended.
    pub(super) report: Option<Report>,
    /// Why the program was ended, if it did not end by itself.
    pub(super) stopped: Option<Limit>,
    /// Wall time as the helper saw it, without pauses.
    pub(super) wall: Duration,
    /// From the control groups.
    pub(super) books: Books,
    /// From looking every few milliseconds: CPU time, memory in bytes, tasks alive.
    pub(super) polled: Polled,
}

/// What the control groups say, as far as there are any.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Books {
    /// CPU time of the tree.
    pub(super) cpu: Option<Duration>,
    /// The most memory at a time, in bytes.
    pub(super) memory: Option<u64>,
    /// The most tasks at a time, without the supervisor.
    pub(super) tasks: Option<u64>,
    /// Processes that were ended for want of memory.
    pub(super) starved: u64,
    /// Tasks that were refused.
    pub(super) refused: u64,
}

/// The highest numbers that were seen.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Polled {
    /// CPU time of the tree.
    pub(super) cpu: Duration,
    /// Memory of the tree, in bytes.
    pub(super) memory: u64,
    /// Tasks alive.
    pub(super) tasks: u64,
}

/// One end of a socket.
#[derive(Debug)]
pub(super) struct Channel(OwnedFd);

/// One message with its descriptors.
#[derive(Debug)]
pub(super) struct Message {
    /// What it says.
    pub(super) bytes: Vec<u8>,
    /// What came along.
    pub(super) descriptors: Vec<OwnedFd>,
}

impl Message {
    /// Its first byte.
    pub(super) fn tag(&self) -> u8 {
        self.bytes.first().copied().unwrap_or(0)
    }

    /// What follows the first byte.
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(1..).unwrap_or_default()
    }
}

impl Channel {
    /// Two ends that are joined.
    pub(super) fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        for end in [&one, &other] {
            // As far as the system allows; what does not fit is refused when it is sent.
            let _ = set_socket_send_buffer_size(end, 2 * LONGEST);
        }
        Ok((Self(one), Self(other)))
    }

    /// The end that this process got as its standard input.
    pub(super) fn of(end: OwnedFd) -> Self {
        Self(end)
    }

    /// The end itself.
    pub(super) fn into_end(self) -> OwnedFd {
        self.0
    }

    /// The same end once more.
    pub(super) fn again(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    /// Sends a message.
    pub(super) fn send(&self, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(DESCRIPTORS))];
        let mut along = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() && !along.push(SendAncillaryMessage::ScmRights(descriptors)) {
            return Err(io::Error::other("too many descriptors for a message"));
        }
        sendmsg(&self.0, &[IoSlice::new(bytes)], &mut along, SendFlags::NOSIGNAL)?;
        Ok(())
    }

    /// Sends a byte and a value.
    pub(super) fn tell(&self, tag: u8, value: &impl Serialize) -> io::Result<()> {
        let mut bytes = vec![tag];
        serde_json::to_writer(&mut bytes, value)?;
        self.send(&bytes, &[])
    }

    /// The next message; `None` when the other end is gone.
    pub(super) fn receive(&self) -> io::Result<Option<Message>> {
        let mut bytes = vec![0; LONGEST];
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(DESCRIPTORS))];
        let mut along = RecvAncillaryBuffer::new(&mut space);
        let received = loop {
            match recvmsg(&self.0, &mut [IoSliceMut::new(&mut bytes)], &mut along, RecvFlags::CMSG_CLOEXEC) {
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::CONNRESET) => return Ok(None),
                result => break result?,
            }
        };
        if received.bytes == 0 {
            return Ok(None);
        }
        bytes.truncate(received.bytes);
        let mut descriptors = Vec::new();
        for message in along.drain() {
            if let RecvAncillaryMessage::ScmRights(received) = message {
                descriptors.extend(received);
            }
        }
        Ok(Some(Message { bytes, descriptors }))
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
