//! Exercise 5: producer and consumer.
//!
//! One lock guards the whole state, and each reason to wait has a condvar of its own: room, items, and the end of all
//! work. So a notification always reaches somebody who waits for just that, and waking one of them is enough.

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The queue is closed. The item that was to be pushed comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the queue is closed")]
pub struct Closed<T>(pub T);

/// Why [`BoundedQueue::try_push`] did not push. The item comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused<T> {
    /// There is no room at the moment.
    #[error("the queue is full")]
    Full(T),
    /// The queue is closed, whether or not it is full.
    #[error("the queue is closed")]
    Closed(T),
}

/// No item came in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no item came in time")]
pub struct TimedOut;

/// More items were reported done than were pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more items were reported done than were pushed")]
pub struct TooManyDone;

/// A queue between threads that share it by reference: first in, first out, and never longer than its capacity.
///
/// The queue also counts its *unfinished* items: a push adds one, [`task_done`](Self::task_done) takes one away.
pub struct BoundedQueue<T> {
    capacity: NonZeroUsize,
    state: Mutex<State<T>>,
    has_room: Condvar,
    has_items: Condvar,
    all_done: Condvar,
}

struct State<T> {
    items: VecDeque<T>,
    unfinished: usize,
    closed: bool,
}

impl<T> BoundedQueue<T> {
    /// An empty, open queue for up to `capacity` items. A large capacity costs nothing until it is used.
    pub fn new(capacity: NonZeroUsize) -> Self {
        let state = State { items: VecDeque::new(), unfinished: 0, closed: false };
        Self {
            capacity,
            state: Mutex::new(state),
            has_room: Condvar::new(),
            has_items: Condvar::new(),
            all_done: Condvar::new(),
        }
    }

    /// Appends an item; waits for room while the queue is full and open.
    ///
    /// # Errors
    /// [`Closed`] with the item if the queue is closed, or is closed while the call waits.
    pub fn push(&self, item: T) -> Result<(), Closed<T>> {
        let full = |state: &mut State<T>| !state.closed && state.items.len() >= self.capacity.get();
        let mut state = self.has_room.wait_while(self.lock(), full).unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return Err(Closed(item));
        }
        self.append(&mut state, item);
        Ok(())
    }

    /// Appends an item if there is room; never waits.
    ///
    /// # Errors
    /// [`Refused`] with the item if the queue is closed or full.
    pub fn try_push(&self, item: T) -> Result<(), Refused<T>> {
        let mut state = self.lock();
        if state.closed {
            return Err(Refused::Closed(item));
        }
        if state.items.len() >= self.capacity.get() {
            return Err(Refused::Full(item));
        }
        self.append(&mut state, item);
        Ok(())
    }

    /// Takes the oldest item; waits for one while the queue is empty and open.
    ///
    /// A closed queue still gives out what was pushed before it was closed; then `None`.
    pub fn pop(&self) -> Option<T> {
        let mut state = self.has_items.wait_while(self.lock(), nothing_yet).unwrap_or_else(PoisonError::into_inner);
        self.take(&mut state)
    }

    /// The same, but waits no longer than `limit`, however often it is woken in between. Any limit is allowed,
    /// [`Duration::ZERO`] and [`Duration::MAX`] too.
    ///
    /// # Errors
    /// [`TimedOut`] if no item came in time. The call has then taken none.
    pub fn pop_timeout(&self, limit: Duration) -> Result<Option<T>, TimedOut> {
        let waited = self.has_items.wait_timeout_while(self.lock(), limit, nothing_yet);
        let (mut state, outcome) = waited.unwrap_or_else(PoisonError::into_inner);
        // The time may be over and an item there all the same; then it is the item that counts.
        if outcome.timed_out() { Err(TimedOut) } else { Ok(self.take(&mut state)) }
    }

    /// Closes the queue for good: whoever waits to push gets the item back, whoever waits for an item gets `None` once
    /// the queue is empty. Closing a closed queue does nothing.
    pub fn close(&self) {
        self.lock().closed = true;
        self.has_room.notify_all();
        self.has_items.notify_all();
    }

    /// How many items are in the queue.
    pub fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// Whether no item is in the queue.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reports that one item is done: whoever took it has finished its work on it.
    ///
    /// # Errors
    /// [`TooManyDone`] if no item is unfinished; nothing is changed then.
    pub fn task_done(&self) -> Result<(), TooManyDone> {
        let mut state = self.lock();
        state.unfinished = state.unfinished.checked_sub(1).ok_or(TooManyDone)?;
        if state.unfinished == 0 {
            self.all_done.notify_all();
        }
        Ok(())
    }

    /// Waits until no item is unfinished: every item that was pushed has been reported done. Closing the queue does not
    /// end this wait.
    pub fn join(&self) {
        let finished = self.all_done.wait_while(self.lock(), |state| state.unfinished > 0);
        drop(finished.unwrap_or_else(PoisonError::into_inner));
    }

    /// Appends an item that there is room for. It is one item, so waking one thread is enough.
    fn append(&self, state: &mut State<T>, item: T) {
        state.items.push_back(item);
        state.unfinished += 1;
        self.has_items.notify_one();
    }

    /// Takes the oldest item, if there is one.
    fn take(&self, state: &mut State<T>) -> Option<T> {
        let item = state.items.pop_front()?;
        self.has_room.notify_one();
        Some(item)
    }

    /// The lock, poisoned or not: no code of others runs under it, so a panic leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a consumer has to wait.
fn nothing_yet<T>(state: &mut State<T>) -> bool {
    state.items.is_empty() && !state.closed
}

/// What makes items: it pushes them, and returns when it has no more.
pub type Producer<'a, T> = Box<dyn FnOnce(&BoundedQueue<T>) + Send + 'a>;

/// What came of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineReport<R> {
    /// What `work` returned for each item, in any order.
    pub results: Vec<R>,
    /// The message of each panic of `work`, in any order.
    pub failed_items: Vec<String>,
    /// The message of each producer that panicked, by its place in the list of producers.
    pub failed_producers: BTreeMap<usize, String>,
}

/// Runs every producer in a thread of its own and, beside them, `consumers` threads that call `work` on each item.
///
/// The queue between them has the given capacity. Each item is worked on once, up to `consumers` of them at the same
/// time, and is then reported done, so that a producer may [`join`](BoundedQueue::join) the queue. The call returns when
/// every producer has ended and every item is done; no thread is left behind.
///
/// A panic of `work` costs its own item only: the report has its message, and the other items are worked on. A panic of a
/// producer ends this producer only: the report has its message, and the items that it had pushed are worked on. A
/// producer may close the queue; the others' pushes are then refused.
pub fn run_pipeline<T: Send, R: Send>(
    producers: Vec<Producer<'_, T>>,
    consumers: NonZeroUsize,
    capacity: NonZeroUsize,
    work: impl Fn(T) -> R + Sync,
) -> PipelineReport<R> {
    let queue = BoundedQueue::new(capacity);
    thread::scope(|scope| {
        let consumers: Vec<_> = (0..consumers.get()).map(|_| scope.spawn(|| consume(&queue, &work))).collect();
        let producers: Vec<_> = producers.into_iter().map(|producer| scope.spawn(|| producer(&queue))).collect();
        let ended = producers.into_iter().map(|producer| producer.join()).enumerate();
        let failed_producers = ended.filter_map(|(place, end)| Some((place, panic_message(&*end.err()?)))).collect();
        // Nobody pushes any more: the consumers take what is left, and end.
        queue.close();
        let mut report = PipelineReport { results: Vec::new(), failed_items: Vec::new(), failed_producers };
        for consumer in consumers {
            let (results, failed) = consumer.join().expect("a consumer catches the panics of its work");
            report.results.extend(results);
            report.failed_items.extend(failed);
        }
        report
    })
}

/// Works on items until the queue is closed and empty. Returns the results, and the messages of the panics.
fn consume<T, R>(queue: &BoundedQueue<T>, work: impl Fn(T) -> R) -> (Vec<R>, Vec<String>) {
    let (mut results, mut failed) = (Vec::new(), Vec::new());
    while let Some(item) = queue.pop() {
        match catch_unwind(AssertUnwindSafe(|| work(item))) {
            Ok(result) => results.push(result),
            Err(payload) => failed.push(panic_message(&*payload)),
        }
        // Refused only if somebody else has reported this item already; that is no reason to stop.
        let _ = queue.task_done();
    }
    (results, failed)
}

/// The message of a panic, from what `catch_unwind` or a thread's `join` gives in its `Err`.
pub fn panic_message(payload: &(dyn Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "a panic without a message".to_owned(),
    }
}
