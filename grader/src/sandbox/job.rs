//! What a program is given: its arguments, what it sees of the machine, its limits.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One program to run.
#[derive(Debug)]
pub struct Job {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its whole environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Its working folder.
    pub folder: PathBuf,
    /// What it sees of the file system.
    pub mounts: Vec<Mount>,
    /// What it sees of the network.
    pub network: Network,
    /// Its limits.
    pub limits: Limits,
    /// Becomes its standard input.
    pub control: Option<OwnedFd>,
}

/// A file or folder that a job sees.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mount {
    /// Where it is.
    pub source: PathBuf,
    /// Where the job sees it.
    pub target: PathBuf,
    /// What the job may do with it.
    pub access: Access,
}

/// What a job may do with a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// Read and execute.
    ReadOnly,
    /// Write as well.
    ReadWrite,
}

/// What a job sees of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Network {
    /// Nothing.
    None,
    /// Its own loopback.
    Loopback,
    /// Its own loopback, with a listener of the grader.
    Served {
        /// The listener's port.
        port: u16,
    },
}

/// The limits of a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// Wall time.
    pub wall: Duration,
    /// CPU time of the tree.
    pub cpu: Duration,
    /// Memory of the tree, in bytes.
    pub memory: u64,
    /// What is kept of the output on each stream, in bytes. More may be written: see [`OUTPUT`].
    pub output: u64,
    /// The longest file, in bytes.
    pub file_size: u64,
    /// Scratch, in bytes.
    pub scratch: u64,
    /// Live tasks.
    pub processes: u64,
    /// Open files of a process.
    pub open_files: u64,
    /// Files in scratch.
    pub scratch_files: u64,
}

/// What a program may write to each stream before it is ended, in bytes: a forgotten line of debugging in a hot loop is
/// no crime, a flood is.
pub const OUTPUT: u64 = 64 << 20;
