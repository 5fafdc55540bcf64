//! The exercise server: a real HTTP server on loopback, which serves a site's replies with their latencies and faults.
//!
//! One [`Server`] accompanies a driver process. Each round puts a site on it with [`Server::open`] and takes the log of
//! its requests with [`Server::close`]. It sees from outside the submission how many requests overlap, and can hold
//! requests until others have come. In its log a request ends when the last bytes of its reply are handed over, and so
//! never later than for the client: what it counts as under way together really was.

mod replies;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use site::{Log, Recorder, Site};
use tokio::runtime;
use tokio::sync::{Notify, oneshot};

/// A server of the grader's, until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    current: Arc<Mutex<Arc<Visit>>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The server could not be had: the grader's own fault.
#[derive(Debug, thiserror::Error)]
#[error("the exercise server does not start")]
pub struct ServerError(#[from] io::Error);

/// What is served during one round, and what was seen of it.
#[derive(Debug)]
struct Visit {
    site: Site,
    recorder: Mutex<Recorder>,
    /// Told whenever a request begins or ends.
    changed: Notify,
}

impl Visit {
    fn new(site: Site) -> Arc<Self> {
        Arc::new(Self { site, recorder: Mutex::default(), changed: Notify::new() })
    }

    /// Looks at the recorder, or adds to it.
    fn with<R>(&self, body: impl FnOnce(&mut Recorder) -> R) -> R {
        body(&mut self.recorder.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Server {
    /// Serves on `listener`, at first a site without pages.
    ///
    /// # Errors
    /// [`ServerError`] if the machine has no thread or no descriptor left.
    pub fn start(listener: TcpListener) -> Result<Self, ServerError> {
        listener.set_nonblocking(true)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, listener.local_addr()?.port()));
        let current = Arc::new(Mutex::new(Visit::new(Site::new())));
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&current);
        let thread = thread::Builder::new().name("server".to_owned()).spawn(move || {
            runtime.spawn(accept(listener, address, served));
            // The sender says nothing; it is dropped with the server.
            let _ = runtime.block_on(stopped);
            // Whatever is still being sent to a process that is gone has no one to miss it.
            runtime.shutdown_background();
        })?;
        Ok(Self { address, current, stop: Some(stop), thread: Some(thread) })
    }

    /// The address at which a job finds it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The origin of its site.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts a site on the server, with an empty log.
    pub fn open(&self, site: Site) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Visit::new(site);
    }

    /// Takes the site off the server; returns what was seen of the requests.
    pub fn close(&self) -> Log {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let visit = std::mem::replace(&mut *current, Visit::new(Site::new()));
        visit.with(|recorder| recorder.log().clone())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread has been printed; the rounds notice that nobody answers.
            let _ = thread.join();
        }
    }
}

/// Takes connections until the runtime ends.
async fn accept(listener: TcpListener, address: SocketAddr, current: Arc<Mutex<Arc<Visit>>>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let origin: Arc<str> = format!("http://{address}").into();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, or the sandbox took the listener away; either passes or ends this.
            tokio::time::sleep(replies::BREATHER).await;
            continue;
        };
        // A reply of two small pieces must not wait for the first to be acknowledged.
        let _ = stream.set_nodelay(true);
        let (current, origin) = (Arc::clone(&current), Arc::clone(&origin));
        tokio::spawn(async move {
            let socket = replies::Socket::of(&stream);
            let service = service_fn(move |request| {
                let visit = Arc::clone(&current.lock().unwrap_or_else(PoisonError::into_inner));
                replies::answer(visit, Arc::clone(&origin), socket.clone(), request)
            });
            // A connection that breaks was broken on purpose, or by a client that had enough.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

#[cfg(test)]
mod tests;
