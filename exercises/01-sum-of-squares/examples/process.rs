//! 11.2.2, "basic usage": start a process, and wait for its end.
//!
//! A Rust program has no function to run in another process. It starts itself once more instead, and finds out in `main`
//! which of the two it is.

use std::io::{self, Write};
use std::process::{self, ExitCode};

use course::{Launcher, worker};

fn main() -> ExitCode {
    worker::run_if_asked(|name, _, mut output| writeln!(output, "child {name}: my process is {}", process::id()))
        .unwrap_or_else(|| parent().map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS))
}

fn parent() -> io::Result<()> {
    println!("parent: my process is {}", process::id());
    let launcher = Launcher::new("worker")?;
    let mut child = launcher.command().spawn()?;
    child.wait()?;
    println!("parent: the child has ended");
    Ok(())
}
