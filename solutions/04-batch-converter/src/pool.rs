//! The pool: one queue, and for each worker process a thread that looks after it.

use std::collections::VecDeque;
use std::io;
use std::num::NonZeroUsize;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use course::Launcher;

use crate::convert::remove_unfinished;
use crate::worker::{Process, Worker};
use crate::{ConvertError, Converted, Task};

type Outcome = Result<Converted, ConvertError>;

/// A pool of worker processes.
pub struct ProcessPool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// The result of a task, once there is one.
pub struct Handle(Receiver<Outcome>);

struct Shared {
    launcher: Launcher,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    queue: VecDeque<Job>,
    closed: bool,
    /// The pool was dropped: what is not done is given up.
    abandoned: bool,
    /// The process of each thread, while it has one.
    processes: Vec<Option<Process>>,
}

struct Job {
    task: Task,
    done: Box<dyn FnOnce(Outcome) + Send>,
}

impl ProcessPool {
    /// A pool of `workers` processes.
    ///
    /// # Errors
    /// If a worker cannot be started.
    pub fn new(workers: NonZeroUsize, launcher: &Launcher) -> io::Result<Self> {
        let started = (0..workers.get()).map(|_| Worker::start(launcher)).collect::<io::Result<Vec<_>>>()?;
        let state = State {
            queue: VecDeque::new(),
            closed: false,
            abandoned: false,
            processes: started.iter().map(|worker| Some(worker.process())).collect(),
        };
        let shared = Arc::new(Shared { launcher: launcher.clone(), state: Mutex::new(state), changed: Condvar::new() });
        let mut pool = Self { shared: Arc::clone(&shared), threads: Vec::new() };
        for (place, worker) in started.into_iter().enumerate() {
            let shared = Arc::clone(&shared);
            pool.threads.push(thread::Builder::new().spawn(move || shared.look_after(place, worker))?);
        }
        Ok(pool)
    }

    /// Does every task; the results are in the order of the tasks.
    pub fn map(&self, tasks: Vec<Task>) -> Vec<Outcome> {
        let handles: Vec<Handle> = tasks.into_iter().map(|task| self.submit(task)).collect();
        handles.into_iter().map(Handle::wait).collect()
    }

    /// Accepts a task.
    pub fn submit(&self, task: Task) -> Handle {
        let (done, result) = mpsc::channel();
        self.accept(task, move |outcome| {
            // Whoever has dropped the handle does not care.
            let _ = done.send(outcome);
        });
        Handle(result)
    }

    /// Accepts a task; when it is done, one of the two is called.
    pub fn submit_with(
        &self,
        task: Task,
        on_success: impl FnOnce(Converted) + Send + 'static,
        on_error: impl FnOnce(ConvertError) + Send + 'static,
    ) {
        self.accept(task, move |outcome| match outcome {
            Ok(converted) => on_success(converted),
            Err(error) => on_error(error),
        });
    }

    fn accept(&self, task: Task, done: impl FnOnce(Outcome) + Send + 'static) {
        let mut state = self.shared.lock();
        if state.closed {
            drop(state);
            return tell(done, Err(ConvertError::Closed));
        }
        state.queue.push_back(Job { task, done: Box::new(done) });
        drop(state);
        self.shared.changed.notify_one();
    }

    /// Accepts no more tasks.
    pub fn close(&self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }

    /// Closes the pool, and waits for what it has accepted.
    ///
    /// # Errors
    /// If a thread of the pool has panicked, which no task can make it do.
    pub fn join(mut self) -> io::Result<()> {
        self.close();
        let ended = self.threads.drain(..).map(JoinHandle::join).collect::<Result<Vec<()>, _>>();
        ended.map(|_| ()).map_err(|_| io::Error::other("a thread of the pool panicked"))
    }
}

impl Drop for ProcessPool {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.abandoned = true;
        let given_up = std::mem::take(&mut state.queue);
        state.processes.iter().flatten().for_each(Process::kill);
        drop(state);
        self.shared.changed.notify_all();
        for job in given_up {
            tell(job.done, Err(ConvertError::Closed));
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Handle {
    /// Waits for the result.
    ///
    /// # Errors
    /// What the task came to.
    pub fn wait(self) -> Outcome {
        self.0.recv().unwrap_or(Err(ConvertError::Closed))
    }
}

/// Tells what a task came to, in nobody's lock. A callback that panics costs nobody else anything.
fn tell(done: impl FnOnce(Outcome), outcome: Outcome) {
    let _ = panic::catch_unwind(AssertUnwindSafe(|| done(outcome)));
}

impl Shared {
    /// Has one task after the other done by the worker at `place`, until there are no more.
    fn look_after(&self, place: usize, worker: Worker) {
        let mut worker = Some(worker);
        while let Some(Job { task, done }) = self.next() {
            let outcome = self.perform(place, &mut worker, &task);
            tell(done, outcome);
        }
        if let Some(mut worker) = worker {
            worker.finish(self.launcher.patience());
        }
        self.lock().processes[place] = None;
    }

    fn next(&self) -> Option<Job> {
        let waiting = |state: &mut State| state.queue.is_empty() && !state.closed;
        let state = self.changed.wait_while(self.lock(), waiting);
        state.unwrap_or_else(PoisonError::into_inner).queue.pop_front()
    }

    fn perform(&self, place: usize, worker: &mut Option<Worker>, task: &Task) -> Outcome {
        let failed = |error: io::Error| ConvertError::Worker(error.to_string());
        if worker.is_none() {
            let replacement = Worker::start(&self.launcher).map_err(failed)?;
            let mut state = self.lock();
            if state.abandoned {
                return Err(ConvertError::Closed);
            }
            state.processes[place] = Some(replacement.process());
            drop(state);
            *worker = Some(replacement);
        }
        let Some(current) = worker else { return Err(ConvertError::Closed) };
        let outcome = current.perform(task, self.launcher.patience());
        if let Err(ConvertError::Worker(_)) = outcome {
            self.lock().processes[place] = None;
            // Ended and reaped before what it has left is cleared away.
            *worker = None;
            remove_unfinished(&task.output);
            if self.lock().abandoned {
                return Err(ConvertError::Closed);
            }
        }
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
