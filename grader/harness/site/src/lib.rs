//! Web sites as data: what the grader's server serves, and what its doubles in memory answer.
//!
//! A [`Site`] says for each path what each request for it gets: a status, a [`Body`], a latency, a fault. It is plain and
//! seeded, so that a real server, a double under the model's scheduler and an oracle all mean the same by it. A
//! [`Log`] is what the side that answers saw of its requests. Nothing here opens a socket, sleeps or judges.

mod body;
mod generated;
mod log;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use body::{Body, Digest, Pattern};
pub use generated::{Linked, linked};
pub use log::{Entry, Log, Recorder};

/// Stands in a text or a header for the site's own origin, such as `http://127.0.0.1:8080`, which is known only when
/// somebody serves it.
pub const ORIGIN: &str = "{origin}";

/// A web site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// What each path has, with its query if it has one; every other path has [`Reply::not_found`].
    pub pages: BTreeMap<String, Page>,
    /// How long a request is held at most by a [`Hold`], in milliseconds.
    pub patience_ms: u64,
}

/// What the requests for one path get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// One reply for each request, in order; the last one goes to all further requests.
    pub replies: Vec<Reply>,
}

/// What one request gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// What it waits for, before its latency begins.
    pub hold: Hold,
    /// How long until the status comes, in milliseconds.
    pub latency_ms: u64,
    /// The status.
    pub status: u16,
    /// Headers besides those of the framing, by name in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// How the body's end is told.
    pub framing: Framing,
    /// How fast the body comes.
    pub pace: Pace,
    /// What goes wrong.
    pub fault: Fault,
}

/// What a request waits for before it is answered: a rendezvous that shows which requests are under way together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hold {
    /// Nothing.
    No,
    /// Until so many requests have been under way at the same time, this one included.
    InFlight(usize),
    /// Until so many requests have been answered to their end.
    Answered(usize),
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Framing {
    /// By its length, announced in advance.
    Length,
    /// By chunks, the last of them empty: its length is not known in advance.
    Chunked,
}

/// How fast a body comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pace {
    /// As fast as it goes.
    AtOnce,
    /// In pieces, with a pause before each but the first.
    Drip {
        /// The length of a piece in bytes.
        bytes: u64,
        /// The pause in milliseconds.
        pause_ms: u64,
    },
}

/// What goes wrong with a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// Nothing.
    None,
    /// The connection is reset before a byte of the reply.
    Reset,
    /// The connection is reset after so many bytes of the body.
    ResetAfter(u64),
    /// The body ends after so many bytes, whatever length was announced.
    EndAfter(u64),
    /// Not another byte comes after so many bytes of the body, and the connection stays open.
    SilentAfter(u64),
}

impl Site {
    /// A site without pages.
    pub fn new() -> Self {
        Self { pages: BTreeMap::new(), patience_ms: 5_000 }
    }

    /// The same with one more page, which gives every request the same reply.
    #[must_use]
    pub fn with(self, path: impl Into<String>, reply: Reply) -> Self {
        self.with_replies(path, vec![reply])
    }

    /// The same with one more page, which gives each request the next of several replies, and the last one to the rest.
    #[must_use]
    pub fn with_replies(mut self, path: impl Into<String>, replies: Vec<Reply>) -> Self {
        self.pages.insert(path.into(), Page { replies });
        self
    }

    /// What the request with this number gets; numbers begin at 0 for each path.
    pub fn reply(&self, path: &str, number: usize) -> Reply {
        let page = self.pages.get(path);
        let reply = page.and_then(|page| page.replies.get(number).or(page.replies.last()));
        reply.cloned().unwrap_or_else(Reply::not_found)
    }
}

impl Reply {
    /// A body with status 200, at once and without a fault.
    pub fn ok(body: Body) -> Self {
        Self {
            hold: Hold::No,
            latency_ms: 0,
            status: 200,
            headers: Vec::new(),
            body,
            framing: Framing::Length,
            pace: Pace::AtOnce,
            fault: Fault::None,
        }
    }

    /// A page of HTML.
    pub fn html(text: impl Into<String>) -> Self {
        Self::ok(Body::Text(text.into())).header("content-type", "text/html; charset=utf-8")
    }

    /// A status with a few words for a body.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::ok(Body::Text(format!("status {status}\n"))) }
    }

    /// The reply of a path that a site does not have.
    pub fn not_found() -> Self {
        Self::status(404)
    }

    /// A redirect.
    pub fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::status(status).header("location", location)
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same after so many milliseconds.
    #[must_use]
    pub fn after_ms(self, latency_ms: u64) -> Self {
        Self { latency_ms, ..self }
    }

    /// The same once something else has happened.
    #[must_use]
    pub fn held(self, hold: Hold) -> Self {
        Self { hold, ..self }
    }

    /// The same in chunks.
    #[must_use]
    pub fn chunked(self) -> Self {
        Self { framing: Framing::Chunked, ..self }
    }

    /// The same in pieces with pauses between them.
    #[must_use]
    pub fn dripping(self, bytes: u64, pause_ms: u64) -> Self {
        Self { pace: Pace::Drip { bytes: bytes.max(1), pause_ms }, ..self }
    }

    /// The same, but something goes wrong.
    #[must_use]
    pub fn but(self, fault: Fault) -> Self {
        Self { fault, ..self }
    }

    /// How many bytes of the body come before a fault ends it; `None` if all of them come.
    pub fn cut(&self) -> Option<u64> {
        match self.fault {
            Fault::None | Fault::Reset => None,
            Fault::ResetAfter(bytes) | Fault::EndAfter(bytes) | Fault::SilentAfter(bytes) => Some(bytes),
        }
    }
}
