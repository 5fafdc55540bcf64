//! The HTTP client of the course, watched.

use std::io::{self, Read};
use std::sync::Arc;

use protocol::downloader::Notes;
use remote::{Fetch, FetchError, Http, Response, Url};

use crate::scene::Scene;

/// After how many bytes of a body the content of the files is dropped, where only their length counts.
const DROP_EVERY: u64 = 4 << 20;

/// Asks the grader's server.
pub(crate) struct Through {
    scene: Arc<Scene>,
    http: Http,
}

impl Through {
    /// Asks over `http`.
    pub(crate) fn new(scene: Arc<Scene>, http: Http) -> Self {
        Self { scene, http }
    }
}

impl Fetch for Through {
    fn open(&self, url: &Url) -> Result<Response, FetchError> {
        let job = self.scene.job(url);
        self.scene.announced(job);
        let response = self.http.open(url)?;
        self.scene.promised(job, response.length);
        let body = Watched { scene: Arc::clone(&self.scene), job, body: response.body, given: 0 };
        Ok(Response { body: Box::new(body), ..response })
    }
}

/// A body that is watched.
struct Watched {
    scene: Arc<Scene>,
    job: Option<usize>,
    body: Box<dyn Read + Send>,
    given: u64,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.scene.look(self.job, self.given);
        let before = self.given / DROP_EVERY;
        let count = self.body.read(buffer)?;
        self.given += count as u64;
        if self.scene.order.notes == Notes::Lengths && self.given / DROP_EVERY > before {
            self.scene.drop_content();
        }
        Ok(count)
    }
}
