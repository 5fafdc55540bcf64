//! The other end: a program that finds itself started as a worker.

use std::env;
use std::hint::black_box;
use std::io::{self, BufReader, Read, Stdin, Stdout, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, setrlimit};

use crate::launcher::{Assignment, Fault, VARIABLE};

/// How many bytes a worker reads at a time.
const BUFFER: usize = 64 << 10;

/// What a worker process reads: its standard input, with whatever goes wrong on the way.
pub type Input = BufReader<Faulty<Stdin>>;
/// What a worker process writes to.
pub type Output = Faulty<Stdout>;

/// A stream of a worker with a fault.
#[derive(Debug)]
pub struct Faulty<S> {
    stream: S,
    fault: Option<Fault>,
    bytes: u64,
}

/// If this process was started by a [`Launcher`](crate::Launcher), does the work of a worker and returns its exit status;
/// otherwise returns `None`. `work` gets the role, the input and the output.
///
/// Call it first in `main`.
pub fn run_if_asked(work: impl FnOnce(&str, Input, Output) -> io::Result<()>) -> Option<ExitCode> {
    let assignment: Assignment = serde_json::from_str(&env::var(VARIABLE).ok()?).ok()?;
    Some(run(&assignment, work))
}

/// If this process is a worker, how many workers its launcher had started before it.
pub fn index() -> Option<usize> {
    let assignment: Assignment = serde_json::from_str(&env::var(VARIABLE).ok()?).ok()?;
    Some(assignment.index)
}

fn run(assignment: &Assignment, work: impl FnOnce(&str, Input, Output) -> io::Result<()>) -> ExitCode {
    let fault = assignment.fault;
    match fault {
        Some(Fault::FailsAtStart) => return ExitCode::FAILURE,
        Some(Fault::DiesAtStart) => die(),
        Some(Fault::Hangs) => hang(),
        Some(Fault::BeginsLate(milliseconds)) => thread::sleep(Duration::from_millis(milliseconds)),
        Some(Fault::BeginsBusy(rounds)) => compute(rounds),
        Some(Fault::Silence) => return ExitCode::SUCCESS,
        Some(Fault::Garbage) => {
            let garbage: Vec<u8> =
                (0..1024_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0] | 0x80).collect();
            let _ = io::stdout().write_all(&garbage);
            return ExitCode::SUCCESS;
        }
        Some(Fault::Nonsense) => return talk_nonsense(),
        Some(Fault::Floods) => {
            // Ends when nobody reads any more.
            let sevens = vec![b'7'; BUFFER];
            while io::stdout().write_all(&sevens).is_ok() {}
            return ExitCode::SUCCESS;
        }
        Some(Fault::FindsDiskFull(bytes)) if limit_files(bytes, WhenFull::Error).is_err() => return ExitCode::FAILURE,
        Some(Fault::DiesSaving(bytes)) if limit_files(bytes, WhenFull::Death).is_err() => return ExitCode::FAILURE,
        _ => {}
    }
    let input = BufReader::with_capacity(BUFFER, Faulty { stream: io::stdin(), fault, bytes: 0 });
    let output = Faulty { stream: io::stdout(), fault, bytes: 0 };
    match work(&assignment.role, input, output) {
        Ok(()) if fault == Some(Fault::FailsAtEnd) => ExitCode::FAILURE,
        Ok(()) if fault == Some(Fault::DiesAtEnd) => {
            // Nothing of its answer is missing, whether the work has flushed it or not.
            let _ = io::stdout().flush();
            die()
        }
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Arithmetic in which every step waits for the one before it. It takes the same time whatever else a core is shared with,
/// as far as anything does.
fn compute(rounds: u64) {
    let mut word = black_box(rounds | 1);
    for _ in 0..rounds {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
    }
    black_box(word);
}

/// Nobody can tell from outside that this worker is not about to do its work: it has read something, and goes on reading.
fn talk_nonsense() -> ExitCode {
    let answered = io::stdin().read_exact(&mut [0]).and_then(|()| io::stdout().write_all(b"this is no answer\n"));
    match answered.and_then(|()| io::copy(&mut io::stdin(), &mut io::sink())) {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

impl Read for Faulty<Stdin> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = match self.fault {
            Some(Fault::DiesAfterReading(limit)) if self.bytes >= limit => die(),
            Some(Fault::DiesAfterReading(limit)) => limit - self.bytes,
            Some(Fault::Slow(milliseconds)) => {
                thread::sleep(Duration::from_millis(milliseconds));
                u64::MAX
            }
            _ => u64::MAX,
        };
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.stream.read(&mut buffer[..room])?;
        self.bytes += count as u64;
        Ok(count)
    }
}

impl Write for Faulty<Stdout> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(Fault::DiesAfterWriting(limit) | Fault::HangsAfterWriting(limit) | Fault::ClosesAfterWriting(limit)) =
            self.fault
        else {
            return self.stream.write(bytes);
        };
        let room = usize::try_from(limit.saturating_sub(self.bytes)).unwrap_or(usize::MAX).min(bytes.len());
        if room == 0 {
            self.stream.flush()?;
            match self.fault {
                Some(Fault::DiesAfterWriting(_)) => die(),
                Some(Fault::HangsAfterWriting(_)) => hang(),
                // Everything else that is written falls on the floor.
                _ => return Ok(bytes.len()),
            }
        }
        let count = self.stream.write(&bytes[..room])?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// What becomes of a process whose file gets too long.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WhenFull {
    Error,
    Death,
}

/// Lets no file that this process writes get longer than `bytes`.
fn limit_files(bytes: u64, when_full: WhenFull) -> io::Result<()> {
    if when_full == WhenFull::Error {
        // The signal would end the process; one that is handled leaves the error of the call.
        signal_hook::flag::register(Signal::XFSZ.as_raw(), Arc::default())?;
    }
    Ok(setrlimit(Resource::Fsize, Rlimit { current: Some(bytes), maximum: Some(bytes) })?)
}

/// Ends as a killed process does: no destructors, no flushing, a signal for a status.
fn die() -> ! {
    std::process::abort()
}

fn hang() -> ! {
    loop {
        thread::sleep(Duration::from_hours(1));
    }
}
