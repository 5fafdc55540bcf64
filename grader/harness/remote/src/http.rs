//! A [`Fetch`] for real servers, on `ureq`.

use std::io::{self, Read};
use std::time::Duration;

use ureq::config::Config;
use ureq::{Agent, Body, BodyReader, Error};
use url::Url;

use crate::{Fetch, FetchError, Response};

/// How many redirects are followed.
const REDIRECTS: u32 = 10;

/// Opens files over HTTP. It knows no encryption: an `https` address is a failed connection.
#[derive(Clone, Debug)]
pub struct Http {
    agent: Agent,
}

impl Http {
    /// A client that waits so long for a connection, for the beginning of an answer, and for each further piece of it.
    pub fn new(patience: Duration) -> Self {
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(REDIRECTS)
            .timeout_connect(Some(patience))
            .timeout_recv_response(Some(patience))
            .timeout_per_read(Some(patience))
            // A connection that lay idle may have been closed meanwhile, which would look like a failed request.
            .max_idle_connections(0)
            .build();
        Self { agent: Agent::new_with_config(config) }
    }
}

impl Fetch for Http {
    fn open(&self, url: &Url) -> Result<Response, FetchError> {
        let response = self.agent.get(url.as_str()).call().map_err(|error| match error {
            Error::Timeout(_) => FetchError::Timeout,
            Error::TooManyRedirects => FetchError::Redirects,
            _ => FetchError::Connection,
        })?;
        let status = response.status().as_u16();
        // The client takes an empty body for none at all, which has no length.
        let is_empty = response.headers().get("content-length").is_some_and(|length| length == "0");
        let body: Body = response.into_body();
        let length = body.content_length().or(is_empty.then_some(0));
        Ok(Response { status, length, body: Box::new(Pieces(body.into_reader())) })
    }
}

/// A body whose errors are those of the standard library.
struct Pieces(BodyReader<'static>);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match Error::from(error) {
            Error::Timeout(_) => io::ErrorKind::TimedOut.into(),
            error => error.into_io(),
        })
    }
}
