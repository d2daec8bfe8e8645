#!/usr/bin/env bash
# `schema infer` over a generated extract of 1 GB (or the size given): memory within --memory and 144 MiB, the same descriptor for any --memory,
# and at least 100 MB of extract in a second. Needs GNU time.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
work=$(mktemp -d "${TMPDIR:-/var/tmp}/handover-infer.XXXXXX")
trap 'rm -rf "$work"' EXIT
cargo build --locked --release --quiet --bin handover --example generate
"$target/release/examples/generate" --system emis-as-delivered --size "${1:-1GB}" --seed 1 "$work/extract"
bytes=$(cat "$work"/extract/* | wc -c)
for memory in 64 512; do
    begun=$(date +%s%N)
    command time -f %M -o "$work/peak" "$target/release/handover" schema infer "$work/extract" --memory "${memory}M" --output "$work/$memory.json" > "$work/told"
    took=$((($(date +%s%N) - begun) / 1000000))
    peak=$(tail -1 "$work/peak")
    echo "--memory ${memory}M: $((bytes / took / 1000)) MB/s, $((peak / 1024)) MiB"
    [ "$peak" -le $(((memory + 144) * 1024)) ] || { echo "too much memory"; exit 1; }
    [ $((bytes / took / 1000)) -ge 100 ] || { echo "too slow"; exit 1; }
done
cmp "$work/64.json" "$work/512.json"
