//! Crawls over HTTP: a fetcher that asks the grader's server.
//!
//! Every host of a round is in truth the server, at an address that the submission does not learn: what it cannot tell from
//! a site in memory it cannot treat otherwise. Each request has a connection of its own, so that what is done to one
//! connection costs one page. What overlaps is seen by the server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use protocol::crawler::{CrawledServed, Served};
use ureq::http::header::{CONTENT_TYPE, LOCATION};
use ureq::{Agent, Error};
use web::{Fetch, FetchError, Origin, Page, Url};

use crate::memory::requested;
use crate::{Subject, parsed};

/// How long each part of an answer is waited for: longer than a busy machine holds anything up.
const PATIENCE: Duration = Duration::from_secs(12);
/// The same for an answer that never comes.
const BRIEF: Duration = Duration::from_millis(60);
/// The longest body that is taken, in bytes.
const LONGEST_BODY: u64 = 1 << 20;

/// Runs one crawl of what the server at [`driver::origin`] has.
pub(crate) fn run(subject: &dyn Subject, crawl: &Served) -> CrawledServed {
    run_at(driver::origin(), subject, crawl)
}

fn run_at(server: &str, subject: &dyn Subject, crawl: &Served) -> CrawledServed {
    let seed = parsed(&crawl.seed);
    let web = Web {
        server: parsed(server),
        home: seed.origin(),
        agent: agent(),
        silent: &crawl.silent,
        calls: Mutex::default(),
    };
    let map = subject.crawl(&web, &seed, &crawl.options);
    CrawledServed { map, calls: web.calls.into_inner().unwrap_or_else(PoisonError::into_inner) }
}

/// A client that does what it is told and nothing by itself.
fn agent() -> Agent {
    let config = Agent::config_builder()
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .max_idle_connections(0)
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_recv_body(Some(PATIENCE));
    // No limit of the whole call: the client would start a thread to look up the server's address.
    config.build().new_agent()
}

/// The web as a crawl sees it: one site, and nobody else.
struct Web<'a> {
    server: Url,
    home: Origin,
    agent: Agent,
    silent: &'a BTreeSet<String>,
    calls: Mutex<BTreeMap<String, u32>>,
}

impl Fetch for Web<'_> {
    fn fetch(&self, url: &Url) -> Result<Page, FetchError> {
        let address = requested(url);
        let silent = self.silent.contains(&address);
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(address).or_insert(0) += 1;
        if url.origin() != self.home {
            return Err(FetchError::Connection);
        }
        self.get(url, if silent { BRIEF } else { PATIENCE }).map_err(|error| unanswered(&error))
    }
}

impl Web<'_> {
    fn get(&self, url: &Url, patience: Duration) -> Result<Page, Error> {
        let mut at_server = self.server.clone();
        at_server.set_path(url.path());
        at_server.set_query(url.query());
        let request = self.agent.get(at_server.as_str()).config();
        let request = request.timeout_recv_response(Some(patience)).timeout_recv_body(Some(patience)).build();
        let mut response = request.header("host", url.authority()).call()?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (content_type, location) = (header(CONTENT_TYPE).unwrap_or_default(), header(LOCATION));
        let body = response.body_mut().with_config().limit(LONGEST_BODY).read_to_vec()?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Page { status: response.status().as_u16(), content_type, location, body })
    }
}

/// What the course calls it that no whole answer came.
fn unanswered(error: &Error) -> FetchError {
    match error {
        Error::Timeout(_) => FetchError::Timeout,
        Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => FetchError::Timeout,
        _ => FetchError::Connection,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::thread;

    use protocol::crawler::{Options, Outcome, Visit};

    use super::*;

    const SEED: &str = "http://site.test/a?b#c";

    /// Fetches the seed, and says in the words of a map what came.
    struct Once;

    impl Subject for Once {
        fn crawl(&self, fetch: &dyn Fetch, seed: &Url, _: &Options) -> BTreeMap<String, Visit> {
            let (outcome, links) = match fetch.fetch(seed) {
                Ok(page) => (Outcome::Status(page.status), [page.content_type, page.body].into_iter().collect()),
                Err(FetchError::Timeout) => (Outcome::Timeout, BTreeSet::new()),
                Err(FetchError::Connection) => (Outcome::Connection, BTreeSet::new()),
            };
            BTreeMap::from([(seed.to_string(), Visit { depth: 0, outcome, links })])
        }
    }

    /// What comes of one request that a server answers with these bytes and the end of the connection, and the request.
    fn answered_with(answer: &[u8], silent: bool) -> (Visit, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        let options = Options { workers: 1, max_depth: 0, max_pages: 1, same_origin: true, obey_robots: false };
        let silent_at = if silent { BTreeSet::from(["http://site.test/a?b".to_owned()]) } else { BTreeSet::new() };
        let crawl = Served { seed: SEED.to_owned(), options, silent: silent_at };
        thread::scope(|scope| {
            let crawled = scope.spawn(|| run_at(&server, &Once, &crawl));
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            while !request.ends_with("\r\n\r\n") {
                reader.read_line(&mut request).unwrap();
            }
            // A client that has had enough breaks off; that is its affair.
            let _ = stream.write_all(answer);
            if !silent {
                drop((stream, reader));
            }
            let mut crawled = crawled.join().unwrap();
            assert_eq!(crawled.calls, BTreeMap::from([("http://site.test/a?b".to_owned(), 1)]));
            (crawled.map.remove(SEED).unwrap(), request)
        })
    }

    fn outcome(answer: &str) -> Outcome {
        answered_with(answer.as_bytes(), false).0.outcome
    }

    #[test]
    fn an_answer_is_a_page_and_a_redirect_is_not_followed() {
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5\r\n\r\nhi\u{fffd}";
        let (visit, request) = answered_with(answer.as_bytes(), false);
        assert_eq!(visit.outcome, Outcome::Status(200));
        assert!(visit.links.contains("text/html") && visit.links.contains("hi\u{fffd}"), "{visit:?}");
        assert!(request.starts_with("GET /a?b HTTP/1.1\r\n"), "{request}");
        assert!(request.to_lowercase().contains("\r\nhost: site.test\r\n"), "{request}");
        assert_eq!(outcome("HTTP/1.1 302 Found\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n"), Outcome::Status(302));
        assert_eq!(outcome("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"), Outcome::Status(503));
    }

    #[test]
    fn what_is_not_whole_is_no_answer() {
        for broken in [
            "",
            "HTTP/1.1 200 OK\r\ncontent-le",
            "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf of it",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nabc",
        ] {
            assert_eq!(outcome(broken), Outcome::Connection, "{broken:?}");
        }
    }

    #[test]
    fn a_body_without_bound_is_broken_off() {
        let body = vec![b'x'; usize::try_from(LONGEST_BODY).unwrap() + 1];
        let answer = [format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes(), &body].concat();
        assert_eq!(answered_with(&answer, false).0.outcome, Outcome::Connection);
    }

    #[test]
    fn silence_is_a_timeout_before_and_after_the_status() {
        for begun in ["", "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf of it"] {
            assert_eq!(answered_with(begun.as_bytes(), true).0.outcome, Outcome::Timeout, "{begun:?}");
        }
    }
}
