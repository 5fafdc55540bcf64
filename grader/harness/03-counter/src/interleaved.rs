//! Programs under the model's scheduler: the same calls, in threads that the grader interleaves.

use std::sync::atomic::{AtomicU64, Ordering};

use model_std::sync::atomic::AtomicBool;
use model_std::thread;
use protocol::counter::{Answer, Completed, Program, Say};

/// Runs one interleaving of a program; returns every call with its answer.
pub(crate) fn run<C>(program: &Program<C>, answer: impl Fn(&C) -> Answer + Sync) -> Vec<Completed<C>>
where
    C: Clone + Say + Send + Sync,
{
    // Not the model's: reading it is no point at which threads could be switched.
    let readings = AtomicU64::new(0);
    // The model's: a point between two calls of a thread, at which others can make theirs.
    let between_calls = AtomicBool::new(false);
    let complete = |thread: usize, call: &C| {
        between_calls.load(Ordering::SeqCst);
        let began = readings.fetch_add(1, Ordering::SeqCst);
        let answer = || driver::quietly(|| answer(call)).unwrap_or_else(Answer::Panicked);
        let answer = driver::call(call.say(program.starts.len()), answer);
        let ended = readings.fetch_add(1, Ordering::SeqCst);
        Completed { thread, call: call.clone(), answer, began, ended }
    };
    let count = program.threads.len();
    let mut history = thread::scope(|scope| {
        let complete = &complete;
        let threads: Vec<_> = (0..count)
            .map(|thread| {
                let calls = &program.threads[thread];
                scope.spawn(move || calls.iter().map(|call| complete(thread, call)).collect::<Vec<_>>())
            })
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.map(|calls| calls.unwrap_or_else(|panic| model_std::panic::resume_unwind(panic))).collect::<Vec<_>>()
    })
    .concat();
    history.extend(program.after.iter().map(|call| complete(count, call)));
    history
}
