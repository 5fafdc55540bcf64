//! Programs: threads that make a few calls each, every one of them noted; and threads that wait.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use protocol::producer_consumer::{Answer, Call, Completed, Observation, Program, Wait};

use crate::machine::Machine;
use crate::{Queue, Subject, at_least_one};

/// Runs the threads of a program side by side, and the calls before and after them; returns every call with its answer.
pub(crate) fn run(machine: &impl Machine, subject: &dyn Subject, program: &Program) -> Observation {
    let queue = subject.queue(at_least_one(program.capacity));
    let recorder = Recorder { machine, queue: &*queue, readings: AtomicU64::new(0) };
    let count = program.threads.len();
    let mut history = recorder.complete_all(count + 1, &program.before);
    let threads = machine.side_by_side(
        count,
        |thread| {
            let mut completed: Vec<Completed> = Vec::new();
            for (place, call) in program.threads[thread].iter().enumerate() {
                let put_back = match completed.last().map(|last| &last.answer) {
                    Some(Answer::Popped(Some(item)) | Answer::PoppedInTime(Some(item))) => Some(Call::Push(*item)),
                    _ => None,
                };
                let call = if *call == Call::PutBack { put_back } else { Some(call.clone()) };
                if let Some(call) = call {
                    machine.between(thread, place);
                    completed.push(recorder.complete(thread, &call));
                }
            }
            completed
        },
        || {},
    );
    history.extend(threads.into_iter().flatten());
    history.extend(recorder.complete_all(count, &program.after));
    Observation::Calls(history)
}

/// Lets threads wait, then ends it; returns every call with its answer, and the steps of those that waited.
pub(crate) fn wait(machine: &impl Machine, subject: &dyn Subject, wait: &Wait) -> Observation {
    let queue = subject.queue(at_least_one(wait.capacity));
    let recorder = Recorder { machine, queue: &*queue, readings: AtomicU64::new(0) };
    let count = wait.waiting.len();
    let mut history = recorder.complete_all(count + 1, &wait.before);
    let mut releases = Vec::new();
    let waited = machine.side_by_side(
        count,
        |thread| {
            let before = machine.steps();
            let completed = recorder.complete(thread, &wait.waiting[thread]);
            (completed, machine.steps() - before)
        },
        || {
            for _ in 0..wait.yields {
                machine.give_way();
            }
            machine.sleep(Duration::from_millis(wait.pause_ms));
            releases = recorder.complete_all(count, &wait.release);
        },
    );
    let steps = waited.iter().map(|(_, steps)| *steps).max().unwrap_or(0);
    history.extend(waited.into_iter().map(|(completed, _)| completed));
    history.extend(releases);
    Observation::Waited { history, steps }
}

/// Makes calls and notes them.
struct Recorder<'a, M> {
    machine: &'a M,
    queue: &'a dyn Queue,
    /// Not the model's: reading it is no point at which threads could be switched.
    readings: AtomicU64,
}

impl<M: Machine> Recorder<'_, M> {
    fn complete_all(&self, thread: usize, calls: &[Call]) -> Vec<Completed> {
        calls.iter().map(|call| self.complete(thread, call)).collect()
    }

    fn complete(&self, thread: usize, call: &Call) -> Completed {
        let began = self.readings.fetch_add(1, Ordering::SeqCst);
        let answer = if let Call::Sleep(pause_ms) = call {
            self.machine.sleep(Duration::from_millis(*pause_ms));
            Answer::Returned
        } else {
            driver::call(call, || driver::quietly(|| self.answer(call)).unwrap_or_else(Answer::Panicked))
        };
        let ended = self.readings.fetch_add(1, Ordering::SeqCst);
        Completed { thread, call: call.clone(), answer, began, ended }
    }

    /// Makes a call; takes the time of one that may time out.
    fn answer(&self, call: &Call) -> Answer {
        let Call::PopTimeout(_) = call else { return self.queue.answer(call) };
        let began = self.machine.elapsed();
        match self.queue.answer(call) {
            Answer::TimedOut { .. } => {
                let waited = self.machine.elapsed().saturating_sub(began);
                Answer::TimedOut { waited_us: u64::try_from(waited.as_micros()).unwrap_or(u64::MAX) }
            }
            answer => answer,
        }
    }
}
