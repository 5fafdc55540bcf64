//! One reply: held, delayed, framed, paced, and broken off where its fault says so.

use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::header::CONTENT_LENGTH;
use hyper::{Request, Response};
use rustix::net::sockopt::set_socket_linger;
use site::{Fault, Framing, Hold, Pace, Reply};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::Visit;

/// How long the server waits when it cannot take connections.
pub(super) const BREATHER: Duration = Duration::from_millis(20);
/// The longest piece of a body that is sent at once, in bytes.
const PIECE: usize = 64 << 10;
/// How long a connection that has fallen silent is kept open.
const SILENCE: Duration = Duration::from_mins(1);

/// The connection is to be closed without another byte.
#[derive(Debug, thiserror::Error)]
#[error("broken off on purpose")]
pub(super) struct BrokenOff;

/// A hand on the socket of a connection, to have it reset when it closes.
#[derive(Clone, Debug)]
pub(super) struct Socket(Option<Arc<OwnedFd>>);

impl Socket {
    /// That of `stream`.
    pub(super) fn of(stream: &TcpStream) -> Self {
        Self(stream.as_fd().try_clone_to_owned().ok().map(Arc::new))
    }

    /// Makes the closing of the connection a reset.
    fn close_by_reset(&self) {
        if let Some(socket) = &self.0 {
            // If that fails the connection closes in the common way, which a client sees as broken off as well.
            let _ = set_socket_linger(socket, Some(Duration::ZERO));
        }
    }
}

/// The end of a request in the log, at the latest when this is dropped.
struct Ending {
    visit: Arc<Visit>,
    place: usize,
}

impl Ending {
    fn mark(&self) {
        self.visit.with(|recorder| recorder.end(self.place));
        self.visit.changed.notify_waiters();
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.mark();
    }
}

/// The body of a reply: pieces, as they come.
pub(super) struct Pieces(mpsc::Receiver<Result<Bytes, BrokenOff>>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

/// Answers one request.
pub(super) async fn answer(
    visit: Arc<Visit>,
    origin: Arc<str>,
    socket: Socket,
    request: Request<Incoming>,
) -> Result<Response<Pieces>, BrokenOff> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let (place, number) = visit.with(|recorder| recorder.begin(&path));
    visit.changed.notify_waiters();
    let ending = Ending { visit: Arc::clone(&visit), place };
    let reply = visit.site.reply(&path, number);
    hold(&visit, place, reply.hold).await;
    sleep(Duration::from_millis(reply.latency_ms)).await;
    if reply.fault == Fault::Reset {
        ending.mark();
        socket.close_by_reset();
        return Err(BrokenOff);
    }
    let length = reply.body.length(&origin);
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value.replace(site::ORIGIN, &origin));
    }
    if reply.framing == Framing::Length {
        response = response.header(CONTENT_LENGTH, length);
    }
    let (sender, receiver) = mpsc::channel(1);
    let pieces = PiecesToCome { reply, origin, length, socket, ending };
    tokio::spawn(pieces.send(sender));
    // Only a header that is none could be refused, and then the site is to blame; the client sees a broken connection.
    response.body(Pieces(receiver)).map_err(|_| BrokenOff)
}

/// Waits until what a request is held for has happened, but not for ever.
async fn hold(visit: &Visit, place: usize, hold: Hold) {
    let deadline = Instant::now() + Duration::from_millis(visit.site.patience_ms);
    let happened = || {
        visit.with(|recorder| match hold {
            Hold::No => true,
            Hold::InFlight(count) => recorder.most_in_flight() >= count,
            Hold::Answered(count) => recorder.answered() >= count,
        })
    };
    loop {
        // Asked for before the look, so that nothing can happen unnoticed in between.
        let change = visit.changed.notified();
        if happened() {
            return;
        }
        if timeout_at(deadline, change).await.is_err() {
            visit.with(|recorder| recorder.give_up(place));
            return;
        }
    }
}

/// A body that is still to be sent.
struct PiecesToCome {
    reply: Reply,
    origin: Arc<str>,
    length: u64,
    socket: Socket,
    ending: Ending,
}

impl PiecesToCome {
    /// Sends the body, up to its end or to its fault.
    async fn send(self, sender: mpsc::Sender<Result<Bytes, BrokenOff>>) {
        let Self { reply, origin, length, socket, ending } = self;
        let mut left = reply.cut().map_or(length, |cut| cut.min(length));
        let mut body = reply.body.reader(&origin);
        let mut first = true;
        while left > 0 {
            let longest = match reply.pace {
                Pace::AtOnce => PIECE,
                Pace::Drip { bytes, pause_ms } => {
                    if !first {
                        sleep(Duration::from_millis(pause_ms)).await;
                    }
                    usize::try_from(bytes).map_or(PIECE, |bytes| bytes.min(PIECE))
                }
            };
            first = false;
            let mut piece = vec![0; usize::try_from(left).map_or(longest, |left| left.min(longest))];
            // Neither a text nor a pattern fails or ends early.
            let Ok(count @ 1..) = body.read(&mut piece) else { break };
            piece.truncate(count);
            left -= count as u64;
            if left == 0 {
                ending.mark();
            }
            if sender.send(Ok(piece.into())).await.is_err() {
                return;
            }
        }
        ending.mark();
        match reply.fault {
            Fault::None => {}
            Fault::Reset | Fault::ResetAfter(_) => {
                socket.close_by_reset();
                let _ = sender.send(Err(BrokenOff)).await;
            }
            Fault::EndAfter(_) => {
                let _ = sender.send(Err(BrokenOff)).await;
            }
            Fault::SilentAfter(_) => {
                // Until the client has had enough, but not for ever.
                let _ = timeout(SILENCE, sender.closed()).await;
            }
        }
    }
}
