//! The parent's side: starts the workers, talks to all of them at once, and leaves none behind.

use std::io::{self, BufWriter, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use course::Launcher;

use crate::SumError;
use crate::answer::Answer;
use crate::task::Task;

/// The longest answer, in bytes; a worker that says more says nothing of use.
const LONGEST: u64 = 1024;

/// One worker's share.
pub(crate) struct Assignment<'a> {
    pub(crate) task: Task,
    /// What follows the task.
    pub(crate) numbers: &'a [i64],
}

/// The worker processes. Dropping them ends and reaps every one.
struct Workers(Vec<Child>);

impl Drop for Workers {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // One that has ended cannot be killed, and need not be.
            let _ = child.kill();
        }
        for child in &mut self.0 {
            let _ = child.wait();
        }
    }
}

/// Has each assignment done by a worker of its own; returns their answers in order.
pub(crate) fn run(assignments: Vec<Assignment<'_>>, launcher: &Launcher) -> Result<Vec<Answer>, SumError> {
    let failed = |worker: usize| move |reason: String| SumError::Worker { worker, reason };
    let deadline = Instant::now() + launcher.patience();
    thread::scope(|scope| {
        // Ended before the scope waits for its threads: they all talk to workers, and so end with them.
        let mut workers = Workers(Vec::new());
        let (said, answers) = mpsc::channel();
        for (worker, assignment) in assignments.iter().enumerate() {
            let mut child = start(launcher).map_err(|error| failed(worker)(error.to_string()))?;
            let (input, output) = (child.stdin.take(), child.stdout.take());
            workers.0.push(child);
            let (input, output) = input.zip(output).ok_or_else(|| failed(worker)("it has no pipes".to_owned()))?;
            let said = said.clone();
            // A pipe holds little: both directions have to move at the same time.
            scope.spawn(move || write(assignment, input));
            scope.spawn(move || said.send((worker, read(output))));
        }
        let mut found: Vec<Option<Answer>> = assignments.iter().map(|_| None).collect();
        for _ in 0..assignments.len() {
            match answers.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok((worker, answer)) => {
                    let status = ended(&mut workers.0[worker], deadline).map_err(failed(worker))?;
                    if !status.success() {
                        return Err(failed(worker)(format!("it ended with {status}")));
                    }
                    found[worker] = Some(answer.map_err(failed(worker))?);
                }
                Err(_) => {
                    let worker = found.iter().position(Option::is_none).unwrap_or(0);
                    return Err(failed(worker)("it hangs".to_owned()));
                }
            }
        }
        Ok(found.into_iter().flatten().collect())
    })
}

fn start(launcher: &Launcher) -> io::Result<Child> {
    launcher.command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
}

/// Writes a worker's share and closes the pipe. A worker that does not take it shows by its answer or its status.
fn write(assignment: &Assignment<'_>, input: ChildStdin) {
    let mut input = BufWriter::with_capacity(64 << 10, input);
    let _ = write_to(assignment, &mut input).and_then(|()| input.flush());
}

fn write_to(assignment: &Assignment<'_>, input: &mut impl Write) -> io::Result<()> {
    assignment.task.write(input)?;
    assignment.numbers.iter().try_for_each(|number| input.write_all(&number.to_le_bytes()))
}

/// Reads a worker's answer to the end of the pipe, but never more than an answer can be long.
fn read(output: ChildStdout) -> Result<Answer, String> {
    let mut text = Vec::new();
    output.take(LONGEST).read_to_end(&mut text).map_err(|error| error.to_string())?;
    let answer = std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok());
    answer.ok_or_else(|| "its answer makes no sense".to_owned())
}

/// Waits for the end of a worker that has closed its output, which is bound to follow at once.
fn ended(child: &mut Child, deadline: Instant) -> Result<ExitStatus, String> {
    let mut pause = Duration::from_micros(50);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() < deadline => thread::sleep(pause),
            Ok(None) => return Err("it hangs".to_owned()),
            Err(error) => return Err(error.to_string()),
        }
        pause = (pause * 2).min(Duration::from_millis(5));
    }
}
