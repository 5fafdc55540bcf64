#!/usr/bin/env bash
# How long the explore lens takes: for the reference solution and each fixture of an exercise, the slowest check and all
# checks together, in milliseconds, and how many schedules were run. Checks run two at a time on two cores, as they do for
# a student.
#
#     scripts/explore-time.sh 3
set -euo pipefail
cd "$(dirname "$0")/.."
exercise=${1:?the number of an exercise}
cargo build --quiet --release --package grader
grader=${CARGO_TARGET_DIR:-target}/release/grader
python3 - "$grader" "$exercise" <<'PYTHON'
import glob, json, os, subprocess, sys

grader, exercise = sys.argv[1:]
folder = glob.glob(f"solutions/{int(exercise):02d}-*") + sorted(glob.glob(f"fixtures/{int(exercise):02d}-*/*"))
print(f"{'submission':<40} {'slowest':>8} {'all':>8} {'schedules':>10}  found by exploring")
for path in folder:
    if not os.path.exists(f"{path}/src/lib.rs"):
        continue
    done = subprocess.run([grader, "check", exercise, "--quick", "--format", "json", "--path", path], capture_output=True)
    times, schedules, found = [], 0, 0
    for check in json.loads(done.stdout)["reports"][0]["checks"]:
        for looked in check["looked"]:
            if looked["lens"] == "explore":
                times.append(looked["took_ms"])
                schedules += looked["covered"]["schedules"]
        found += check["verdict"].get("lens") == "explore"
    name = os.path.basename(path) if path.startswith("fixtures") else "solution"
    print(f"{name:<40} {max(times, default=0):>8} {sum(times):>8} {schedules:>10}  {found or ''}")
PYTHON
