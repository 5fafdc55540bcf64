#!/usr/bin/env bash
# Feeds mutated and arbitrary streams, in arbitrary portions, to the framing of exercise 7's reference and to the oracle,
# for a while. It ends at the first stream on which the two disagree or one of them panics, with the smallest such stream.
# Stable toolchain, nothing but cargo. Every batch has new inputs; PROPTEST_RNG_SEED=N makes it the same again.
#
#     scripts/fuzz-framing.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
# Built as for the tests: arithmetic that overflows is a panic.
binary=$(cargo test --quiet --workspace --lib --no-run --message-format=json |
    sed -n 's/.*"executable":"\([^"]*\/grader-[0-9a-f]*\)".*/\1/p' | tail -n 1)
batch=${PROPTEST_CASES:-5000} streams=0
began=$SECONDS
while ((SECONDS - began < seconds)); do
    log=$(PROPTEST_CASES=$batch "$binary" --ignored --exact judge::ipc_queue::streams::tests::fuzz_framing 2>&1) ||
        { printf '%s\n' "$log"; exit 1; }
    # A name that matches nothing would fuzz nothing.
    grep -q '^test result: ok. 1 passed' <<<"$log" || { printf '%s\n' "$log"; exit 1; }
    streams=$((streams + batch))
    [[ -z ${PROPTEST_RNG_SEED:-} ]] || break
done
echo "$streams streams in $((SECONDS - began)) s: no panic, no disagreement"
