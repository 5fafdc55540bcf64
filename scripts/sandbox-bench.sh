#!/bin/sh
# What the sandbox costs: the start of a program that does nothing, beside a plain start and bubblewrap; runs in a second
# with two workers; compiling inside and outside. Medians, in turns.
#
#   scripts/sandbox-bench.sh
#
# Wants a machine on which nothing else runs. Bubblewrap is installed where that can be done, and left out otherwise.
set -eu
cd "$(dirname "$0")/.."
if ! command -v bwrap >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get install -y -qq bubblewrap >/dev/null 2>&1 || echo "bubblewrap cannot be installed; it is left out"
fi
cargo test --quiet --release --package grader --test suite -- --ignored --nocapture what_the_sandbox_costs
