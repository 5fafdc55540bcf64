//! 11.2.2, "passing arguments": what a process is to work on goes through its standard input, and what comes of it
//! through its standard output.

use std::io::{self, BufRead, Read, Write};
use std::process::{ExitCode, Stdio};

use course::{Launcher, worker};

fn main() -> ExitCode {
    worker::run_if_asked(|_, input, output| calculate(input, output))
        .unwrap_or_else(|| parent().map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS))
}

/// What the child runs: `10 5 *` becomes `10 * 5 = 50`.
fn calculate(mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let [a, b, operation] = words[..] else { return Err(io::ErrorKind::InvalidInput.into()) };
    let number = |word: &str| word.parse::<i64>().map_err(io::Error::other);
    let (a, b) = (number(a)?, number(b)?);
    let result = if operation == "*" { a * b } else { a + b };
    writeln!(output, "{a} {operation} {b} = {result}")
}

fn parent() -> io::Result<()> {
    let launcher = Launcher::new("calculate")?;
    for task in ["10 5 +\n", "10 5 *\n"] {
        let mut child = launcher.command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(task.as_bytes())?;
        }
        let mut answer = String::new();
        if let Some(mut output) = child.stdout.take() {
            output.read_to_string(&mut answer)?;
        }
        print!("{answer}");
        child.wait()?;
    }
    Ok(())
}
