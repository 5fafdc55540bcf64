#!/bin/sh
# Scores the same submissions again and again, alone and beside two workers of the same grader, and prints the table.
#
#   scripts/timing-bound.sh [SCORINGS]
#
# It takes about ten minutes with the usual 40 scorings, and wants a machine on which nothing else runs.
set -eu
cd "$(dirname "$0")/.."
TIMING_RUNS="${1:-40}" cargo test --quiet --release --package grader --test suite -- \
    --ignored --nocapture the_same_submission_gets_the_same_points_beside_our_own_work
