#!/bin/sh
# Lets html-validate and axe-core (in headless Chromium) judge pages: light, dark and 320 pixels wide.
# Usage: html.sh [--shots FOLDER] PAGE.html…  Prints what they find, and "accessible PAGE" for each that is well.
# With --shots, pictures of each page (desktop, dark, phone) and its print (PDF) are left there, to be looked at.
# Exit status: 0 nothing was found; 1 something was; 77 Chromium, npm or the packages cannot be had.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
place="${CARGO_TARGET_DIR:-$here/target}/judges/html"
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || { echo "html.sh: there is no Chromium"; exit 77; }
command -v npm >/dev/null || { echo "html.sh: there is no npm"; exit 77; }
if [ ! -d "$place/node_modules/html-validate" ]; then
    mkdir -p "$place" && cd "$place" || exit 77
    echo '{"private":true}' > package.json
    npm install --silent --no-audit --no-fund --ignore-scripts \
        axe-core@4.14.1 html-validate@10.17.0 puppeteer-core@24.43.1 >&2 || exit 77
    cd "$OLDPWD" || exit 77
fi
cp "$here/tests/judges/html.mjs" "$place/html.mjs" || exit 77
CHROMIUM="$chromium" exec node "$place/html.mjs" "$@"
