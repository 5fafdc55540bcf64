#!/usr/bin/env bash
# How long a student waits after editing one line: `grader check N --quick`, beside a bare `cargo build` of the same two
# crates (the submission and the driver that calls it), in turns, so that a busy machine slows both. Neither optimises
# these two, and everything below them is optimised for both.
#
# usage: scripts/edit-loop.sh [EXERCISE] [ROUNDS]        prints milliseconds: median (and range) of each
set -euo pipefail
cd "$(dirname "$0")/.."
number=${1:-3} rounds=${2:-15}
folder=$(basename exercises/0"$number"-*)
package=$(sed -n 's/^package = "\(.*\)"/\1/p' "exercises/$folder/exercise.toml")

cargo build --quiet --release --package grader
grader=$PWD/target/release/grader
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The same two crates for cargo: the submission, and a program of the driver's `main.rs`. What the driver is made of
# stands apart, so that cargo has no more to compile after an edit than the grader has.
mkdir -p "$work/bare/grader" "$work/bare/program/src" "$work/submission/src"
cp -r exercises "$work/bare/" && cp -r grader/harness "$work/bare/grader/" && cp Cargo.lock "$work/bare/"
sed '/^default-members/d; s/members = \["grader", /members = ["program", /' Cargo.toml >"$work/bare/Cargo.toml"
harness=$work/bare/grader/harness/$folder
mv "$harness/src/main.rs" "$work/bare/program/src/main.rs"
sed "s|^name = .*|name = \"program\"|; s|path = \"[./]*/exercises|path = \"../exercises|" \
    "$harness/Cargo.toml" >"$work/bare/program/Cargo.toml"
sed -i "/^\[dependencies\]/a $package-driver = { path = \"../grader/harness/$folder\" }" "$work/bare/program/Cargo.toml"
sed -i "/^$package = /d" "$harness/Cargo.toml"
cp -r "solutions/$folder/src/." "$work/bare/exercises/$folder/src/"
cp -r "solutions/$folder/src/." "$work/submission/src/"
export CARGO_PROFILE_DEV_OPT_LEVEL=0 CARGO_PROFILE_DEV_DEBUG=0
bare() { (cd "$work/bare" && cargo build --quiet --package program --target-dir "$work/target"); }
check() { "$grader" check "$number" --quick --format json --path "$work/submission"; }
bare
check >/dev/null

now() { date +%s%N; }
for round in $(seq "$rounds"); do
    for file in "$work/bare/exercises/$folder/src/lib.rs" "$work/submission/src/lib.rs"; do
        printf '\n// edit %s\n' "$round" >>"$file"
    done
    began=$(now); bare; ended=$(now)
    echo "bare $(((ended - began) / 1000000))"
    began=$(now); check >"$work/report"; ended=$(now)
    echo "check $(((ended - began) / 1000000))"
    echo "build $(sed -n 's/.*"build_ms": \([0-9]*\).*/\1/p' "$work/report")"
done | sort -k1,1 -k2,2n | awk '
    { value[$1, ++count[$1]] = $2 }
    END {
        for (name in count) {
            n = count[name]; median[name] = value[name, int((n + 1) / 2)]
            printf "%-6s median %5d ms   (%d to %d, %d rounds)\n", name, median[name], value[name, 1], value[name, n], n
        }
        printf "build is %.2f times a bare cargo build of the same two crates\n", median["build"] / median["bare"]
    }'
