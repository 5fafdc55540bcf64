#!/bin/sh
# Scores the same submissions again and again, beside two workers of the same grader, and a quarter as often alone, and
# prints the table: the points' median and range beside other work and on the quiet machine, what a measurement costs, how
# many scorings fell into another band, how many were decided at the first try, and how many were not in the end.
#
#   scripts/timing-bound.sh [SCORINGS] ["EXERCISES"]        scripts/timing-bound.sh 40 "1 3"
#
# An exercise takes five to ten minutes with the usual 40 scorings. It wants a machine on which nothing else runs.
set -eu
cd "$(dirname "$0")/.."
TIMING_RUNS="${1:-40}" TIMING_EXERCISES="${2:-}" cargo test --quiet --release --package grader --test suite -- \
    --ignored --nocapture the_same_submission_gets_the_same_points_beside_our_own_work
