//! The oracles: which rounds a check asks for, and what an observation of each means.
//!
//! Everything here is pure: no file, no process, no clock. A [`Judge`] says what is wrong with an observation; which
//! lens saw it, and how it ended up in a report, is not its concern.

mod batch_converter;
mod counter;
mod crawler;
mod downloader;
mod ipc_queue;
mod linearizability;
mod producer_consumer;
pub mod snapshot;
mod sum_of_squares;
mod threads_and_processes;
mod worker_faults;

use std::time::Duration;

use protocol::Panic;
use protocol::explore::{Leftover, Story};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use site::{Log, Site};

use self::snapshot::Snapshot;
use crate::sandbox::Usage;
use crate::verdict::{Lens, Location, Reason, Repeats, Witness};

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// For the loop of edit and check.
    Quick,
    /// For a grade.
    Full,
}

/// What a judge plans the rounds of a check from.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'check> {
    /// The check's name.
    pub check: &'check str,
    /// The lens that will run the rounds.
    pub lens: Lens,
    /// Where everything random comes from.
    pub seed: u64,
    /// How much is tried.
    pub effort: Effort,
}

/// The oracle of one exercise.
pub trait Judge: Sync {
    /// The rounds of a check, in order. None means that the check has nothing to do under this lens.
    fn rounds(&self, plan: &Plan<'_>) -> Vec<Round>;

    /// For a timing check of work that waits: the work on the virtual clock, where its duration has no noise.
    fn virtual_work(&self, plan: &Plan<'_>) -> Option<VirtualWork> {
        let _ = plan;
        None
    }

    /// The files that it judges by and that `grader bless` makes again.
    fn snapshots(&self) -> Vec<Snapshot> {
        Vec::new()
    }
}

/// Work whose waits are all simulated.
pub struct VirtualWork {
    /// The round; it is run by the model on the virtual clock.
    pub round: Round,
    /// The least virtual time that it can take.
    pub optimum: Duration,
}

/// One round: what the driver is asked to do, and what its observation means.
pub struct Round {
    /// The order, in the words of the exercise.
    pub order: Box<RawValue>,
    /// Whether the round is the same on every run.
    pub repeats: Repeats,
    /// Under the explore lens: what becomes of threads that the round leaves behind.
    pub leftover: Leftover,
    /// Under the explore lens: which schedules are tried.
    pub schedules: Schedules,
    /// The site that the grader's server has for the round.
    pub site: Option<Site>,
    /// Under the timing lens: an order before it whose time does not count, and that calls nothing of the submission's.
    pub preparation: Option<Box<RawValue>>,
    /// What is asked for, to be shown with a fault that has nothing more particular to show.
    scene: Witness,
    judge: Box<Oracle>,
    usage: Option<Box<UsageOracle>>,
    stuck: Option<Box<StuckOracle>>,
}

/// Which schedules of a round are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedules {
    /// As many as the budget allows.
    Many,
    /// At most so many in a quick run, and six times as many otherwise: for rounds whose schedules cost more than most.
    AtMost(u64),
    /// The one in which time passes only when nobody can run, so that virtual times are exact.
    Undisturbed,
}

/// Says what is wrong with what a process used.
type UsageOracle = dyn Fn(&Usage) -> Option<Fault> + Send + Sync;

/// Says what it means that nobody in a modelled round can go on.
type StuckOracle = dyn Fn(&Story) -> Option<Fault> + Send + Sync;

/// Says what is wrong with an observation, which is in the words of the exercise, and with what the grader's server saw
/// meanwhile.
type Oracle = dyn Fn(&RawValue, &Log) -> Result<Option<Fault>, serde_json::Error> + Send + Sync;

/// What is wrong with an observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The kind.
    pub reason: Reason,
    /// What was observed.
    pub observed: String,
    /// What is required.
    pub required: String,
    /// What shows it.
    pub witness: Witness,
    /// Where, if that is known.
    pub location: Option<Location>,
}

impl Round {
    /// A round that asks for `order` and judges what comes back with `judge`.
    ///
    /// # Panics
    /// If `order` has no JSON form, which no order of the protocol lacks.
    pub fn new<O, A>(order: &O, repeats: Repeats, judge: impl Fn(A) -> Option<Fault> + Send + Sync + 'static) -> Self
    where
        O: Serialize,
        A: DeserializeOwned,
    {
        Self {
            order: to_raw_value(order).expect("an order of the protocol has a JSON form"),
            repeats,
            judge: Box::new(move |observation, _| serde_json::from_str(observation.get()).map(&judge)),
            usage: None,
            stuck: None,
            leftover: Leftover::Forbidden,
            schedules: Schedules::Many,
            site: None,
            preparation: None,
            scene: Witness::Nothing,
        }
    }

    /// A round during which the grader's server has `site`. `judge` sees the server's log besides the observation.
    ///
    /// # Panics
    /// If `order` has no JSON form, which no order of the protocol lacks.
    pub fn served<O, A>(
        site: Site,
        order: &O,
        repeats: Repeats,
        judge: impl Fn(A, &Log) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self
    where
        O: Serialize,
        A: DeserializeOwned,
    {
        Self {
            order: to_raw_value(order).expect("an order of the protocol has a JSON form"),
            repeats,
            judge: Box::new(move |observation, log| {
                serde_json::from_str(observation.get()).map(|observation| judge(observation, log))
            }),
            usage: None,
            stuck: None,
            leftover: Leftover::Forbidden,
            schedules: Schedules::Many,
            site: Some(site),
            preparation: None,
            scene: Witness::Nothing,
        }
    }

    /// The same round, which may leave threads running behind it.
    #[must_use]
    pub fn may_leave_threads(self) -> Self {
        Self { leftover: Leftover::Allowed, ..self }
    }

    /// The same round, with at most so many schedules in a quick run, and six times as many otherwise.
    #[must_use]
    pub fn at_most(self, schedules: u64) -> Self {
        Self { schedules: Schedules::AtMost(schedules), ..self }
    }

    /// The same round, timed from when `order` has been carried out.
    ///
    /// # Panics
    /// If `order` has no JSON form, which no order of the protocol lacks.
    #[must_use]
    pub fn prepared_by(self, order: &impl Serialize) -> Self {
        Self { preparation: Some(to_raw_value(order).expect("an order of the protocol has a JSON form")), ..self }
    }

    /// The same round, shown as `scene` where its judge has nothing more particular to show, or no answer to judge.
    #[must_use]
    pub fn shown_as(self, scene: Witness) -> Self {
        Self { scene, ..self }
    }

    /// The fault, with what was asked for if it has nothing more particular to show.
    pub fn in_scene(&self, fault: Fault) -> Fault {
        if fault.witness.is_empty() { fault.with_witness(self.scene.clone()) } else { fault }
    }

    /// The same round, explored in the undisturbed schedule alone.
    #[must_use]
    pub fn undisturbed(self) -> Self {
        Self { schedules: Schedules::Undisturbed, ..self }
    }

    /// The same round in a process of its own, whose use of processes, threads and memory `judge` looks at afterwards:
    /// evidence from outside the submission.
    #[must_use]
    pub fn alone(self, judge: impl Fn(&Usage) -> Option<Fault> + Send + Sync + 'static) -> Self {
        Self { usage: Some(Box::new(judge)), ..self }
    }

    /// The same round, where it may mean something of its own that nobody can go on: a driver that waits for a
    /// submission, say. `judge` tells from what happened, or leaves it to the lens.
    #[must_use]
    pub fn stuck(self, judge: impl Fn(&Story) -> Option<Fault> + Send + Sync + 'static) -> Self {
        Self { stuck: Some(Box::new(judge)), ..self }
    }

    /// What it means in particular that nobody can go on.
    pub fn judge_stuck(&self, story: &Story) -> Option<Fault> {
        self.stuck.as_ref().and_then(|judge| judge(story))
    }

    /// Whether the round asks for a process of its own.
    pub fn is_alone(&self) -> bool {
        self.usage.is_some()
    }

    /// What is wrong with what the round's own process used, or `None`.
    pub fn judge_usage(&self, usage: &Usage) -> Option<Fault> {
        self.usage.as_ref().and_then(|judge| judge(usage))
    }

    /// What is wrong with an observation, or `None`.
    ///
    /// # Errors
    /// If it is not in the words of the exercise: the driver's fault, not the submission's.
    pub fn judge(&self, observation: &RawValue) -> Result<Option<Fault>, serde_json::Error> {
        self.judge_served(observation, &Log::default())
    }

    /// The same for a round with a site, during which the grader's server saw the requests of `log`.
    ///
    /// # Errors
    /// If the observation is not in the words of the exercise: the driver's fault, not the submission's.
    pub fn judge_served(&self, observation: &RawValue, log: &Log) -> Result<Option<Fault>, serde_json::Error> {
        Ok((self.judge)(observation, log)?.map(|fault| self.in_scene(fault)))
    }
}

impl Fault {
    /// A wrong answer.
    pub fn wrong(observed: impl Into<String>, required: impl Into<String>) -> Self {
        Self {
            reason: Reason::WrongAnswer,
            observed: observed.into(),
            required: required.into(),
            witness: Witness::Nothing,
            location: None,
        }
    }

    /// A panic where none may be, in `what`.
    pub fn panicked(what: &str, panic: &Panic) -> Self {
        let Panic { message, file, line } = panic;
        let unfinished = message.starts_with("not yet implemented") || message.starts_with("not implemented");
        Self {
            reason: if unfinished { Reason::NotImplemented } else { Reason::Crashed },
            observed: format!("{what} panicked: {message}"),
            required: format!("{what} returns"),
            witness: Witness::Nothing,
            location: file.starts_with("src/").then(|| Location { file: file.clone(), line: *line }),
        }
    }

    /// The same with a witness.
    #[must_use]
    pub fn with_witness(self, witness: Witness) -> Self {
        Self { witness, ..self }
    }
}

/// The oracle of an exercise, by its number; `None` for an exercise that has no checks yet.
pub fn judge_of(number: u8) -> Option<&'static dyn Judge> {
    match number {
        1 => Some(&sum_of_squares::SumJudge),
        2 => Some(&downloader::DownloaderJudge),
        3 => Some(&counter::CounterJudge),
        4 => Some(&batch_converter::ConverterJudge),
        5 => Some(&producer_consumer::ProducerConsumerJudge),
        6 => Some(&threads_and_processes::BenchJudge),
        7 => Some(&ipc_queue::IpcQueueJudge),
        8 => Some(&crawler::CrawlerJudge),
        _ => None,
    }
}
