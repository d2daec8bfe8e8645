#!/usr/bin/env bash
# Lets other people's tools judge a package of ours: unzip, 7z, Python's zipfile, bagit.py, the BagIt profile's validator, sha512sum and ssh-keygen; then
# unzipped, and zipped again by zip, 7z and Python, it must still verify.
# usage: tests/judges/stock.sh HANDOVER [EXTRACT]
# Exit status: 0 all agree; 1 one does not; 77 those that could be had agree, and the absent ones are named. With REQUIRE=1 an absent one is a failure.
set -uo pipefail
home=$(cd "$(dirname "$0")/../.." && pwd)
handover=$(realpath "$1")
extract=$(realpath "${2:-$home/fixtures/extracts/emis-small}")
work=$(mktemp -d "${TMPDIR:-/var/tmp}/handover-stock.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
wrong=0
absent=""
says() { # WHO WHAT COMMAND…
    local who=$1 what=$2
    shift 2
    if "$@" >said 2>&1; then echo "$who: $what: agrees"; else echo "$who: $what: DOES NOT AGREE"; head -20 said; wrong=1; fi
}
has() { # NAME…: the first that is there, in `tool`
    local name
    for name in "$@"; do tool=$(command -v "$name") && return 0; done
    absent="$absent $1"
    return 1
}
refuses() { ! "$@"; }

"$handover" key generate key --no-passphrase --principal keeper@example.org --quiet | tail -n 1 >allowed_signers || exit 1
"$handover" package "$extract" --output p.zip --digest both --sign key --info ods=A81001 --accept "a test" --accepted-by "a test" --quiet >/dev/null || exit 1
says handover "the package" "$handover" verify p.zip --signers allowed_signers

has unzip && says unzip "the package" "$tool" -tqq p.zip && unzip -q p.zip
has 7z 7zz 7za && says 7z "the package" "$tool" t -bso0 p.zip && seven=$tool
if has python3; then
    says zipfile "the package" python3 -c 'import zipfile; assert zipfile.ZipFile("p.zip").testzip() is None'
    [ -d A81001-* ] 2>/dev/null || python3 -m zipfile -e p.zip .
fi
bag=$(echo A81001-*)
[ -d "$bag" ] || { echo "nothing here can unpack a zip"; exit 77; }
for bits in 256 512; do
    has "sha${bits}sum" || continue
    for manifest in manifest tagmanifest; do
        says "sha${bits}sum" "$manifest-sha$bits.txt" sh -c "cd '$bag' && sha${bits}sum -c --strict --quiet $manifest-sha$bits.txt"
    done
done
venv="${CARGO_TARGET_DIR:-$home/target}/judges/bagit"
python="$venv/bin/python"
if ! "$python" -c 'import bagit, bagit_profile' 2>/dev/null; then
    mkdir -p "$(dirname "$venv")"
    { python3 -m venv "$venv" && "$python" -m pip install --quiet --disable-pip-version-check \
        'bagit==1.9.0' 'bagit_profile==1.3.1' 'setuptools<81'; } >said 2>&1
fi
if "$python" -c 'import bagit, bagit_profile' 2>/dev/null; then
    says bagit.py "the bag" "$python" -m bagit --quiet --validate "$bag"
    says "the profile's validator" "the bag" "$python" "$home/tests/judges/profile.py" "$home/docs/bagit-profile.json" "$bag"
else
    absent="$absent bagit.py"
fi
if has ssh-keygen; then
    for bits in 256 512; do
        file="$bag/tagmanifest-sha$bits.txt"
        verify="ssh-keygen -Y verify -f allowed_signers -I keeper@example.org -n handover -s '$bag/signatures/tagmanifest-sha$bits.txt.sig'"
        says ssh-keygen "the signature of tagmanifest-sha$bits.txt" sh -c "$verify < '$file'"
        says ssh-keygen "that another file does not fit it" refuses sh -c "$verify < '$bag/bagit.txt'"
    done
fi
# What VERIFY.txt tells people to type, word for word.
if command -v unzip sha256sum sha512sum ssh-keygen >/dev/null; then
    mkdir literal && cp p.zip literal/PACKAGE.zip && cp allowed_signers literal/
    sed -n '/on Linux or macOS/,/on Windows/p' "$bag/VERIFY.txt" | sed -n 's/^    //p' | sed 's/-I NAME/-I keeper@example.org/' >literal/commands
    [ "$(wc -l <literal/commands)" -eq 8 ] || { echo "VERIFY.txt has not the eight commands that it had"; wrong=1; }
    says sh "the commands of VERIFY.txt" sh -c "cd literal && sh -e commands"
fi
# Unzipped, and zipped again by others.
says handover "the unzipped bag" "$handover" verify "$bag" --signers allowed_signers
has zip && "$tool" -qr again-zip.zip "$bag" && says handover "zipped again by zip" "$handover" verify again-zip.zip --signers allowed_signers
if [ -n "${seven:-}" ]; then
    "$seven" a -bso0 again-7z.zip "$bag" >/dev/null && says handover "zipped again by 7z" "$handover" verify again-7z.zip --signers allowed_signers
fi
if has python3; then
    python3 -m zipfile -c again-python.zip "$bag" && says handover "zipped again by Python" "$handover" verify again-python.zip --signers allowed_signers
fi
[ -z "$absent" ] || echo "could not be had:$absent"
[ "$wrong" = 0 ] || exit 1
[ -z "$absent" ] && exit 0
[ -z "${REQUIRE:-}" ] && exit 77
exit 1
