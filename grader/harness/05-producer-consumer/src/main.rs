//! The driver of exercise 5: the rounds, linked with one submission.

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Duration;

use producer_consumer::{BoundedQueue, Closed, PipelineReport, Refused, TimedOut, TooManyDone, run_pipeline};
use producer_consumer_driver::{Producer, Queue, Report, Subject, drive};
use protocol::producer_consumer::{Answer, Call};

fn main() -> ExitCode {
    drive(&Submission)
}

/// An item that can only be moved.
struct Item(u32);

struct Submission;

impl Subject for Submission {
    fn queue(&self, capacity: NonZeroUsize) -> Box<dyn Queue> {
        Box::new(Owned(BoundedQueue::new(capacity)))
    }

    fn run_pipeline(
        &self,
        producers: Vec<Producer<'_>>,
        consumers: NonZeroUsize,
        capacity: NonZeroUsize,
        work: &(dyn Fn(u32) -> u32 + Sync),
    ) -> Report {
        let producers = producers
            .into_iter()
            .map(|producer| {
                Box::new(move |queue: &BoundedQueue<Item>| producer(&Borrowed(queue)))
                    as producer_consumer::Producer<'_, Item>
            })
            .collect();
        let PipelineReport { results, failed_items, failed_producers } =
            run_pipeline(producers, consumers, capacity, |Item(item)| work(item));
        Report { results, failed_items, failed_producers }
    }
}

struct Owned(BoundedQueue<Item>);

struct Borrowed<'a>(&'a BoundedQueue<Item>);

impl Queue for Owned {
    fn answer(&self, call: &Call) -> Answer {
        Borrowed(&self.0).answer(call)
    }

    fn push(&self, item: u32) -> Result<(), u32> {
        Borrowed(&self.0).push(item)
    }

    fn pop(&self) -> Option<u32> {
        Borrowed(&self.0).pop()
    }

    fn join(&self) {
        self.0.join();
    }

    fn close(&self) {
        self.0.close();
    }

    fn length(&self) -> usize {
        self.0.len()
    }
}

impl Queue for Borrowed<'_> {
    fn answer(&self, call: &Call) -> Answer {
        let Self(queue) = self;
        let popped = |item: Option<Item>| item.map(|Item(item)| item);
        let within = |limit| match queue.pop_timeout(limit) {
            Ok(item) => Answer::PoppedInTime(popped(item)),
            Err(TimedOut) => Answer::TimedOut { waited_us: 0 },
        };
        match call {
            Call::Push(item) => queue.push(Item(*item)).map_or_else(|Closed(Item(item))| Answer::Closed(item), done),
            Call::TryPush(item) => match queue.try_push(Item(*item)) {
                Ok(()) => Answer::Done,
                Err(Refused::Full(Item(item))) => Answer::Full(item),
                Err(Refused::Closed(Item(item))) => Answer::Closed(item),
            },
            Call::Pop => Answer::Popped(popped(queue.pop())),
            Call::PopTimeout(limit_ms) => within(Duration::from_millis(*limit_ms)),
            Call::PopPatiently => within(Duration::MAX),
            Call::Close => {
                queue.close();
                Answer::Returned
            }
            Call::Len => Answer::Length(queue.len()),
            Call::TaskDone => queue.task_done().map_or_else(|TooManyDone| Answer::TooManyDone, done),
            Call::Join => {
                queue.join();
                Answer::Returned
            }
            // The rounds make these two themselves.
            Call::PutBack | Call::Sleep(_) => Answer::Returned,
        }
    }

    fn push(&self, item: u32) -> Result<(), u32> {
        self.0.push(Item(item)).map_err(|Closed(Item(item))| item)
    }

    fn pop(&self) -> Option<u32> {
        self.0.pop().map(|Item(item)| item)
    }

    fn join(&self) {
        self.0.join();
    }

    fn close(&self) {
        self.0.close();
    }

    fn length(&self) -> usize {
        self.0.len()
    }
}

fn done((): ()) -> Answer {
    Answer::Done
}
