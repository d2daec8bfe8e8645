#!/bin/sh
# Validates a bag with the Library of Congress' bagit.py. Exit status 77: it cannot be had.
#
#   sh tests/judges/bagit_validate.sh BAG
#
# BAGIT_PY names a Python that has it; else one is set up, once, under target/.
set -u
python=${BAGIT_PY:-}
if [ -z "$python" ]; then
    home=$(dirname "$0")/../../target/judges
    python=$home/bagit/bin/python
    if ! "$python" -c 'import bagit' 2>/dev/null; then
        mkdir -p "$home" || exit 77
        python3 -m venv "$home/bagit" >/dev/null 2>&1 || exit 77
        "$home/bagit/bin/pip" install --quiet 'bagit==1.9.0' 'setuptools<81' >/dev/null 2>&1 || exit 77
    fi
fi
"$python" -c 'import bagit' 2>/dev/null || exit 77
exec "$python" -m bagit --validate "$1"
