//! What becomes of workers whose pool's process is killed.
//!
//! The pool is made in a process that is itself started as a worker, in the role of a [`PARENT`].

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use course::Launcher;
use course::worker::{Input, Output};
use muster::children_of;
use protocol::batch_converter::{Change, Conversion, Format, Observation, Particular, Pool as PoolOrder};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use crate::held::Held;
use crate::studio::{Studio, WORKER, asset};
use crate::waiting::{becomes_so, wait_for};
use crate::{Job, Subject};

/// The role of a process that makes a pool.
pub(crate) const PARENT: &str = "parent";

/// What the process is told.
#[derive(Debug, Serialize, Deserialize)]
struct Brief {
    workers: NonZeroUsize,
    input: PathBuf,
    output: PathBuf,
}

/// A process makes a pool, has it work, and is killed.
pub(crate) fn orphans(order: &PoolOrder) -> Observation {
    let studio = Studio::open(order);
    let particular = watch_over(&studio).unwrap_or_else(|error| Particular::NoPool(error.to_string()));
    studio.close(Vec::new(), particular)
}

fn watch_over(studio: &Studio) -> io::Result<Particular> {
    let mut late = Held::new(studio.inputs(), "held.png")?;
    let brief =
        Brief { workers: studio.workers, input: late.path().to_owned(), output: studio.outputs().join("held.png") };
    let mut parent = Launcher::new(PARENT)?.command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let begun = begin(&mut parent, &brief);
    // One that does not work on the image is idle when its parent is killed, which has to end it as well.
    becomes_so(|| begun.is_err() || late.is_waited_for());
    let workers: Vec<u32> = children_of(parent.id()).iter().map(|child| child.pid).collect();
    // Whoever has ended already is what is wanted.
    let _ = parent.kill();
    parent.wait()?;
    begun?;
    late.arrive(&asset("grey.png"));
    let survivors = wait_for(|| workers.iter().copied().filter(|pid| is_alive(*pid)).collect(), Vec::is_empty);
    for pid in survivors.iter().filter_map(|pid| Pid::from_raw(i32::try_from(*pid).ok()?)) {
        let _ = kill_process(pid, Signal::KILL);
    }
    Ok(Particular::Orphans { workers: workers.len(), survivors: survivors.len() })
}

/// Has the process make its pool.
fn begin(parent: &mut Child, brief: &Brief) -> io::Result<()> {
    let no_pool = || io::Error::other("the process of the pool ended before it had one");
    let mut input = parent.stdin.take().ok_or_else(no_pool)?;
    serde_json::to_writer(&mut input, brief)?;
    input.write_all(b"\n")?;
    let mut ready = String::new();
    BufReader::new(parent.stdout.take().ok_or_else(no_pool)?).read_line(&mut ready)?;
    // Its input stays open until it is killed.
    parent.stdin = Some(input);
    if ready.is_empty() { Err(no_pool()) } else { Ok(()) }
}

/// What the process does that is going to be killed.
///
/// # Errors
/// If it is not told what to do, or can have no pool.
pub(crate) fn be_a_parent(subject: &dyn Subject, mut input: Input, mut output: Output) -> io::Result<()> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    let Brief { workers, input: image, output: place } = serde_json::from_str(&line)?;
    let pool = subject.pool(workers, &Launcher::new(WORKER)?)?;
    let conversion = Conversion { change: Change::Keep, format: Format::Png };
    let _waits = pool.submit(Job { input: image, output: place, conversion });
    output.write_all(b"ready\n")?;
    output.flush()?;
    // The kill comes first, unless the driver is gone.
    input.read_line(&mut line)?;
    Ok(())
}

/// Whether a process, which need not be a child, has not ended.
fn is_alive(pid: u32) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}
