//! 11.2.5, "Pipe": two processes and a message each way.
//!
//! A line is a message here. That works as long as no message holds a newline.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};

fn main() -> io::Result<()> {
    if env::args().nth(1).as_deref() == Some("receiver") {
        let mut message = String::new();
        io::stdin().read_line(&mut message)?;
        println!("received {}", message.trim_end());
        return Ok(());
    }
    let mut command = Command::new(env::current_exe()?);
    let mut receiver = command.arg("receiver").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    // Dropped at the end of the statement, which closes this end.
    writeln!(receiver.stdin.take().expect("it was piped"), "{{\"name\": \"Alice\", \"age\": 25}}")?;
    let mut answer = String::new();
    BufReader::new(receiver.stdout.take().expect("it was piped")).read_line(&mut answer)?;
    print!("{answer}");
    receiver.wait()?;
    Ok(())
}
