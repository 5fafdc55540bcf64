//! Exercise 5 on the wire: calls on a bounded queue, pipelines, and what a round leaves behind.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Panic;
use crate::history;

/// The message of a panic of `work` on an item.
pub fn work_panic(item: u32) -> String {
    format!("a panic on purpose, working on {item}")
}

/// The message of a panic of a producer.
pub fn producer_panic(place: usize) -> String {
    format!("a panic on purpose, in producer {place}")
}

/// What `work` returns for an item.
pub fn result_of(item: u32) -> u32 {
    item * 10 + 7
}

/// How long the producers of a flood go on, in milliseconds: a slow queue gets fewer items. Each pushes at least one.
pub const PATIENCE_MS: u64 = 200;

/// One round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Threads that call a queue.
    Calls(Program),
    /// Threads that wait on a queue, for as long as the round wants them to.
    Wait(Wait),
    /// As many items as fit, from producers to consumers, with nothing noted in between.
    Flood(Flood),
    /// A pipeline.
    Pipeline(Pipeline),
    /// Work to be timed.
    Work(Work),
    /// Round trips of one item between two threads, over two queues; to be timed.
    RoundTrips(u32),
}

/// What the threads of a round do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The capacity of the queue.
    pub capacity: usize,
    /// The calls made before the threads begin, in order; none of them waits.
    pub before: Vec<Call>,
    /// The calls of each thread, in order.
    pub threads: Vec<Vec<Call>>,
    /// The calls made after every thread has ended, in order.
    pub after: Vec<Call>,
    /// Seeds the short random pauses between calls that shake the threads apart; `None` for no pauses.
    pub stir: Option<u64>,
}

/// Threads that wait, each in one call, and calls that end the waiting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// The capacity of the queue.
    pub capacity: usize,
    /// The calls made before the threads begin, in order; none of them waits.
    pub before: Vec<Call>,
    /// The call of each thread that waits.
    pub waiting: Vec<Call>,
    /// How often the main thread gives way to them, under a model.
    pub yields: u32,
    /// For how long it sleeps then, in milliseconds; of virtual time, under a model.
    pub pause_ms: u64,
    /// The calls that end the waiting.
    pub release: Vec<Call>,
}

/// Items from producers to consumers. A producer's `n`-th item is [`Flood::item`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flood {
    /// How many producers.
    pub producers: usize,
    /// How many consumers.
    pub consumers: usize,
    /// The capacity of the queue.
    pub capacity: usize,
    /// The most items of each producer.
    pub items: u32,
}

impl Flood {
    /// Tells a consumer that no more items come; each passes it on to the next.
    pub const END: u32 = u32::MAX;

    /// A producer's item.
    pub fn item(producer: usize, number: u32) -> u32 {
        u32::try_from(producer).unwrap_or(u32::MAX >> 24) << 24 | number
    }

    /// The producer of an item, and its number there.
    pub fn origin(item: u32) -> (u32, u32) {
        (item >> 24, item & 0x00FF_FFFF)
    }
}

/// A call of `run_pipeline`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    /// What each producer does.
    pub producers: Vec<Producer>,
    /// How many consumers.
    pub consumers: usize,
    /// The capacity of the queue.
    pub capacity: usize,
    /// The items that `work` panics on.
    pub panicking: Vec<u32>,
    /// Who waits for whom.
    pub meeting: Meeting,
}

/// Who waits for whom in a pipeline, so that nothing but real concurrency gets on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Meeting {
    /// Nobody.
    Nobody,
    /// The work on the first items, one for each consumer, goes on once all of it has begun.
    Workers,
    /// The producers push once all of them have begun.
    Producers,
    /// The work on each item begins to do something only once the queue is full behind it: as many items as its capacity
    /// were pushed besides those that are being worked on.
    FullQueue,
}

/// What a producer does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Producer {
    /// What it pushes, in order.
    pub items: Vec<u32>,
    /// What it does after that.
    pub then: Then,
}

/// How a producer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Then {
    /// It returns.
    Returns,
    /// It panics.
    Panics,
    /// It waits until every item is done, then returns.
    Joins,
    /// It closes the queue, then returns.
    Closes,
}

/// A call on the queue of a round.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Call {
    /// `queue.push(item)`
    Push(u32),
    /// `queue.try_push(item)`
    TryPush(u32),
    /// `queue.pop()`
    Pop,
    /// `queue.pop_timeout(limit)`, with the limit in milliseconds
    PopTimeout(u64),
    /// `queue.pop_timeout(Duration::MAX)`
    PopPatiently,
    /// `queue.close()`
    Close,
    /// `queue.len()`
    Len,
    /// `queue.task_done()`
    TaskDone,
    /// `queue.join()`
    Join,
    /// Pushes what the thread's last call popped; no call if that was nothing. The history has the `Push`.
    PutBack,
    /// No call: the thread sleeps for so many milliseconds.
    Sleep(u64),
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Answer {
    /// `()`
    Returned,
    /// `Ok(())`
    Done,
    /// `Err(Closed(item))`
    Closed(u32),
    /// `Err(Full(item))`
    Full(u32),
    /// What `pop` returned.
    Popped(Option<u32>),
    /// `Ok` of `pop_timeout`.
    PoppedInTime(Option<u32>),
    /// `Err(TimedOut)`
    TimedOut {
        /// How long the call took, in microseconds.
        waited_us: u64,
    },
    /// What `len` returned.
    Length(usize),
    /// `Err(TooManyDone)`
    TooManyDone,
    /// The call panicked.
    Panicked(Panic),
}

/// A call that has returned; the calls after the threads carry the number of threads, those before them one more.
pub type Completed = history::Completed<Call, Answer>;

/// What a round leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Observation {
    /// Answers [`Order::Calls`].
    Calls(Vec<Completed>),
    /// Answers [`Order::Wait`].
    Waited {
        /// Every call.
        history: Vec<Completed>,
        /// The most steps that one of the waiting calls took, under a model.
        steps: u64,
    },
    /// Answers [`Order::Flood`].
    Flooded {
        /// How many items each producer pushed.
        pushed: Vec<u32>,
        /// The items of each consumer, in its order.
        popped: Vec<Vec<u32>>,
        /// The items that were still in the queue when every consumer had been told to end, which comes last.
        left: Vec<u32>,
    },
    /// Answers [`Order::Pipeline`].
    Piped(Piped),
    /// Answers [`Order::Work`] with the sum of all items, and [`Order::RoundTrips`] with their number.
    Worked(u64),
}

/// What a pipeline leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Piped {
    /// The items that `work` was called with, sorted.
    pub worked: Vec<u32>,
    /// The results in the report, sorted.
    pub results: Vec<u32>,
    /// The messages of failed items in the report, sorted.
    pub failed_items: Vec<String>,
    /// The failed producers in the report.
    pub failed_producers: BTreeMap<usize, String>,
    /// The items that a push gave back, sorted.
    pub refused: Vec<u32>,
    /// The most items that were worked on at the same time.
    pub most_at_once: usize,
    /// The most items that a producer found in the queue.
    pub most_queued: usize,
    /// How many items were not yet worked on to the end when a producer's `join` returned; the most of all joins.
    pub unfinished_at_join: usize,
    /// The panic of the whole call, if there was one.
    pub panic: Option<Panic>,
}

/// Items from producers to consumers, to be timed; each shape between 100 and 200 ms with the reference solution on the
/// machine it was written on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// How many producers.
    pub producers: usize,
    /// How many consumers.
    pub consumers: usize,
    /// The capacity of the queue.
    pub capacity: usize,
    /// The items of each producer; all producers together make a multiple of the number of consumers.
    pub items: usize,
    /// Rounds of private arithmetic of a producer for each item; about 1.3 ns each.
    pub producing: u32,
    /// The same of a consumer.
    pub consuming: u32,
}

/// As a student would write it.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Returned => f.write_str("()"),
            Self::Done => f.write_str("Ok(())"),
            Self::Closed(item) => write!(f, "Err(Closed({item}))"),
            Self::Full(item) => write!(f, "Err(Full({item}))"),
            Self::Popped(item) => write!(f, "{item:?}"),
            Self::PoppedInTime(item) => write!(f, "Ok({item:?})"),
            Self::TimedOut { .. } => f.write_str("Err(TimedOut)"),
            Self::Length(length) => length.fmt(f),
            Self::TooManyDone => f.write_str("Err(TooManyDone)"),
            Self::Panicked(panic) => write!(f, "panic: {}", panic.message),
        }
    }
}

/// As a student would write it.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Push(item) => write!(f, "push({item})"),
            Self::TryPush(item) => write!(f, "try_push({item})"),
            Self::Pop => f.write_str("pop()"),
            Self::PopTimeout(limit_ms) => write!(f, "pop_timeout({limit_ms} ms)"),
            Self::PopPatiently => f.write_str("pop_timeout(Duration::MAX)"),
            Self::Close => f.write_str("close()"),
            Self::Len => f.write_str("len()"),
            Self::TaskDone => f.write_str("task_done()"),
            Self::Join => f.write_str("join()"),
            Self::PutBack => f.write_str("push(the item)"),
            Self::Sleep(pause_ms) => write!(f, "sleep({pause_ms} ms)"),
        }
    }
}
