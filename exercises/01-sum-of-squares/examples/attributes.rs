//! 11.2.2, "attributes and methods of a process": its number, whether it is alive, and how it has ended.

use std::io;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use course::{Launcher, worker};

fn main() -> ExitCode {
    worker::run_if_asked(|_, _, _| {
        thread::sleep(Duration::from_secs(1));
        Ok(())
    })
    .unwrap_or_else(|| parent().map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS))
}

fn parent() -> io::Result<()> {
    let mut child = Launcher::new("sleeper")?.command().spawn()?;
    println!("process {}", child.id());
    println!("alive: {}", child.try_wait()?.is_none());
    // `join(timeout=2)`: the standard library waits for ever or not at all, so the time-out is a loop.
    let deadline = Instant::now() + Duration::from_secs(2);
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if Instant::now() < deadline => thread::sleep(Duration::from_millis(10)),
            None => {
                child.kill()?;
                break child.wait()?;
            }
        }
    };
    println!("{status}");
    Ok(())
}
