#!/usr/bin/env bash
# What rules between fields cost: the same table of ROWS rows (default 4 million) is checked without rules, with one and with eight, and the median of five runs, after one that does not count, is told.
# Usage: rules.sh HANDOVER. Needs awk and python3; `RUN="chrt -r 50"` puts a program before each run.
set -euo pipefail
program=$(realpath "$1")
rows=${ROWS:-4000000}
folder=$(mktemp -d "${TMPDIR:-/var/tmp}/handover-rules.XXXXXX")
trap 'rm -rf "$folder"' EXIT
awk -v n="$rows" 'BEGIN { print "id,start,end,status,quantity,dose,text"
  for (i = 1; i <= n; i++) printf "%d,20%02d-%02d-%02d,20%02d-%02d-%02d,%s,%d,%d.%d,repeat dispensing %d\n", i, i % 20, i % 12 + 1, i % 28 + 1, i % 20 + 1, i % 12 + 1, i % 28 + 1, substr("AEC", i % 3 + 1, 1), i % 56 + 1, i % 9, i % 10, i % 7 }' > "$folder/issue.csv"
python3 - "$folder" "$program" "$rows" <<'END'
import json, os, pathlib, statistics, subprocess, sys, time
folder, program, rows = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
rules = [
    "end == null || end >= start",
    "!(status == 'A') || quantity > 0",
    "status in ['A', 'E', 'C']",
    "dose * 2 + 1 < 100",
    "text.startsWith('repeat')",
    "text.matches('^[a-z]+ [a-z]+ [0-9]$')",
    "size(text) <= 40 && quantity - 1 >= 0",
    "start >= date('2000-01-01') && start < date('2030-01-01')",
]
fields = [("id", "integer"), ("start", "date"), ("end", "date"), ("status", "string"), ("quantity", "integer"), ("dose", "number"), ("text", "string")]
before = os.environ.get("RUN", "").split()
base = None
for count in (0, 1, 8):
    table = {"name": "issue", "path": "issue.csv", "handover": {"rules": [{"name": f"rule {n}", "then": rule} for n, rule in enumerate(rules[:count])]},
             "schema": {"primaryKey": "id", "fields": [{"name": name, "type": kind} for name, kind in fields]}}
    package = {"name": "rules", "handover": {"auditTrail": {"absent": "a measurement"}}, "resources": [table]}
    (folder / "datapackage.json").write_text(json.dumps(package))
    times = []
    for _ in range(6):
        start = time.perf_counter()
        subprocess.run([*before, program, "check", str(folder), "--quiet"], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    seconds = statistics.median(times[1:])
    base = base or seconds
    each = f", {rows * count / (seconds - base) / 1e6:.1f} million evaluations/s on all cores" if seconds > base else ""
    print(f"{count} rules: {seconds:.2f} s, {rows / seconds / 1e6:.2f} million rows/s{each}")
END
