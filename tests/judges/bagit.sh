#!/bin/sh
# Lets the Library of Congress's bagit.py judge the bags named on the command line.
# Usage: bagit.sh BAG…  Prints "valid BAG" or "invalid BAG" for each.
# Exit status: 0 all were judged; 77 bagit.py cannot be had here, so nothing was.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
venv="${CARGO_TARGET_DIR:-$here/target}/judges/bagit"
python="$venv/bin/python"
if [ ! -x "$python" ] || ! "$python" -c 'import bagit' 2>/dev/null; then
    mkdir -p "$(dirname "$venv")"
    python3 -m venv "$venv" >&2 || exit 77
    "$python" -m pip install --quiet --disable-pip-version-check \
        'bagit==1.9.0' 'setuptools<81' >&2 || exit 77
    "$python" -c 'import bagit' || exit 77
fi
for bag in "$@"; do
    if "$python" -m bagit --quiet --validate "$bag" 2>/dev/null; then
        echo "valid $bag"
    else
        echo "invalid $bag"
    fi
done
