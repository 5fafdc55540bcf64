//! Which level this machine gives, found out by doing: settings lie, a job does not.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::groups::Places;
use super::job::{Access, Job, Limits, Mount, Network};
use super::running::{self, Helper, Keeper, Start};
use super::serve::{PROBE, PROBED};
use super::system;
use super::usage::Ending;
use super::wire::Containment;
use super::{Level, Request, RunId, SandboxError};
use crate::cause::with_causes;
use std::sync::Arc;

/// What was found.
pub(super) struct Found {
    pub(super) level: Level,
    pub(super) containment: Containment,
    pub(super) grouped: bool,
}

/// Tries the levels from the best that is allowed downwards, and control groups at the level that works.
///
/// # Errors
/// [`SandboxError::Refused`] if what was asked for cannot be had.
pub(super) fn find(program: &Path, request: Request, keeper: &Arc<dyn Keeper>) -> Result<Found, SandboxError> {
    let mut missing = Vec::new();
    let wanted: &[Containment] = match request {
        Request::Auto => &[Containment::Full, Containment::Reduced, Containment::None],
        Request::Full => &[Containment::Full],
        Request::Reduced => &[Containment::Reduced],
        Request::None => &[Containment::None],
    };
    for containment in wanted {
        let found = match attempt(program, *containment, false, keeper) {
            Ok(()) => *containment,
            Err(why) => {
                missing.push(match containment {
                    Containment::Full => format!("namespaces: {why}"),
                    Containment::Reduced => format!("Landlock and seccomp: {why}"),
                    Containment::None => format!("programs cannot be run at all: {why}"),
                });
                continue;
            }
        };
        if found == Containment::Full
            && let Err(error) = system::landlock_version()
        {
            missing.push(format!("Landlock, the second wall around files: {error}"));
        }
        if found != Containment::None {
            let groups = Places::find().map_err(|error| with_causes(&error));
            if let Err(why) = groups.and_then(|_| attempt(program, found, true, keeper)) {
                missing.push(format!("control groups, so memory and CPU time are sampled every 20 ms: {why}"));
                return Ok(Found { level: Level { name: name(found), missing }, containment: found, grouped: false });
            }
        }
        let grouped = found != Containment::None;
        return Ok(Found { level: Level { name: name(found), missing }, containment: found, grouped });
    }
    Err(SandboxError::Refused { missing })
}

fn name(containment: Containment) -> &'static str {
    match containment {
        Containment::Full => "full",
        Containment::Reduced => "reduced",
        Containment::None => "none",
    }
}

/// Runs the smallest job there is.
fn attempt(program: &Path, containment: Containment, grouped: bool, keeper: &Arc<dyn Keeper>) -> Result<(), String> {
    let try_it = || -> Result<Ending, SandboxError> {
        let helper = Helper::start(program)?;
        let start = Start { id: RunId(0), helper, containment, grouped, keeper: keeper.clone() };
        let (running, _) = running::start(start, probe(program))?;
        Ok(running.wait()?.ending)
    };
    match try_it() {
        Ok(Ending::Exited(status)) if status == i32::from(PROBED) => Ok(()),
        Ok(ending) => Err(format!("a trial ended with {ending:?}")),
        Err(error) => Err(with_causes(&error)),
    }
}

fn probe(program: &Path) -> Job {
    let visible = Mount { source: program.to_owned(), target: program.to_owned(), access: Access::ReadOnly };
    Job {
        program: program.to_owned(),
        arguments: vec![PROBE.into()],
        environment: Vec::new(),
        folder: PathBuf::from("/"),
        mounts: vec![visible],
        network: Network::Loopback,
        limits: Limits {
            wall: Duration::from_secs(30),
            cpu: Duration::from_secs(30),
            memory: 256 << 20,
            output: 4 << 10,
            file_size: 1 << 20,
            scratch: 1 << 20,
            processes: 16,
            open_files: 64,
            scratch_files: 16,
        },
        control: None,
    }
}
