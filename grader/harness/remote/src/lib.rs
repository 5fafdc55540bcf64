//! What the course gives to a downloader.
//!
//! [`Fetch`] opens what is at a [`Url`] and gives a [`Response`], whose body is read piece by piece. [`Http`] is the one
//! that asks real servers. Nothing here tries twice, starts a thread or writes a file.

mod http;

use std::fmt;
use std::io::Read;

pub use http::Http;
pub use url::Url;

/// Opens remote files. Several threads may call it at the same time.
pub trait Fetch: Sync {
    /// Asks for what is at `url`, and returns when the answer begins; its body is still to come. Redirects have been
    /// followed by then.
    ///
    /// # Errors
    /// [`FetchError`] if no answer began. A server that says "not found" or "try again later" has answered.
    fn open(&self, url: &Url) -> Result<Response, FetchError>;
}

/// An answer that has begun.
pub struct Response {
    /// The status: from 200 to 299 if the body is what was asked for.
    pub status: u16,
    /// How long the body is, in bytes, if the server said so.
    pub length: Option<u64>,
    /// The body. Reading it fails if the connection breaks or falls silent; it may also just end too early.
    pub body: Box<dyn Read + Send>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, length, .. } = self;
        f.debug_struct("Response").field("status", status).field("length", length).finish_non_exhaustive()
    }
}

/// Why no answer began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The server took too long.
    #[error("no answer in time")]
    Timeout,
    /// The connection could not be made, or broke.
    #[error("the connection failed")]
    Connection,
    /// The address led to another, that to a third, and so on without end: it will do so the next time.
    #[error("too many redirects")]
    Redirects,
}
