#!/usr/bin/env bash
# A generated extract (default 1 GB): memory, cores, the same bytes at any number of workers, other people's judges, and flipped bits and cuts of a real package.
# usage: tests/long/large.sh [SIZE] [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
size=${1:-1GB}
work=$(mktemp -d "${2:-${TMPDIR:-/var/tmp}}/handover-large.XXXXXX")
trap 'rm -rf "$work"' EXIT
cargo build --release --locked --bin handover --example generate
handover=$target/release/handover
"$target/release/examples/generate" --size "$size" --seed 1 --quoting minimal "$work/extract"
export SOURCE_DATE_EPOCH=1772409600
measure() { /usr/bin/time -f '%e s wall, %U s user, %S s system, %M KiB peak' -o "$work/time" "$@"; echo "$1 $2: $(cat "$work/time")"; }
peak() { sed 's/.* \([0-9]*\) KiB peak/\1/' "$work/time"; }
within() { [ "$(peak)" -le $((400 * 1024)) ] || { echo "peak memory is over 400 MiB"; exit 1; }; }

measure "$handover" check "$work/extract" --memory 256M --format json --report "$work/2.json" >/dev/null; within
"$handover" check "$work/extract" --memory 256M --jobs 1 --report "$work/1.json" >/dev/null
"$handover" check "$work/extract" --memory 256M --jobs 8 --report "$work/8.json" >/dev/null
cmp "$work/1.json" "$work/8.json"; cmp "$work/1.json" "$work/2.json"
# Without a key, the secret of the row proofs is random unless it is given.
printf '%064d' 1 >"$work/secret"
measure "$handover" package "$work/extract" --memory 256M --quiet --secret "$work/secret" --output "$work/p.zip" >/dev/null; within
"$handover" package "$work/extract" --jobs 1 --memory 256M --quiet --secret "$work/secret" --output "$work/p1.zip" >/dev/null
"$handover" package "$work/extract" --jobs 8 --memory 256M --quiet --secret "$work/secret" --output "$work/p8.zip" >/dev/null
cmp "$work/p.zip" "$work/p1.zip"; cmp "$work/p.zip" "$work/p8.zip"; rm "$work/p1.zip" "$work/p8.zip"
measure "$handover" verify "$work/p.zip" --memory 256M; within
unzip -tq "$work/p.zip"
(mkdir "$work/unzipped" && cd "$work/unzipped" && unzip -q ../p.zip && cd ./*/ && sha512sum -c --quiet manifest-sha512.txt && sha512sum -c --quiet tagmanifest-sha512.txt)
"$handover" verify "$work"/unzipped/*/ --memory 256M; rm -rf "$work/unzipped"
cp "$work/p.zip" "$work/spoilt.zip"; python3 tests/long/tamper.py "$handover" "$work/spoilt.zip" --flips "${FLIPS:-10000}"
echo "all as it should be"
