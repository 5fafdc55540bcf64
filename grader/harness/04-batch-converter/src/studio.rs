//! Where one round takes place: a pool whose workers are watched, a folder for inputs, a folder for outputs.

use std::env;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use course::Launcher;
use muster::{Muster, leftovers, reap_leftovers};
use protocol::batch_converter::{self as wire, Conversion, Observation, Outcome, Particular};
use tempfile::TempDir;

use crate::oracle::listing;
use crate::sight::Sight;
use crate::waiting::wait_for;
use crate::{Job, Pool, Subject};

/// How long workers that have come wait for the others.
const MUSTER_PATIENCE: Duration = Duration::from_secs(3);

/// The role of the workers of a pool.
pub(crate) const WORKER: &str = "converter";

/// Everything that a round needs.
pub(crate) struct Studio {
    pub(crate) launcher: Launcher,
    pub(crate) workers: NonZeroUsize,
    muster: Option<Muster>,
    inputs: TempDir,
    outputs: TempDir,
    sight: Sight,
}

impl Studio {
    /// # Panics
    /// If there is no scratch, or an order asks for no workers.
    pub(crate) fn open(pool: &wire::Pool) -> Self {
        let launch = &pool.launch;
        let muster = launch.muster.map(|size| Muster::call(size, MUSTER_PATIENCE).expect("there are sockets"));
        let mut launcher = Launcher::new(WORKER).expect("the program knows where it is");
        for (worker, fault) in &launch.faults {
            launcher = launcher.with_fault(*worker, *fault);
        }
        if let Some(patience) = launch.patience_ms {
            launcher = launcher.with_patience(Duration::from_millis(patience));
        }
        if let Some(muster) = &muster {
            launcher = muster.enlist(launcher);
        }
        let outputs = tempfile::tempdir().expect("there is scratch");
        Self {
            launcher,
            workers: NonZeroUsize::new(pool.workers).expect("an order asks for a worker at least"),
            muster,
            inputs: tempfile::tempdir().expect("there is scratch"),
            sight: Sight::of(outputs.path()).expect("the kernel watches folders"),
            outputs,
        }
    }

    /// The submission's pool.
    pub(crate) fn pool(&self, subject: &dyn Subject) -> io::Result<Box<dyn Pool>> {
        subject.pool(self.workers, &self.launcher)
    }

    /// Waits until every worker has come, if they are watched: one that is ended before that does not count as started.
    pub(crate) fn assemble(&self) {
        if let Some(muster) = &self.muster {
            wait_for(|| muster.attendance(), |came| *came >= self.workers.get());
        }
    }

    /// The folder for inputs that are made for the round.
    pub(crate) fn inputs(&self) -> &Path {
        self.inputs.path()
    }

    /// The folder for outputs.
    pub(crate) fn outputs(&self) -> &Path {
        self.outputs.path()
    }

    /// A task on an image, whose output is called `name`.
    pub(crate) fn job(&self, input: PathBuf, name: &str, conversion: Conversion) -> Job {
        let output = self.outputs().join(format!("{name}.{}", conversion.format.extension()));
        Job { input, output, conversion }
    }

    /// Ends the round, when the pool has ended.
    pub(crate) fn close(self, outcomes: Vec<Outcome>, particular: Particular) -> Observation {
        let leftovers = leftovers();
        reap_leftovers();
        let roll = self.muster.map(Muster::dismiss);
        let folder = listing(self.outputs.path()).unwrap_or_default();
        let written = self.sight.written();
        let in_sight = folder.iter().map(|file| file.name.clone()).filter(|name| written.contains(name)).collect();
        Observation { outcomes, folder, in_sight, roll, leftovers, particular }
    }
}

/// The path of an image among the assets.
pub(crate) fn asset(name: &str) -> PathBuf {
    PathBuf::from(env::var_os("COURSE_ASSETS").unwrap_or_default()).join(name)
}
