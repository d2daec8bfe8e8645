#!/usr/bin/env bash
# Compares handover with what people use today, on a generated extract of the size given.
#
#   benches/compare/run.sh [SIZE]        SIZE as the generator reads it; default 1GB
#
# It builds the program and the generator, makes the extract in both quoting flavours, installs DuckDB,
# Polars, frictionless-py and bagit.py into a virtual environment of its own, runs every job several
# times, prints the tables and writes them to benches/runs/. All that it makes is under target/compare/,
# and is made once.
#
# The checks compared are: types, required, lists, patterns, lengths, ranges, primary keys, references.
# DuckDB does all of them (duckdb_check.py says how), with counts in place of findings. qsv does those of
# a single cell, and in a second job keys and references of one column, file by file (qsv_schema.py); Polars all of them (polars_check.py); frictionless-py all of
# them, on at most 100 MB. qsv is used where qsv or qsvlite is on the PATH; with
# COMPARE_QSV=install it is compiled from its source package first, which takes ten minutes or more. (The
# package of version 16.1.0 does not compile: its `json` command needs an unpublished library.)
#
# Environment: RUNS (default 3); HANDOVER, GENERATE (programs to use instead of building them);
# COMPARE_DIR (default target/compare); COMPARE_RESULTS (default benches/runs); FLAVOURS (default
# "all minimal"). Further arguments go to compare.py, such as --check, --package and --verify, which
# give handover's command lines, --damaged, which also checks damaged copies and times a start, and --only, which
# names groups of jobs.
# Linearity is seen from several sizes: 50MB, 1GB, 4GB.
set -euo pipefail

size=${1:-1GB}
shift || true
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${COMPARE_DIR:-$root/target/compare}
mkdir -p "$work"

if [[ -z ${HANDOVER:-} || -z ${GENERATE:-} ]]; then
    (cd "$root" && cargo build --release --bin handover --example generate)
fi
handover=${HANDOVER:-$root/target/release/handover}
generate=${GENERATE:-$root/target/release/examples/generate}

# An extract is kept between runs only with its last mark, so that a broken-off one is made anew.
extract() { # name, options
    local folder=$work/$1
    shift
    if [[ ! -e $folder.made || $generate -nt $folder.made ]]; then
        rm -rf "$folder" "$folder.made"
        "$generate" "$@" "$folder" >&2
        touch "$folder.made"
    fi
    echo "$folder"
}

extracts=()
for quoting in ${FLAVOURS:-all minimal}; do
    extracts+=("$(extract "$size-$quoting" --size "$size" --quoting "$quoting")")
done
clean=$(extract clean --size 200KB)
flawed=$(extract flawed --size 200KB --flaw type-error@CareRecord_Observation:9:EnteredDate)

if [[ ! -x $work/venv/bin/python ]]; then
    python3 -m venv "$work/venv"
fi
"$work/venv/bin/python" -c 'import duckdb, bagit, polars, frictionless' 2>/dev/null ||
    "$work/venv/bin/python" -m pip install --quiet duckdb bagit polars frictionless

qsv=$(command -v qsv || command -v qsvlite || true)
if [[ -z $qsv && -x $work/qsv/bin/qsvlite ]]; then
    qsv=$work/qsv/bin/qsvlite
fi
if [[ -z $qsv && ${COMPARE_QSV:-} == install ]]; then
    if cargo install qsv --locked --no-default-features --features lite --root "$work/qsv"; then
        qsv=$work/qsv/bin/qsvlite
    else
        echo "qsv does not compile here; it is left out" >&2
    fi
fi

exec python3 "$root/benches/compare/compare.py" "${extracts[@]}" \
    --clean "$clean" --flawed "$flawed" --work "$work" \
    --results "${COMPARE_RESULTS:-$root/benches/runs}" --python "$work/venv/bin/python" \
    --qsv "$qsv" --handover "$handover" --runs "${RUNS:-3}" "$@"
