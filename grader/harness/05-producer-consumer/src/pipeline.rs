//! Pipelines: producers, `run_pipeline`, and work that notes what it is called with.

use std::collections::BTreeSet;
use std::panic::panic_any;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::producer_consumer::{
    Meeting, Observation, Piped, Pipeline, Producer, Then, producer_panic, result_of, work_panic,
};

use crate::machine::Machine;
use crate::{Queue, Report, Subject, at_least_one};

/// Runs a pipeline; returns what its work and its producers saw, and what the report says.
pub(crate) fn run(machine: &impl Machine, subject: &dyn Subject, pipeline: &Pipeline) -> Observation {
    let stage = Stage { machine, pipeline, counts: Counts::default(), notes: Mutex::default() };
    let producers = pipeline.producers.iter().enumerate().map(|(place, producer)| {
        let stage = &stage;
        Box::new(move |queue: &dyn Queue| stage.produce(place, producer, queue)) as crate::Producer<'_>
    });
    let (consumers, capacity) = (at_least_one(pipeline.consumers), at_least_one(pipeline.capacity));
    let called = driver::quietly(|| {
        let work = |item| stage.work(item);
        subject.run_pipeline(producers.collect(), consumers, capacity, &work)
    });
    let Stage { counts, notes, .. } = stage;
    let Notes { mut worked, mut refused, .. } = notes.into_inner().unwrap_or_else(PoisonError::into_inner);
    worked.sort_unstable();
    refused.sort_unstable();
    let mut piped = Piped {
        worked,
        refused,
        most_at_once: counts.most_at_once.into_inner(),
        most_queued: counts.most_queued.into_inner(),
        unfinished_at_join: counts.unfinished_at_join.into_inner(),
        ..Piped::default()
    };
    match called {
        Ok(Report { mut results, mut failed_items, failed_producers }) => {
            results.sort_unstable();
            failed_items.sort_unstable();
            piped = Piped { results, failed_items, failed_producers, ..piped };
        }
        Err(panic) => piped.panic = Some(panic),
    }
    Observation::Piped(piped)
}

/// What the threads of a pipeline share. Nothing of it is the model's, so that looking at it switches no threads.
struct Stage<'a, M> {
    machine: &'a M,
    pipeline: &'a Pipeline,
    counts: Counts,
    notes: Mutex<Notes>,
}

#[derive(Default)]
struct Counts {
    producers: AtomicUsize,
    pushed: AtomicUsize,
    begun: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    most_queued: AtomicUsize,
    unfinished_at_join: AtomicUsize,
}

#[derive(Default)]
struct Notes {
    worked: Vec<u32>,
    ended: BTreeSet<u32>,
    refused: Vec<u32>,
}

impl<M: Machine> Stage<'_, M> {
    fn produce(&self, place: usize, producer: &Producer, queue: &dyn Queue) {
        let counts = &self.counts;
        counts.producers.fetch_add(1, SeqCst);
        self.machine.changed();
        if self.pipeline.meeting == Meeting::Producers {
            self.machine.wait_until(|| counts.producers.load(SeqCst) >= self.pipeline.producers.len());
        }
        for item in &producer.items {
            match queue.push(*item) {
                Ok(()) => counts.pushed.fetch_add(1, SeqCst),
                Err(item) => {
                    self.notes().refused.push(item);
                    continue;
                }
            };
            counts.most_queued.fetch_max(queue.length(), SeqCst);
            self.machine.changed();
        }
        match producer.then {
            Then::Returns => {}
            // The message is a `String`, as in most panics of students.
            Then::Panics => panic_any(producer_panic(place)),
            Then::Joins => {
                queue.join();
                let notes = self.notes();
                let unfinished = producer.items.iter().filter(|item| !notes.ended.contains(item)).count();
                counts.unfinished_at_join.fetch_max(unfinished, SeqCst);
            }
            Then::Closes => queue.close(),
        }
    }

    fn work(&self, item: u32) -> u32 {
        let counts = &self.counts;
        self.notes().worked.push(item);
        counts.most_at_once.fetch_max(counts.at_once.fetch_add(1, SeqCst) + 1, SeqCst);
        counts.begun.fetch_add(1, SeqCst);
        self.machine.changed();
        let Pipeline { consumers, capacity, .. } = *self.pipeline;
        match self.pipeline.meeting {
            Meeting::Workers => self.machine.wait_until(|| counts.begun.load(SeqCst) >= consumers),
            Meeting::FullQueue => self.machine.wait_until(|| counts.pushed.load(SeqCst) >= consumers + capacity),
            Meeting::Nobody | Meeting::Producers => self.machine.between(0, item as usize),
        }
        counts.at_once.fetch_sub(1, SeqCst);
        self.notes().ended.insert(item);
        if self.pipeline.panicking.contains(&item) {
            panic_any(work_panic(item));
        }
        result_of(item)
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
