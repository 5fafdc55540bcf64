//! The HTTP client, against a server that says what it is told to.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use remote::{Fetch, FetchError, Http, Response, Url};

/// What the client makes of a connection on which `serve` speaks; as many connections as there are.
fn opened(patience: Duration, serve: fn(&mut TcpStream)) -> Result<Response, FetchError> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/file", listener.local_addr().unwrap())).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            if stream.read(&mut request).is_ok() {
                serve(&mut stream);
            }
        }
    });
    Http::new(patience).open(&url)
}

fn say(stream: &mut TcpStream, words: &str) {
    stream.write_all(words.as_bytes()).unwrap();
}

fn read(mut response: Response) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    response.body.read_to_end(&mut bytes).map(|_| bytes)
}

const LONG: Duration = Duration::from_mins(1);

#[test]
fn a_bad_status_is_an_answer() {
    let response = opened(LONG, |stream| say(stream, "HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy")).unwrap();
    assert_eq!((response.status, response.length), (503, Some(4)));
    assert_eq!(read(response).unwrap(), b"busy");
}

#[test]
fn a_body_that_ends_before_its_length_cannot_be_read() {
    let response = opened(LONG, |stream| say(stream, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort")).unwrap();
    assert_eq!(response.length, Some(9));
    assert_eq!(read(response).unwrap_err().kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn an_empty_body_has_a_length() {
    let response = opened(LONG, |stream| say(stream, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")).unwrap();
    assert_eq!(response.length, Some(0));
    assert_eq!(read(response).unwrap(), b"");
}

#[test]
fn a_body_in_chunks_has_no_length() {
    const CHUNKS: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let response = opened(LONG, |stream| say(stream, CHUNKS)).unwrap();
    assert_eq!(response.length, None);
    assert_eq!(read(response).unwrap(), b"abc");
}

#[test]
fn redirects_without_end_end() {
    let opened = opened(LONG, |stream| {
        say(stream, "HTTP/1.1 302 Found\r\nlocation: /file\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    });
    assert_eq!(opened.unwrap_err(), FetchError::Redirects);
}

#[test]
fn silence_is_a_timeout_before_the_answer_and_in_it() {
    let patience = Duration::from_millis(50);
    let nothing = opened(patience, |_| {
        thread::park();
    });
    assert_eq!(nothing.unwrap_err(), FetchError::Timeout);
    let half = opened(Duration::from_secs(1), |stream| {
        say(stream, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf");
        thread::park();
    });
    assert_eq!(read(half.unwrap()).unwrap_err().kind(), ErrorKind::TimedOut);
}

#[test]
fn a_closed_connection_is_no_connection() {
    assert_eq!(opened(LONG, |_| ()).unwrap_err(), FetchError::Connection);
}
