//! 11.2.4, "using a pool": two processes, ten tasks, results in the order of the tasks.
//!
//! The simplest pool there is: the tasks are dealt out beforehand, and each worker gets one line after the other.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{ExitCode, Stdio, id};

use course::{Launcher, worker};

fn main() -> ExitCode {
    worker::run_if_asked(|_, input, output| square(input, output))
        .unwrap_or_else(|| parent().map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS))
}

/// What a worker runs: each number becomes its square.
fn square(input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    for line in input.lines() {
        let number: u64 = line?.parse().map_err(io::Error::other)?;
        writeln!(output, "{} by process {}", number * number, id())?;
        output.flush()?;
    }
    Ok(())
}

fn parent() -> io::Result<()> {
    let launcher = Launcher::new("square")?;
    let start = |_| launcher.command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut workers = (0..2).map(start).collect::<io::Result<Vec<_>>>()?;
    for (task, turn) in (0..10).zip([0, 1].into_iter().cycle()) {
        if let Some(input) = &mut workers[turn].stdin {
            writeln!(input, "{task}")?;
        }
    }
    let mut answers = Vec::new();
    for worker in &mut workers {
        // The end of its input is the end of its work.
        drop(worker.stdin.take());
        answers.push(worker.stdout.take().map(BufReader::new));
    }
    for (task, turn) in (0..10).zip([0, 1].into_iter().cycle()) {
        let mut line = String::new();
        if let Some(output) = &mut answers[turn] {
            output.read_line(&mut line)?;
        }
        print!("{task} squared is {line}");
    }
    for worker in &mut workers {
        worker.wait()?;
    }
    Ok(())
}
