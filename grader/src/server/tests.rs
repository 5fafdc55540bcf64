//! The server, seen by a client that speaks plain HTTP over a socket.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use site::{Body, Fault, Hold, Reply, Site};

use super::Server;

fn serving(site: Site) -> Server {
    let server = Server::start(TcpListener::bind("127.0.0.1:0").unwrap()).unwrap();
    server.open(site);
    server
}

/// Everything that comes for one request on a connection of its own.
fn get(address: SocketAddr, path: &str) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).map(|_| bytes)
}

fn text(bytes: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

#[test]
fn a_page_comes_with_its_status_its_headers_and_its_origin() {
    let server = serving(
        Site::new().with("/a?b=c", Reply { status: 201, ..Reply::html("at {origin}") }.header("x-origin", "{origin}/")),
    );
    let (head, body) = text(&get(server.address(), "/a?b=c").unwrap());
    assert!(head.starts_with("http/1.1 201"), "{head}");
    assert!(head.contains("content-type: text/html"), "{head}");
    assert!(head.contains(&format!("x-origin: {}/", server.origin())), "{head}");
    assert_eq!(body, format!("at {}", server.origin()));
    assert!(text(&get(server.address(), "/b").unwrap()).0.starts_with("http/1.1 404"));
    let log = server.close();
    assert_eq!((log.count("/a?b=c"), log.count("/b"), log.most_in_flight), (1, 1, 1));
    assert!(server.close().entries.is_empty(), "a round begins with an empty log");
}

#[test]
fn requests_are_held_until_they_are_together() {
    let mut site = Site::new();
    for page in 0..3 {
        site = site.with(format!("/{page}"), Reply::html("together").held(Hold::InFlight(3)));
    }
    let server = serving(site);
    let address = server.address();
    let threads: Vec<_> = (0..3).map(|page| thread::spawn(move || get(address, &format!("/{page}")))).collect();
    for thread in threads {
        assert_eq!(text(&thread.join().unwrap().unwrap()).1, "together");
    }
    let log = server.close();
    assert_eq!(log.most_in_flight, 3);
    assert_eq!(log.gave_up(), None);
}

#[test]
fn a_request_that_is_held_in_vain_is_answered_in_the_end() {
    let site = Site { patience_ms: 10, ..Site::new() };
    let server = serving(site.with("/", Reply::html("alone").held(Hold::InFlight(2))));
    assert_eq!(text(&get(server.address(), "/").unwrap()).1, "alone");
    assert!(server.close().gave_up().is_some());
}

#[test]
fn each_request_gets_the_next_reply_and_the_last_one_stays() {
    let replies = vec![Reply::status(503), Reply::html("now")];
    let server = serving(Site::new().with_replies("/", replies));
    let statuses: Vec<_> = (0..3).map(|_| text(&get(server.address(), "/").unwrap()).0[9..12].to_owned()).collect();
    assert_eq!(statuses, ["503", "200", "200"]);
}

#[test]
fn bodies_end_early_fall_into_chunks_and_drip() {
    let body = Body::pattern(1, 100_000);
    let server = serving(
        Site::new()
            .with("/short", Reply::ok(body.clone()).but(Fault::EndAfter(40_000)))
            .with("/short-chunks", Reply::ok(body.clone()).chunked().but(Fault::EndAfter(40_000)))
            .with("/chunks", Reply::html("in chunks").chunked())
            .with("/drip", Reply::html("drop by drop").dripping(5, 1)),
    );
    let short = get(server.address(), "/short").unwrap();
    let head = short.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
    assert!(String::from_utf8_lossy(&short[..head]).contains("content-length: 100000"));
    assert_eq!(short.len() - head - 4, 40_000);
    assert!(!get(server.address(), "/short-chunks").unwrap().ends_with(b"0\r\n\r\n"));
    let (head, chunks) = text(&get(server.address(), "/chunks").unwrap());
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    assert_eq!(chunks, "9\r\nin chunks\r\n0\r\n\r\n");
    assert_eq!(text(&get(server.address(), "/drip").unwrap()).1, "drop by drop");
}

#[test]
fn connections_are_reset_or_fall_silent() {
    let body = Body::pattern(1, 1_000);
    let server = serving(
        Site::new()
            .with("/reset", Reply::ok(body.clone()).but(Fault::Reset))
            .with("/reset-later", Reply::ok(body.clone()).but(Fault::ResetAfter(500)))
            .with("/silent", Reply::ok(body).but(Fault::SilentAfter(500))),
    );
    assert_eq!(get(server.address(), "/reset").unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(get(server.address(), "/reset-later").unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(b"GET /silent HTTP/1.1\r\nhost: here\r\n\r\n").unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let mut bytes = Vec::new();
    assert_eq!(stream.read_to_end(&mut bytes).unwrap_err().kind(), io::ErrorKind::WouldBlock);
}
