#!/bin/sh
# Runs workbook.py with an openpyxl of its own. Usage: workbook.sh HANDOVER [OPTIONS OF workbook.py…]
# Exit status: 0 all is well; 1 something is wrong; 77 openpyxl cannot be had.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
place="${CARGO_TARGET_DIR:-$here/target}/judges/openpyxl"
if ! "$place/bin/python" -c "import openpyxl" 2>/dev/null; then
    python3 -m venv "$place" >&2 && "$place/bin/pip" install --quiet openpyxl==3.1.5 >&2 ||
        { echo "workbook.sh: openpyxl cannot be had"; exit 77; }
fi
exec "$place/bin/python" "$here/tests/judges/workbook.py" "$@"
