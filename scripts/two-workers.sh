#!/usr/bin/env bash
# How much faster the reference of exercise 1 sums up a file of 200 MB with two workers than with one, in turns, and
# whether its memory stays the same: the peaks of the parent and of its workers, added up, for a tenth of the file and for
# the whole. Wants two cores on which nothing else runs; fails below 1.7 times, or if the memory grows by more than 1 MiB.
#
#     scripts/two-workers.sh [ROUNDS]
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
name = "two-workers"
version = "0.0.0"
edition = "2024"

[dependencies]
course = { path = "$root/grader/harness/course" }
sum_of_squares = { path = "reference" }
TOML
cat >"$work/reference/Cargo.toml" <<TOML
[package]
name = "sum_of_squares"
version = "0.0.0"
edition = "2024"

[lib]
path = "$root/solutions/01-sum-of-squares/src/lib.rs"

[dependencies]
course = { path = "$root/grader/harness/course" }
thiserror = "2"
TOML
cat >"$work/src/main.rs" <<'RUST'
//! `two-workers FILE WORKERS` prints the sum, the milliseconds that it took, and the parent's peak of memory in KiB. Each
//! worker prints its own peak to standard error.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use std::{env, fs};

use course::Launcher;

fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("the kernel tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the kernel tells the peak");
    line.split_whitespace().next().and_then(|peak| peak.parse().ok()).expect("the peak is a number")
}

fn main() -> ExitCode {
    course::worker::run_if_asked(|_, input, output| {
        let done = sum_of_squares::worker_main(input, output);
        eprintln!("{}", peak());
        done
    })
    .unwrap_or_else(|| {
        let mut arguments = env::args_os().skip(1);
        let file = PathBuf::from(arguments.next().expect("a file"));
        let workers = arguments.next().and_then(|workers| workers.to_str()?.parse().ok()).expect("a number of workers");
        let launcher = Launcher::new("worker").expect("the program knows where it is");
        let began = Instant::now();
        let sum = sum_of_squares::sum_of_squares_in_file(&file, workers, &launcher).expect("the file is good");
        println!("{sum} {} {}", began.elapsed().as_millis(), peak());
        ExitCode::SUCCESS
    })
}
RUST
cargo build --quiet --release --manifest-path "$work/Cargo.toml" --target-dir "$work/target"
program=$work/target/release/two-workers

awk 'BEGIN { srand(7); for (size = 0; size < 200000000; size += length(line) + 1) {
    line = sprintf("%d", (rand() - 0.5) * 10 ^ int(rand() * 18)); print line } }' >"$work/large"
# Cut at a line end.
head -n "$(($(wc -l <"$work/large") / 10))" "$work/large" >"$work/small"

memory() { "$program" "$1" 2 2>"$work/peaks" | cut -d' ' -f3 | cat - "$work/peaks" | awk '{ all += $1 } END { print all }'; }
small=$(memory "$work/small") large=$(memory "$work/large")

for _ in $(seq "$rounds"); do
    for workers in 1 2; do echo "$workers $("$program" "$work/large" "$workers" 2>/dev/null)"; done
done | sort -k1,1n -k3,3n | awk -v small="$small" -v large="$large" '
    { took[$1, ++count[$1]] = $3; sums[$2] }
    END {
        for (workers = 1; workers <= 2; workers++) {
            n = count[workers]; median[workers] = took[workers, int((n + 1) / 2)]
            printf "%d worker(s)  median %5d ms   (%d to %d, %d rounds)\n",
                workers, median[workers], took[workers, 1], took[workers, n], n
        }
        ratio = median[1] / median[2]
        printf "two are %.2f times as fast as one\n", ratio
        printf "memory of parent and two workers: %d KiB for a tenth of the file, %d KiB for the whole\n", small, large
        if (length(sums) != 1) { print "the sums differ"; exit 1 }
        exit ratio < 1.7 || large > small + 1024
    }'
