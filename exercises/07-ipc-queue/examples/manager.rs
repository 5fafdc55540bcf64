//! 11.2.5, "Manager": several processes write to one list, which one process owns.
//!
//! The owner listens on a Unix socket; each worker connects and sends a line.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;
use std::{env, fs, process};

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    if let (Some(socket), Some(worker)) = (arguments.next(), arguments.next()) {
        return writeln!(UnixStream::connect(socket)?, "worker {worker}");
    }
    let socket = env::temp_dir().join(format!("manager-{}.socket", process::id()));
    let listener = UnixListener::bind(&socket)?;
    let mut workers = Vec::new();
    for worker in 0..5 {
        workers.push(Command::new(env::current_exe()?).arg(&socket).arg(worker.to_string()).spawn()?);
    }
    let mut list = Vec::new();
    for _ in 0..workers.len() {
        let (stream, _) = listener.accept()?;
        list.extend(BufReader::new(stream).lines().map_while(Result::ok));
    }
    for mut worker in workers {
        worker.wait()?;
    }
    println!("shared list: {list:?}");
    fs::remove_file(&socket)
}
