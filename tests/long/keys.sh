#!/usr/bin/env bash
# Keys larger than memory: 10 million parents and 100 million children under --memory 256M, with 50 duplicates and 50 orphans planted at known rows. All must be found
# there, nothing else, with a peak of resident memory under 400 MiB. Needs python3, awk and /usr/bin/time, and about 8 GB of disk. KEYS_SCALE=10 divides the tables by ten.
set -euo pipefail
cd "$(dirname "$0")/../.."
scale=${KEYS_SCALE:-1}
parents=$((10000000 / scale)) children=$((100000000 / scale))
cargo build --locked --release --bin handover
program=${CARGO_TARGET_DIR:-target}/release/handover
folder=$(mktemp -d "${TMPDIR:-/var/tmp}/handover-keys.XXXXXX")
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/extract" "$folder/temporary"
cat > "$folder/extract/datapackage.json" <<'END'
{"name": "keys", "handover": {"auditTrail": {"absent": "a test"}}, "resources": [
 {"name": "child", "path": "child.csv", "schema": {"primaryKey": ["id"], "fields": [
   {"name": "id", "type": "integer"}, {"name": "parent", "type": "integer"}],
  "foreignKeys": [{"fields": ["parent"], "reference": {"resource": "parent", "fields": ["id"]}}]}},
 {"name": "parent", "path": "parent.csv", "schema": {"primaryKey": ["id"], "fields": [{"name": "id", "type": "integer"}]}}]}
END
# Every 50th part of the parents repeats the key of the row before; every 50th part of the children refers to nobody.
awk -v n="$parents" 'BEGIN { print "id"; step = n / 50; for (i = 1; i <= n; i++) print (i % step == 0 ? i - 1 : i) }' > "$folder/extract/parent.csv"
awk -v n="$children" -v p="$parents" 'BEGIN { print "id,parent"; step = n / 50; q = p / 50
  for (i = 1; i <= n; i++) { r = (i * 7919) % p + 1; if (r % q == 0) r--; print i "," (i % step == 0 ? p + i : r) } }' > "$folder/extract/child.csv"
/usr/bin/time -f '%e %M' -o "$folder/peak" "$program" check "$folder/extract" --memory 256M --temp-dir "$folder/temporary" --samples 100 --format json \
  > "$folder/report.json" || [ $? -eq 1 ]
python3 - "$folder" "$parents" "$children" <<'END'
import json, pathlib, sys
folder, parents, children = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
report = json.loads((folder / "report.json").read_text())
child, parent = report["tasks"]
rows = lambda task, code: [e["rowNumber"] for e in task["errors"] if e["code"] == code]
assert rows(parent, "primary-key") == [i * (parents // 50) + 1 for i in range(1, 51)], rows(parent, "primary-key")
assert rows(child, "foreign-key") == [i * (children // 50) + 1 for i in range(1, 51)], rows(child, "foreign-key")
assert report["stats"]["errors"] == 100, report["stats"]
assert (child["stats"]["rows"], parent["stats"]["rows"]) == (children, parents)
seconds, peak = (folder / "peak").read_text().split()[-2:]
peak = int(peak) / 1024
print(f"{parents:,} parents, {children:,} children: 50 duplicates and 50 orphans in place; {seconds} s, peak {peak:.0f} MiB")
assert peak < 400, peak
END
