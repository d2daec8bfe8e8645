#!/usr/bin/env bash
# Cross-compiles the program for Windows (x86_64-pc-windows-gnu) with Debian's compiler, the sources of its standard library and mingw-w64, all unpacked into the target folder; nothing is installed.
# Usage: windows.sh [check|build]   (check: types and cfg only; build, the default: handover.exe, which is named at the end)
#        windows.sh run [EXE [EXTRACT]]   (under Wine: check, package, verify and the start with a lone path, in a folder whose name has a space)
# Exit status: 0 it compiles, or runs; 1 it does not; 77 the packages cannot be had (they are Debian 12's, with its security updates).
set -euo pipefail
cd "$(dirname "$0")/../.."
verb=${1:-build}
place=${CARGO_TARGET_DIR:-$PWD/target}/judges/windows
root=$place/root
cargo=$(rustup which cargo 2>/dev/null || command -v cargo)
if [ ! -e "$root/usr/lib/rustlib/src/rust/library/std" ]; then
    command -v apt-get >/dev/null || { echo "windows.sh: there is no apt-get"; exit 77; }
    mkdir -p "$place/debs" "$root"
    (cd "$place/debs" && apt-get download rustc-web libstd-rust-web-1.96 libstd-rust-web-dev rust-web-src libllvm22 \
        gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-x86-64-win32-runtime binutils-mingw-w64-x86-64 mingw-w64-x86-64-dev mingw-w64-common) >&2 ||
        { echo "windows.sh: the packages cannot be had"; exit 77; }
    for package in "$place"/debs/*.deb; do dpkg -x "$package" "$root"; done
    rm -rf "$root/usr/lib/rustlib/src/rust" "$place/debs"
    ln -s "$(echo "$root"/usr/src/rustc-*)" "$root/usr/lib/rustlib/src/rust"
fi
export LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu PATH=$root/usr/bin:$PATH RUSTC=$root/usr/bin/rustc CARGO_TARGET_DIR=$place/target
# Its standard library is not among Debian's packages, so it is compiled too.
export RUSTC_BOOTSTRAP=1 CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=$root/usr/bin/x86_64-w64-mingw32-gcc-win32
unset RUSTFLAGS
if [ "$verb" = run ]; then
    exe=$(realpath "${2:-$CARGO_TARGET_DIR/x86_64-pc-windows-gnu/debug/handover.exe}")
    extract=$(realpath "${3:-fixtures/extracts/valid-control-totals/extract}")
    command -v wine >/dev/null || { echo "windows.sh: there is no wine"; exit 77; }
    work=$(mktemp -d)
    trap 'WINEPREFIX=$work/wine wineserver -k 2>/dev/null || true; rm -rf "$work"' EXIT
    export WINEPREFIX=$work/wine WINEDEBUG=-all
    mkdir "$work/a folder" && cd "$work/a folder" && cp "$exe" handover.exe && cp -r "$extract" "my extract"
    # Wine before 9 lacks the one function of this library, which Rust takes random bytes from.
    printf '%s\n' '#include <windows.h>' '#include <bcrypt.h>' \
        '__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE p, SIZE_T n) { return BCryptGenRandom(NULL, p, (ULONG)n, BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0; }' > prng.c
    "$CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER" -shared -o bcryptprimitives.dll prng.c -lbcrypt
    wine handover.exe --version
    wine handover.exe check "my extract" </dev/null >said.txt
    head -2 said.txt
    wine handover.exe package "my extract" --output p.handover.zip </dev/null >/dev/null
    wine handover.exe verify p.handover.zip </dev/null >said.txt
    head -2 said.txt
    wine handover.exe "my extract" </dev/null >/dev/null
    wine handover.exe p.handover.zip </dev/null >/dev/null
    unzip -tqq p.handover.zip && test -s "my extract-report.html" && ls
    exit
fi
"$cargo" "$verb" --locked -Z build-std=std,panic_unwind --target x86_64-pc-windows-gnu --bin handover || exit 1
[ "$verb" != build ] || ls -l "$CARGO_TARGET_DIR/x86_64-pc-windows-gnu/debug/handover.exe"
