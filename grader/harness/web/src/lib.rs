//! What the course gives to a crawler.
//!
//! [`Fetch`] gets a [`Page`] for a [`Url`], [`hrefs`] finds the links in it, and [`Robots`] says which pages a site wants
//! to keep to itself. Nothing here remembers a page, starts a thread or decides what to fetch.

mod links;
mod robots;

pub use links::hrefs;
pub use robots::Robots;
pub use url::{Origin, Url};

/// Gets pages. Several threads may call it at the same time.
pub trait Fetch: Sync {
    /// Gets what is at `url`. A redirect is not followed: it is a page with a [`Page::location`].
    ///
    /// # Errors
    /// [`FetchError`] if no whole answer came. A page that says "not found" is an answer.
    fn fetch(&self, url: &Url) -> Result<Page, FetchError>;
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The status: 200 for a page that is there, 301 or 302 for a redirect, 404 for one that is not there.
    pub status: u16,
    /// What the body is, such as `text/html; charset=utf-8`; empty if the server did not say.
    pub content_type: String,
    /// Where a redirect leads, as the server wrote it: absolute, or relative to the page's own address.
    pub location: Option<String>,
    /// The body; what is not text in it has become `�`.
    pub body: String,
}

impl Page {
    /// Whether the server calls the body HTML.
    pub fn is_html(&self) -> bool {
        let essence = self.content_type.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case("text/html")
    }
}

/// Why no whole answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The server took too long.
    #[error("no answer in time")]
    Timeout,
    /// The connection could not be made, or broke.
    #[error("the connection failed")]
    Connection,
}
