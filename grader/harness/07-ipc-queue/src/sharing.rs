//! One process owns a map; others use it.

use std::env;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use muster::Muster;
use protocol::ipc_queue::{Ending, MapAnswer, MapCall, Piece, Shared, Sharing};
use protocol::workers::Roll;

use crate::processes::{end_of, put_down};
use crate::role::{Role, die};
use crate::{Asks, Subject};

/// How long clients wait for one another.
const PATIENCE: Duration = Duration::from_secs(5);

/// Maps that this process has shared, for names that nobody else has.
static SHARED: AtomicUsize = AtomicUsize::new(0);

/// A process that owns a map; it is ended when this is dropped.
struct Owner {
    process: Child,
    socket: PathBuf,
}

impl Owner {
    fn start() -> io::Result<Self> {
        let name = format!("ipc-queue-{}-{}.socket", process::id(), SHARED.fetch_add(1, Ordering::Relaxed));
        let socket = env::temp_dir().join(name);
        let mut command = Role::Owner(socket.clone()).launcher()?.command();
        let process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut owner = Self { process, socket };
        let mut listens = [0];
        match &mut owner.process.stdout {
            Some(output) => output.read_exact(&mut listens)?,
            None => return Err(io::Error::other("the owner has no pipe")),
        }
        Ok(owner)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        put_down(&mut self.process);
        let _ = fs::remove_file(&self.socket);
    }
}

/// Lets clients and strangers at a map.
///
/// # Errors
/// If the machine cannot start a process or make a socket.
pub(crate) fn share(subject: &dyn Subject, sharing: &Sharing) -> io::Result<Shared> {
    let mut owner = Owner::start()?;
    let strangers: Vec<_> = sharing.strangers.iter().map(|pieces| stranger(&owner.socket, pieces)).collect();
    let (clients, ended) = run_clients(&owner.socket, &sharing.clients)?;
    let mut shared = Shared { clients, after: Vec::new(), without_owner: None };
    if !ended {
        // Nobody would be answered now.
        return Ok(shared);
    }
    let mut last = connect(subject, &owner.socket);
    shared.after = sharing.after.iter().map(|call| ask_or_tell(&mut last, call)).collect();
    if sharing.owner_dies {
        put_down(&mut owner.process);
        shared.without_owner = Some(ask_or_tell(&mut last, &MapCall::Len));
    }
    drop(strangers);
    Ok(shared)
}

/// A connection that says what no client would; it stays open.
fn stranger(socket: &Path, pieces: &[Piece]) -> io::Result<UnixStream> {
    let mut stream = UnixStream::connect(socket)?;
    // An owner that takes the connection away is in its right.
    let _ = pieces.iter().try_for_each(|piece| stream.write_all(&piece.bytes()));
    Ok(stream)
}

/// Starts a process for each client, all of them at once; returns what they told, and whether all of them ended.
fn run_clients(socket: &Path, clients: &[Vec<MapCall>]) -> io::Result<(Vec<Vec<MapAnswer>>, bool)> {
    let muster = Muster::call(clients.len(), PATIENCE)?;
    let mut processes = Vec::new();
    for calls in clients {
        let launcher = muster.enlist(Role::Client(socket.to_owned(), calls.clone()).launcher()?);
        processes.push(launcher.command().stdin(Stdio::null()).stdout(Stdio::null()).spawn()?);
    }
    let endings: Vec<Ending> = processes.iter_mut().map(end_of).collect();
    let roll = muster.dismiss();
    Ok(((0..clients.len()).map(|client| told(&roll, client)).collect(), !endings.contains(&Ending::Never)))
}

/// What one client told.
fn told(roll: &Roll, client: usize) -> Vec<MapAnswer> {
    let reports = roll.workers.iter().filter(|worker| worker.launcher == client).flat_map(|worker| &worker.reports);
    reports.filter_map(|report| serde_json::from_str(report.get()).ok()).collect()
}

/// A client's work: makes every call, and reports every answer.
///
/// # Errors
/// None; the work of a worker may have some.
#[expect(clippy::unnecessary_wraps, reason = "one of several kinds of work")]
pub(crate) fn ask_all(subject: &dyn Subject, socket: &Path, calls: &[MapCall]) -> io::Result<()> {
    let mut client = connect(subject, socket);
    for call in calls {
        muster::report(&ask_or_tell(&mut client, call));
    }
    Ok(())
}

fn connect(subject: &dyn Subject, socket: &Path) -> Result<Box<dyn Asks>, MapAnswer> {
    match driver::quietly(|| subject.connect(socket)) {
        Ok(Ok(client)) => Ok(client),
        Ok(Err(error)) => Err(MapAnswer::Failed(error.to_string())),
        Err(panic) => Err(MapAnswer::Panicked(panic)),
    }
}

/// The answer to a call, or why there is no client to make it.
fn ask_or_tell(client: &mut Result<Box<dyn Asks>, MapAnswer>, call: &MapCall) -> MapAnswer {
    match client {
        Ok(client) => driver::quietly(|| ask(&mut **client, call)).unwrap_or_else(MapAnswer::Panicked),
        Err(told) => told.clone(),
    }
}

fn ask(client: &mut dyn Asks, call: &MapCall) -> MapAnswer {
    match call {
        MapCall::Die => die(),
        MapCall::AddMany(key, amount, times) => {
            let once = MapCall::Add(key.clone(), *amount);
            let mut values = Vec::new();
            for _ in 0..*times {
                match client.ask(&once) {
                    MapAnswer::Value(value) => values.push(value),
                    other => return other,
                }
            }
            MapAnswer::Values(values)
        }
        call => client.ask(call),
    }
}
