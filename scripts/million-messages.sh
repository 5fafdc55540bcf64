#!/usr/bin/env bash
# How long the reference of exercise 7 takes to move a million messages of 64 bytes from one process to another, from the
# start of the sending process to the end of its stream. Wants a machine on which nothing else runs; fails if the median
# is above 2 seconds.
#
#     scripts/million-messages.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-9} root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/reference" "$work/src"
cp Cargo.lock "$work/"
cat >"$work/Cargo.toml" <<TOML
[workspace]
members = ["reference"]

[package]
name = "million-messages"
version = "0.0.0"
edition = "2024"

[dependencies]
course = { path = "$root/grader/harness/course" }
ipc_queue = { path = "reference" }
TOML
cat >"$work/reference/Cargo.toml" <<TOML
[package]
name = "ipc_queue"
version = "0.0.0"
edition = "2024"

[lib]
path = "$root/solutions/07-ipc-queue/src/lib.rs"

[dependencies]
course = { path = "$root/grader/harness/course" }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
thiserror = "2"
TOML
cat >"$work/src/main.rs" <<'RUST'
use std::io;
use std::process::{ExitCode, Stdio};
use std::time::Instant;

use course::Launcher;
use ipc_queue::{Receiver, Sender};

const MESSAGES: usize = 1_000_000;

fn main() -> ExitCode {
    course::worker::run_if_asked(|_, _, output| {
        let mut sender = Sender::new(output);
        let message = "x".repeat(64);
        (0..MESSAGES).try_for_each(|_| sender.send(&message).map_err(io::Error::other))
    })
    .unwrap_or_else(|| {
        let began = Instant::now();
        let launcher = Launcher::new("sender").expect("the program knows where it is");
        let mut child = launcher.command().stdout(Stdio::piped()).spawn().expect("the sender starts");
        let mut receiver = Receiver::new(child.stdout.take().expect("it was piped"));
        let mut count = 0;
        while let Some(message) = receiver.recv::<String>().expect("a message arrives") {
            assert_eq!(message.len(), 64);
            count += 1;
        }
        assert!(count == MESSAGES && child.wait().expect("the sender ends").success());
        println!("{}", began.elapsed().as_millis());
        ExitCode::SUCCESS
    })
}
RUST
cargo build --quiet --release --manifest-path "$work/Cargo.toml" --target-dir "$work/target"

for _ in $(seq "$rounds"); do "$work/target/release/million-messages"; done | sort -n | awk '
    { took[NR] = $1 }
    END {
        median = took[int((NR + 1) / 2)]
        printf "a million messages of 64 bytes: median %d ms (%d to %d, %d rounds)\n", median, took[1], took[NR], NR
        exit median > 2000
    }'
