#!/usr/bin/env bash
# Makes every kind of page that the program writes, of a clean, a slightly and a hopelessly broken extract, and has html.sh judge them.
# Usage: pages.sh HANDOVER GENERATE [FOLDER]  (FOLDER keeps the pages, pictures and prints; else they go.)
# Exit status: that of html.sh (77 where Chromium, npm or the packages cannot be had).
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
handover=$(realpath "$1") generate=$(realpath "$2")
work=${3:-}
if [ -z "$work" ]; then
    work=$(mktemp -d "${TMPDIR:-/var/tmp}/handover-pages.XXXXXX")
    trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work" && work=$(realpath "$work") && cd "$work"
mkdir extracts || { echo "pages.sh: give a new folder" >&2; exit 2; }
export SOURCE_DATE_EPOCH=1772409600
"$generate" --size 1MB extracts/clean >/dev/null
"$generate" --size 1MB --seed 2 --flaw type-error@CareRecord_Observation:5 \
    --flaw foreign-key@Prescribing_IssueRecord:9 --flaw missing-cell@CareRecord_Consultation:4 extracts/slight >/dev/null
"$generate" --size 1MB --seed 3 extracts/hopeless >/dev/null
python3 "$here/tests/judges/spoil.py" extracts/hopeless
page() { local status=0; "$handover" "${@:2}" --quiet >/dev/null || status=$?; [ "$status" -eq "$1" ] || { echo "pages.sh: exit status $status: ${*:2}" >&2; exit 1; }; }
page 0 check extracts/clean --report clean.html
page 1 check extracts/slight --report slight.html
page 1 check extracts/hopeless --report hopeless.html
page 1 check "$here/fixtures/omop/omop-synthea27nj-5.4.zip" --schema omop-cdm-5.4 --report omop.html
page 0 package extracts/clean --output clean.zip
page 1 package extracts/hopeless --output refused.zip
page 0 package extracts/hopeless --accept "an example" --output hopeless.zip
page 0 verify clean.zip --report certificate.html
cp clean.zip altered.zip && printf X | dd of=altered.zip bs=1 seek=20000 conv=notrunc status=none
page 1 verify altered.zip --report altered.html
page 0 schema export emis-web-8.2 --to html --output dictionary.html
page 0 access-plan --go-live 2026-03-02 --years 8 --requests-per-year 40 --report access-plan.html --prices "$here/fixtures/access/prices.xlsx"
# Of an extract's patients with so many rows or more, the one with the fewest.
patient() { python3 - "$@" <<'PYTHON'
import collections, csv, glob, sys
rows = collections.Counter()
for file in glob.glob(f"{sys.argv[1]}/*.csv"):
    rows.update(row["PatientGuid"] for row in csv.DictReader(open(file, newline="")) if row.get("PatientGuid"))
print(min((count, patient) for patient, count in rows.items() if count >= int(sys.argv[2]))[1])
PYTHON
}
page 0 retrieve clean.zip --patient "$(patient extracts/clean 30)" --reason "an example" --requested-by "a test" --output export.zip
# A long record: a browser needs much more memory for it.
"$generate" --size 20MB --seed 7 extracts/large >/dev/null
page 0 package extracts/large --output large.zip --no-reread
page 0 retrieve large.zip --patient "$(patient extracts/large 800)" --reason "an example" --requested-by "a test" --output long.zip
entries=$(unzip -p long.zip '*/data/record.html' | grep -c '<article')
[ "$entries" -gt 700 ] || { echo "pages.sh: the long record has only $entries entries" >&2; exit 1; }
unzip -p long.zip '*/data/record.html' >export-long-record.html
echo "pages.sh: the long record has $entries entries"
unzip -q -o -j export.zip '*.html' -d from-export
for page in from-export/*.html; do mv "$page" "export-$(basename "$page")"; done
for package in clean hopeless; do
    unzip -q -o -j $package.zip '*.html' -d "from-$package"
    for page in "from-$package"/*.html; do mv "$page" "package-$package-$(basename "$page")"; done
done
status=0
"$here/tests/judges/html.sh" --shots "$work/shots" ./*.html || status=$?
exit $status
