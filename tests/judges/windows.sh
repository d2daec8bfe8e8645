#!/usr/bin/env bash
# Cross-compiles the program for Windows (x86_64-pc-windows-gnu) with Debian's compiler, the sources of its standard library and mingw-w64, all unpacked into the target folder; nothing is installed.
# Usage: windows.sh [check|build]   (check: types and cfg only; build, the default: handover.exe, which is named at the end)
# Exit status: 0 it compiles; 1 it does not; 77 the packages cannot be had (they are Debian 12's, with its security updates).
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
"$cargo" "$verb" --locked -Z build-std=std,panic_unwind --target x86_64-pc-windows-gnu --bin handover || exit 1
[ "$verb" != build ] || ls -l "$CARGO_TARGET_DIR/x86_64-pc-windows-gnu/debug/handover.exe"
