#!/usr/bin/env bash
# Retrieval beside a brute-force scan by another program: 1,000 random patients and ranges of a generated extract of 1 GB (or the size given),
# under a descriptor that leads to the patient through several tables. Needs python3 and about 5 GB of disk; the scan takes 8 GB of memory.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
size=${1:-1GB}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/handover-retrieve.XXXXXX")
trap 'rm -rf "$work"' EXIT
cargo build --locked --release --quiet --bin handover --example generate
"$target/release/examples/generate" --size "$size" --seed 6 --quoting minimal "$work/extract"
python3 tests/judges/brute_force.py "$target/release/handover" "$work/extract" "$work/run" --count "${COUNT:-1000}" --check 50
