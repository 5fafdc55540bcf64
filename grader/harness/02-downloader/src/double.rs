//! A fetcher in memory that answers for a site, with the site's latencies, holds and faults.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use protocol::downloader::{ON_PURPOSE, Panics};
use remote::{Fetch, FetchError, Response, Url};
use site::{Fault, Framing, Hold, Pace, Reply};

use crate::scene::{Request, Scene, path_of};

/// Answers from memory.
pub(crate) struct Double(pub(crate) Arc<Scene>);

impl Fetch for Double {
    fn open(&self, url: &Url) -> Result<Response, FetchError> {
        let path = path_of(url);
        driver::call(format!("open({path})"), || Opened(self.answer(url, &path))).0
    }
}

impl Double {
    fn answer(&self, url: &Url, path: &str) -> Result<Response, FetchError> {
        let scene = &self.0;
        let job = scene.job(url);
        scene.announced(job);
        let request = scene.begin(path);
        let reply = scene.order.site.reply(path, request.number);
        if reply.hold == Hold::No {
            scene.world.pass();
        } else {
            scene.hold(request, reply.hold);
        }
        scene.world.sleep(Duration::from_millis(reply.latency_ms.min(scene.order.patience_ms)));
        let failed = |error| {
            scene.answered(request);
            Err(error)
        };
        if scene.order.panics.iter().any(|panics| matches!(panics, Panics::Open { path: other } if other == path)) {
            scene.gone(request);
            panic!("{ON_PURPOSE}, in `open`");
        }
        if reply.latency_ms > scene.order.patience_ms {
            return failed(FetchError::Timeout);
        }
        if reply.fault == Fault::Reset {
            return failed(FetchError::Connection);
        }
        if !(200..300).contains(&reply.status) {
            // It is under way as long as its body is there, all the same.
            scene.settled(request);
        }
        let length = (reply.framing == Framing::Length).then(|| reply.body.length(""));
        scene.promised(job, length);
        let panics_after = scene.order.panics.iter().find_map(|panics| match panics {
            Panics::Body { path: other, after } if other == path => Some(*after),
            _ => None,
        });
        let status = reply.status;
        let bytes = reply.body.reader("");
        let end = reply.cut().unwrap_or(u64::MAX).min(reply.body.length(""));
        let body = Body { scene: Arc::clone(scene), request, job, reply, bytes, end, given: 0, panics_after };
        Ok(Response { status, length, body: Box::new(body) })
    }
}

/// A body in memory.
struct Body {
    scene: Arc<Scene>,
    request: Request,
    job: Option<usize>,
    reply: Reply,
    bytes: Box<dyn Read + Send>,
    /// How many bytes come before the end, or before what goes wrong.
    end: u64,
    given: u64,
    panics_after: Option<u64>,
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.scene.look(self.job, self.given);
        if self.given > 0 {
            self.scene.world.pass();
        }
        if self.panics_after.is_some_and(|after| self.given >= after) {
            self.scene.gone(self.request);
            panic!("{ON_PURPOSE}, in `read`");
        }
        let mut longest = usize::try_from(self.end - self.given).unwrap_or(usize::MAX).min(buffer.len());
        if longest == 0 {
            return if buffer.is_empty() { Ok(0) } else { self.finish() };
        }
        if let Pace::Drip { bytes, pause_ms } = self.reply.pace {
            longest = longest.min(usize::try_from(bytes).unwrap_or(usize::MAX));
            if self.given > 0 {
                self.scene.world.sleep(Duration::from_millis(pause_ms));
            }
        }
        let count = self.bytes.read(&mut buffer[..longest])?;
        self.given += count as u64;
        Ok(count)
    }
}

impl Body {
    /// Nothing more comes.
    fn finish(&mut self) -> io::Result<usize> {
        if let Fault::SilentAfter(_) = self.reply.fault {
            self.scene.world.sleep(Duration::from_millis(self.scene.order.patience_ms));
        }
        self.scene.answered(self.request);
        match self.reply.fault {
            Fault::ResetAfter(_) => Err(io::ErrorKind::ConnectionReset.into()),
            Fault::SilentAfter(_) => Err(io::ErrorKind::TimedOut.into()),
            Fault::None | Fault::Reset | Fault::EndAfter(_) => Ok(0),
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.scene.gone(self.request);
    }
}

/// An answer in the words of a story.
struct Opened(Result<Response, FetchError>);

impl std::fmt::Display for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Ok(response) => write!(f, "status {}", response.status),
            Err(error) => write!(f, "{error}"),
        }
    }
}
