#!/usr/bin/env bash
# Beyond the old limits of zip: an entry of more than 4 GiB, entries behind the first 4 GiB of the archive, and more than 65,535 entries; ours and others' readers take them.
# usage: tests/long/zip64.sh HANDOVER [FOLDER]    needs 6 GB of disk
set -euo pipefail
handover=$(realpath "$1")
work=$(mktemp -d "${2:-${TMPDIR:-/var/tmp}}/handover-zip64.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
seven=$(command -v 7z || command -v 7zz || command -v 7za || true)
pack() { "$handover" package "$1" --output "$2" --level "$3" --memory 128M --accept "a test" --accepted-by "a test" --quiet >/dev/null; }
judge() {
    "$handover" verify "$1" --memory 128M >/dev/null && echo "$1: handover agrees"
    unzip -tqq "$1" && echo "$1: unzip agrees"
    [ -z "$seven" ] || { "$seven" t -bso0 "$1" && echo "$1: 7z agrees"; }
    python3 -c 'import sys, zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None' "$1" && echo "$1: zipfile agrees"
}
# A hole of 4.4 GiB with a few bytes at its end, and a file behind it; stored and compressed.
mkdir large
truncate -s 4700000000 large/a.bin
printf 'the end' >>large/a.bin
printf 'behind it' >large/b.txt
pack large stored.zip 0
judge stored.zip
rm stored.zip
pack large packed.zip 1
judge packed.zip
mkdir many
python3 - <<'P'
for number in range(70_000):
    with open(f"many/{number:05}.txt", "w") as file:
        file.write(str(number))
P
pack many many.zip 6
judge many.zip
echo "beyond the limits: all as it should be"
