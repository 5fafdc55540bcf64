//! 11.4.1, "an example of both": four times the same sum, in four processes and in four threads.

use std::hint::black_box;
use std::io::{self, Write};
use std::process::{ExitCode, Stdio};
use std::thread;
use std::time::Instant;

use course::{Launcher, worker};

fn main() -> ExitCode {
    worker::run_if_asked(|_, _, mut output| writeln!(output, "{}", cpu_task()))
        .unwrap_or_else(|| parent().map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS))
}

fn cpu_task() -> u64 {
    (0..50_000_000_u64).fold(0, |sum, number| black_box(sum.wrapping_add(number * number)))
}

fn parent() -> io::Result<()> {
    let launcher = Launcher::new("task")?;
    let began = Instant::now();
    let mut children = Vec::new();
    for _ in 0..4 {
        children.push(launcher.command().stdout(Stdio::piped()).spawn()?);
    }
    for child in children {
        child.wait_with_output()?;
    }
    println!("four processes: {:.2} s", began.elapsed().as_secs_f64());

    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(cpu_task);
        }
    });
    println!("four threads:   {:.2} s", began.elapsed().as_secs_f64());
    Ok(())
}
