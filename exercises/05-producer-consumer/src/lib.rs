//! Exercise 5: producer and consumer.
//!
//! Some threads make items, others use them up, and a queue of bounded length stands between them. Whoever finds no room,
//! or no item, waits: it sleeps until another thread wakes it, and uses no processor time meanwhile. Whatever the threads
//! do, it must look as if the calls had happened one after the other, each at some moment between its beginning and its
//! return. Replace every `todo!`; add fields, private items and modules as you like, but keep the public signatures.
//!
//! Check your work with `grader check 5`.

use std::any::Any;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::num::NonZeroUsize;
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
    // Your fields instead of this one.
    items: PhantomData<T>,
}

impl<T> BoundedQueue<T> {
    /// An empty, open queue for up to `capacity` items. A large capacity costs nothing until it is used.
    pub fn new(capacity: NonZeroUsize) -> Self {
        todo!("make room for {capacity} items")
    }

    /// Appends an item; waits for room while the queue is full and open.
    ///
    /// # Errors
    /// [`Closed`] with the item if the queue is closed, or is closed while the call waits.
    pub fn push(&self, item: T) -> Result<(), Closed<T>> {
        let _ = (item, self.items);
        todo!("append an item")
    }

    /// Appends an item if there is room; never waits.
    ///
    /// # Errors
    /// [`Refused`] with the item if the queue is closed or full.
    pub fn try_push(&self, item: T) -> Result<(), Refused<T>> {
        let _ = item;
        todo!("append an item if there is room")
    }

    /// Takes the oldest item; waits for one while the queue is empty and open.
    ///
    /// A closed queue still gives out what was pushed before it was closed; then `None`.
    pub fn pop(&self) -> Option<T> {
        todo!("take the oldest item")
    }

    /// The same, but waits no longer than `limit`, however often it is woken in between. Any limit is allowed,
    /// [`Duration::ZERO`] and [`Duration::MAX`] too.
    ///
    /// # Errors
    /// [`TimedOut`] if no item came in time. The call has then taken none.
    pub fn pop_timeout(&self, limit: Duration) -> Result<Option<T>, TimedOut> {
        todo!("take the oldest item within {limit:?}")
    }

    /// Closes the queue for good: whoever waits to push gets the item back, whoever waits for an item gets `None` once
    /// the queue is empty. Closing a closed queue does nothing.
    pub fn close(&self) {
        todo!("close the queue")
    }

    /// How many items are in the queue.
    pub fn len(&self) -> usize {
        todo!("count the items")
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
        todo!("count an item as done")
    }

    /// Waits until no item is unfinished: every item that was pushed has been reported done. Closing the queue does not
    /// end this wait.
    pub fn join(&self) {
        todo!("wait until every item is done")
    }
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
    let _ = work;
    todo!("run {} producers and {consumers} consumers over a queue of {capacity}", producers.len())
}

/// The message of a panic, from what `catch_unwind` or a thread's `join` gives in its `Err`.
pub fn panic_message(payload: &(dyn Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "a panic without a message".to_owned(),
    }
}
