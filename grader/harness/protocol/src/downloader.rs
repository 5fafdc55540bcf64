//! Exercise 2 on the wire: files to download from a site, and what came of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use site::{Log, Site};

/// The message of every panic of [`Panics`].
pub const ON_PURPOSE: &str = "a panic on purpose";

/// The name of what a request waits on for others, in a modelled round.
pub const HELD: &str = "requests that are held until others come";

/// One round: one call of `download_all`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Where the files are. The paths are those of its pages; holds, latencies and faults are its own.
    pub site: Site,
    /// Who answers for the site.
    pub answerer: Answerer,
    /// The jobs. No two have one path.
    pub jobs: Vec<Job>,
    /// How many requests may be under way.
    pub workers: usize,
    /// How many requests there may be for one job.
    pub attempts: u32,
    /// The pause before the second request for a job, in milliseconds.
    pub back_off_ms: u64,
    /// How long the fetcher waits for an answer, and for each further piece of it, in milliseconds.
    pub patience_ms: u64,
    /// What is in the folder before the call.
    pub present: BTreeMap<String, Present>,
    /// Who panics.
    pub panics: Vec<Panics>,
    /// How long a file can get before the disk is full, in bytes; `None` if it never is.
    pub disk_full_after: Option<u64>,
    /// What is noted besides.
    pub notes: Notes,
}

/// Who answers for a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answerer {
    /// A fetcher in memory.
    Memory,
    /// The grader's server, asked over HTTP.
    Server,
}

/// One file to download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its path on the site.
    pub path: String,
    /// Its name in the folder.
    pub file_name: String,
}

/// Something that is in the folder before the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Present {
    /// A file with this text.
    File(String),
    /// A folder.
    Folder,
}

/// Who panics, with [`ON_PURPOSE`] as the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Panics {
    /// The fetcher, when this path is requested.
    Open {
        /// The path.
        path: String,
    },
    /// The body of this path, once so many bytes of it have come.
    Body {
        /// The path.
        path: String,
        /// How many bytes.
        after: u64,
    },
    /// The progress callback, when a job is reported with at least so many bytes.
    Progress {
        /// The job's place.
        job: usize,
        /// How many bytes.
        received: u64,
    },
}

/// What is noted of a round besides the common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notes {
    /// Nothing.
    Common,
    /// When each request began and when it was answered.
    Times,
    /// Only how long files are, not what is in them: their content is dropped while they are written, so that files
    /// larger than the scratch space can be.
    Lengths,
}

/// What a round leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// What the call returned, in its order.
    pub outcomes: Vec<Outcome>,
    /// What the fetcher in memory saw of the requests.
    pub requests: Option<Requests>,
    /// What is in the folder at the end, by name.
    pub folder: Vec<Entry>,
    /// What stands beside the folder at the end.
    pub beside: Vec<String>,
    /// A file that was there under its final name, or changed, while its body was still to come.
    pub early: Option<String>,
    /// What was reported of each job.
    pub reports: Vec<Reports>,
    /// With [`Notes::Times`]: the requests, by path and number.
    pub times: Vec<Times>,
}

/// What became of one job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The file is here.
    Downloaded {
        /// Its path, relative to the folder; as a whole if it is not in the folder.
        path: String,
        /// Its length.
        bytes: u64,
        /// How many requests it took.
        attempts: u32,
    },
    /// The name is refused.
    BadName,
    /// Another job has the name.
    SameName,
    /// A bad status.
    Status(u16),
    /// No answer in time.
    Timeout,
    /// No connection.
    Connection,
    /// Too many redirects.
    Redirects,
    /// The body was too short.
    Short {
        /// How many bytes came.
        received: u64,
        /// How many had been announced.
        length: u64,
    },
    /// The body broke off.
    Body,
    /// The file cannot be written, for this reason.
    File(String),
    /// Something panicked.
    Panicked,
}

/// What was seen of the requests of a round.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// How many there were for each path.
    pub counts: BTreeMap<String, usize>,
    /// The most that were under way at one moment.
    pub most_in_flight: usize,
    /// One that was held in vain until others came.
    pub alone: Option<String>,
}

/// Something in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// The file's length and digest; `None` for what is no file.
    pub content: Option<Content>,
}

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Its length in bytes.
    pub bytes: u64,
    /// Its digest; 0 with [`Notes::Lengths`].
    pub digest: u64,
}

/// What was reported of one job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reports {
    /// The bytes of the first report; `None` if there was none.
    pub first: Option<u64>,
    /// The bytes of the last report.
    pub last: Option<u64>,
    /// A report with fewer bytes than the one before it: the two.
    pub went_back: Option<(u64, u64)>,
    /// The first report after a further request that has no more bytes than the last one before it, and some.
    pub no_farther: Option<u64>,
    /// Whether a request was made before the first report.
    pub unannounced: bool,
    /// The most bytes that had come without having been reported when more were asked for.
    pub unreported: u64,
    /// A report of bytes with another length than the server's: what it said.
    pub wrong_length: Option<Option<u64>>,
}

/// When a request was under way, in microseconds since the call began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// Its path.
    pub path: String,
    /// Which request for this path it was, from 0.
    pub number: usize,
    /// When it began.
    pub began: u64,
    /// When it was known how it ended; `None` if it was not read to its end.
    pub ended: Option<u64>,
}

impl From<&Log> for Requests {
    fn from(log: &Log) -> Self {
        let mut counts = BTreeMap::new();
        for entry in &log.entries {
            *counts.entry(entry.path.clone()).or_insert(0) += 1;
        }
        let alone = log.gave_up().map(|entry| entry.path.clone());
        Self { counts, most_in_flight: log.most_in_flight, alone }
    }
}

/// As a student's code has it.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Downloaded { path, bytes, attempts } => {
                write!(f, "Ok({path}, {bytes} bytes, attempts: {attempts})")
            }
            Self::BadName => f.write_str("Err(BadName)"),
            Self::SameName => f.write_str("Err(SameName)"),
            Self::Status(status) => write!(f, "Err(Status({status}))"),
            Self::Timeout => f.write_str("Err(Fetch(Timeout))"),
            Self::Connection => f.write_str("Err(Fetch(Connection))"),
            Self::Redirects => f.write_str("Err(Fetch(Redirects))"),
            Self::Short { received, length } => write!(f, "Err(Short {{ received: {received}, length: {length} }})"),
            Self::Body => f.write_str("Err(Body)"),
            Self::File(why) => write!(f, "Err(File: {why})"),
            Self::Panicked => f.write_str("Err(Panicked)"),
        }
    }
}
