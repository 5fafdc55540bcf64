//! The mode that leaves this process: starts the workers, listens to all of them at once, and leaves none behind.

use std::io::Read;
use std::ops::Range;
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use course::Launcher;

use crate::share;

/// The longest answer, in bytes; a worker that says more says nothing of use.
const LONGEST: u64 = 64;

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

/// A process for each share, all at once; returns the sum of their checksums, or what went wrong.
pub(crate) fn at_once(shares: impl Iterator<Item = Range<u64>>, launcher: &Launcher) -> Result<u64, String> {
    let deadline = Instant::now() + launcher.patience();
    thread::scope(|scope| {
        // Ended before the scope waits for its threads: they all listen to workers, and so end with them.
        let mut workers = Workers(Vec::new());
        let (said, answers) = mpsc::channel();
        for (worker, share) in shares.enumerate() {
            let output = start(&share, &mut workers, launcher)?;
            let said = said.clone();
            scope.spawn(move || said.send((worker, answer(output))));
        }
        // From here on, the channel closes when nobody is left who could answer.
        drop(said);
        let mut sum = 0_u64;
        for _ in 0..workers.0.len() {
            let left = deadline.saturating_duration_since(Instant::now());
            let (worker, answer) = answers.recv_timeout(left).map_err(|_| "a worker hangs".to_owned())?;
            check_end(&mut workers.0[worker], deadline)?;
            sum = sum.wrapping_add(answer.ok_or("the answer of a worker makes no sense")?);
        }
        Ok(sum)
    })
}

/// Starts a worker and tells it its share.
fn start(share: &Range<u64>, workers: &mut Workers, launcher: &Launcher) -> Result<ChildStdout, String> {
    let mut command = launcher.command();
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("a worker could not be started: {error}"))?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    workers.0.push(child);
    let (input, output) = input.zip(output).ok_or("a worker has no pipes")?;
    // A line is far shorter than a pipe is wide. A worker that does not take it shows by its answer or its status.
    let _ = share::write(share, input);
    Ok(output)
}

/// Reads a worker's answer to the end of the pipe, but never more than an answer can be long.
fn answer(output: ChildStdout) -> Option<u64> {
    let mut text = String::new();
    output.take(LONGEST).read_to_string(&mut text).ok()?;
    // Without its newline a number may have been cut.
    text.strip_suffix('\n')?.parse().ok()
}

/// Waits for the end of a worker that has closed its output, which is bound to follow at once.
fn check_end(child: &mut Child, deadline: Instant) -> Result<(), String> {
    let mut pause = Duration::from_micros(50);
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("a worker ended with {status}")),
            Ok(None) if Instant::now() < deadline => thread::sleep(pause),
            Ok(None) => return Err("a worker hangs".to_owned()),
            Err(error) => return Err(error.to_string()),
        }
        pause = (pause * 2).min(Duration::from_millis(5));
    }
}
