#!/usr/bin/env bash
# Lets the second verifier (second_verifier.py, written from docs/format.md) judge a signed package and exports of ours: it must accept them, and refuse each
# copy of which one byte of one file was changed; of exports also where every digest was made anew, as a forger would.
# usage: tests/judges/second.sh HANDOVER
# Exit status: 0 it does; 1 it does not; 77 python3 or ssh-keygen is not here.
set -euo pipefail
home=$(cd "$(dirname "$0")/../.." && pwd)
handover=$(realpath "$1")
for tool in python3 ssh-keygen; do
    command -v "$tool" >/dev/null || { echo "the second verifier was not run: $tool is not installed"; exit 77; }
done
work=$(mktemp -d "${TMPDIR:-/var/tmp}/handover-second.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
"$handover" key generate key --no-passphrase --principal keeper@example.org --quiet | tail -n 1 >allowed_signers
"$handover" package "$home/fixtures/extracts/emis-small" --output p.zip --sign key --info ods=A81001 --accept "a test" --quiet >/dev/null
"$handover" retrieve p.zip --patient 9997170709 --reason test --requested-by test --output e.zip --quiet >/dev/null
"$handover" retrieve p.zip --patient 9997170709 --reason test --requested-by test --from 2012-01-01 --to 2019-12-31 --date recorded --output r.zip --quiet >/dev/null
second() { python3 "$home/tests/judges/second_verifier.py" "$@" --signers allowed_signers --identity keeper@example.org >said 2>&1; }
for good in p.zip e.zip r.zip; do
    second "$good" || { echo "the second verifier refuses $good:"; cat said; exit 1; }
done
python3 "$home/tests/judges/second_verifier.py" --vectors "$home/fixtures/vectors/proofs.json" >/dev/null
python3 - "$work" "$home/tests/judges" <<'PYTHON'
import contextlib
import hashlib
import io
import os
import sys
import zipfile

os.chdir(sys.argv[1])
os.makedirs("bad")


def write(name, top, files):
    with zipfile.ZipFile(f"bad/{name}.zip", "w") as out:
        for path, data in files.items():
            out.writestr(f"{top}/{path}", data)


def again(files):
    """With manifests that fit."""
    files = {n: d for n, d in files.items() if not n.startswith(("manifest-", "tagmanifest-"))}
    lines = lambda wanted: "".join(f"{hashlib.sha512(d).hexdigest()}  {n}\n" for n, d in files.items() if wanted(n)).encode()
    files["manifest-sha512.txt"] = lines(lambda n: n.startswith("data/"))
    files["tagmanifest-sha512.txt"] = lines(lambda n: not n.startswith(("data/", "signatures/")))
    return files


for archive in ("p", "e", "r"):
    with zipfile.ZipFile(f"{archive}.zip") as zip_file:
        names = zip_file.namelist()
        top = names[0].split("/", 1)[0]
        files = {n[len(top) + 1:]: zip_file.read(n) for n in names}
    for number, (path, data) in enumerate(files.items()):
        if not data:
            continue
        changed = bytearray(data)
        changed[len(data) // 2] ^= 1
        write(f"{archive}-{number}-changed", top, {**files, path: bytes(changed)})
        write(f"{archive}-{number}-gone", top, {n: d for n, d in files.items() if n != path})
        # What a forger of an export may not touch though all digests fit: the rows and their proofs.
        if archive != "p" and path.startswith(("data/rows/", "proof/", "metadata/descriptor", "signatures/")):
            write(f"{archive}-{number}-forged", top, again({**files, path: bytes(changed)}))

sys.path.insert(0, sys.argv[2])
sys.dont_write_bytecode = True
import second_verifier  # noqa: E402

refused = 0
for name in sorted(os.listdir("bad")):
    sys.argv = ["second_verifier.py", f"bad/{name}", "--signers", "allowed_signers", "--identity", "keeper@example.org"]
    said = io.StringIO()
    # Whatever else it raises than its own verdict is a fault of the verifier.
    with contextlib.redirect_stdout(said):
        try:
            second_verifier.main()
            code = 0
        except SystemExit as end:
            code = end.code
    if code in (0, None):
        sys.exit(f"the second verifier accepts {name}, which was tampered with")
    refused += 1
print(f"the second verifier accepts 1 package and 2 exports, and refuses {refused} that were tampered with")
PYTHON
