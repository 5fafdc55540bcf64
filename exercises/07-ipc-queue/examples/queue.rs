//! 11.2.5, "Queue": a producer process and a consumer, with a line for each item.
//!
//! The producer is this same program, started once more. The chapter's `None` at the end is not needed: when the producer
//! ends, its end of the pipe closes.

use std::env;
use std::io::{self, BufRead, BufReader};
use std::process::{Command, Stdio};

fn main() -> io::Result<()> {
    if env::args().nth(1).as_deref() == Some("producer") {
        for item in 0..5 {
            println!("{item}");
        }
        return Ok(());
    }
    let mut producer = Command::new(env::current_exe()?).arg("producer").stdout(Stdio::piped()).spawn()?;
    let output = producer.stdout.take().expect("it was piped");
    for item in BufReader::new(output).lines() {
        println!("consumed {}", item?);
    }
    println!("done: {}", producer.wait()?);
    Ok(())
}
