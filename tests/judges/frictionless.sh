#!/usr/bin/env bash
# The judges written in Python, with the libraries that they need: frictionless-py 5 and jsonschema, installed from the package index into an environment of their own.
# Usage: frictionless.sh HANDOVER. The environment stays in JUDGES (default: target/judges/frictionless) and is made once. Where it cannot be made: 77, or 1 with REQUIRE=1.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/../.."
judges=${JUDGES:-${CARGO_TARGET_DIR:-target}/judges/frictionless}
if ! "$judges/bin/python" -c 'import frictionless, jsonschema' 2> /dev/null; then
  if ! { python3 -m venv --clear "$judges" && "$judges/bin/pip" install --quiet --disable-pip-version-check 'frictionless==5.*' 'jsonschema==4.*'; }; then
    echo "skipped: frictionless-py cannot be installed here" >&2
    [ -n "${REQUIRE:-}" ] && exit 1 || exit 77
  fi
fi
"$judges/bin/python" tests/judges/descriptors.py
"$judges/bin/python" tests/judges/frictionless_cases.py "$program"
"$judges/bin/python" tests/judges/frictionless_report.py fixtures/reports/every-code.json
