//! Small sites, written down as what links to what.

use std::collections::BTreeMap;

use protocol::crawler::{Answer, Crawl, Gathering, Options, Reply};

/// The origin of every small site.
pub(super) const HOME: &str = "http://site.test";

/// A crawl of a site without pages, by two workers, without limits.
pub(super) fn site() -> Crawl {
    Crawl { site: BTreeMap::new(), seed: format!("{HOME}/"), options: by(2) }
}

/// What a crawl may do that has so many workers, stays at home, and has no limits.
pub(super) fn by(workers: usize) -> Options {
    Options { workers, max_depth: 100, max_pages: 10_000, same_origin: true, obey_robots: false }
}

/// The same, obeying each `robots.txt`.
pub(super) fn politely_by(workers: usize) -> Options {
    Options { obey_robots: true, ..by(workers) }
}

/// How a crawl is put together.
pub(super) trait Sketch: Sized {
    /// The same with a page of links.
    fn page(self, path: &str, links: &[&str]) -> Self;
    /// The same with pages that have no links.
    fn leaves(self, paths: &[&str]) -> Self;
    /// The same with another answer at a path.
    fn answering(self, path: &str, answer: Answer) -> Self;
    /// The same, where the pages at these paths have to be under way at the same time.
    fn together(self, group: u32, paths: &[&str]) -> Self;
    /// The same, where one page is answered after another.
    fn after(self, path: &str, earlier: &str) -> Self;
    /// The same, where a page takes so long.
    fn taking(self, path: &str, latency_ms: u64) -> Self;
    /// The same crawl with so many workers.
    fn workers(self, workers: usize) -> Self;
}

impl Sketch for Crawl {
    fn page(self, path: &str, links: &[&str]) -> Self {
        let links: Vec<String> =
            links.iter().map(|link| format!("<p>See <a href=\"{link}\">this</a>.</p>\n")).collect();
        self.answering(path, html(links.concat()))
    }

    fn leaves(self, paths: &[&str]) -> Self {
        paths.iter().fold(self, |crawl, path| crawl.page(path, &[]))
    }

    fn answering(mut self, path: &str, answer: Answer) -> Self {
        let reply = Reply { answer, latency_ms: 0, gathering: None, after: [].into() };
        self.site.insert(absolute(path), reply);
        self
    }

    fn together(mut self, group: u32, paths: &[&str]) -> Self {
        for path in paths {
            reply(&mut self, path).gathering = Some(Gathering { group, size: paths.len() });
        }
        self
    }

    fn after(mut self, path: &str, earlier: &str) -> Self {
        reply(&mut self, path).after.insert(absolute(earlier));
        self
    }

    fn taking(mut self, path: &str, latency_ms: u64) -> Self {
        reply(&mut self, path).latency_ms = latency_ms;
        self
    }

    fn workers(mut self, workers: usize) -> Self {
        self.options.workers = workers;
        self
    }
}

/// A page of HTML.
pub(super) fn html(body: String) -> Answer {
    status(200, "text/html; charset=utf-8", body)
}

/// A page with a status.
pub(super) fn status(status: u16, content_type: &str, body: String) -> Answer {
    Answer::Page { status, content_type: content_type.to_owned(), location: None, body }
}

/// A redirect.
pub(super) fn redirect(status: u16, location: &str) -> Answer {
    let content_type = "text/html".to_owned();
    Answer::Page { status, content_type, location: Some(location.to_owned()), body: String::new() }
}

/// The address of a path; an address stays what it is.
fn absolute(path: &str) -> String {
    if path.starts_with('/') { format!("{HOME}{path}") } else { path.to_owned() }
}

fn reply<'a>(crawl: &'a mut Crawl, path: &str) -> &'a mut Reply {
    crawl.site.get_mut(&absolute(path)).expect("a site's page is written down before its manners")
}
