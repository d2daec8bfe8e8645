"""Kills, full disks and failing system calls while a package is made: nothing half-made may ever be taken for a package.

usage: crash.py HANDOVER EXTRACT [--kills 200] [--disks 100] [--points 40] [--work FOLDER]

After each run: what stands under the final name verifies, or nothing stands there; the input is
untouched; a run that could not do its job says so in one line and ends with status 2; and what a
killed run left is gone after the next run, which says so. Full disks need `unshare` and the right to
mount; failing system calls need `strace`. What cannot be had is said, and the exit status is 77.
"""
import argparse
import hashlib
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PREFIX = ".handover-partial-"
CALLS = {
    "openat": ["ENOSPC", "EMFILE"],
    "read": ["EIO"],
    "pread64": ["EIO"],
    "write": ["EIO", "ENOSPC"],
    "lseek": ["EIO"],
    "fsync": ["EIO", "ENOSPC"],
    "renameat2": ["EIO", "EACCES"],
    "fstat,statx,newfstatat": ["EIO"],
    "flock": ["ENOLCK"],
    "unlink": ["EIO"],
}


def print_tree(folder):
    """Names, sizes, times and digests of all that is in a folder, as one digest."""
    out = hashlib.sha256()
    for path in sorted(pathlib.Path(folder).rglob("*")):
        stat = path.lstat()
        out.update(f"{path}\0{stat.st_mode}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
        if path.is_file():
            out.update(path.read_bytes())
    return out.digest()


class Campaign:
    def __init__(self, options):
        self.options = options
        self.handover = os.path.abspath(options.handover)
        self.extract = os.path.abspath(options.extract)
        self.before = print_tree(self.extract)
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="handover-crash.", dir=options.work))
        self.out, self.temp = self.work / "out", self.work / "temp"
        self.out.mkdir()
        self.temp.mkdir()
        self.final = self.out / "p.zip"
        self.wrong = 0
        self.skipped = False

    def package(self, *before):
        return [*before, self.handover, "package", self.extract, "--output", str(self.final), "--quiet",
                "--temp-dir", str(self.temp), "--memory", "64M", "--accept", "a test", "--accepted-by", "a test"]

    def fail(self, what):
        self.wrong += 1
        print(f"WRONG: {what}")

    def judge(self, what):
        """Whether a package came to stand, and that it is one."""
        if self.final.exists():
            done = subprocess.run([self.handover, "verify", str(self.final)], capture_output=True)
            if done.returncode != 0:
                self.fail(f"{what}: what stands under the final name does not verify")
            return True
        return False

    def left(self):
        return sorted(name for name in os.listdir(self.out) if name.startswith(PREFIX)) + os.listdir(self.temp)

    def leave(self):
        """What a killed run leaves."""
        (self.out / f"{PREFIX}left").write_bytes(b"half of a table")

    def clean(self):
        for folder in (self.out, self.temp):
            for name in os.listdir(folder):
                (folder / name).unlink()

    def kills(self):
        start = time.monotonic()
        subprocess.run(self.package(), check=True, stdout=subprocess.DEVNULL)
        whole = time.monotonic() - start
        self.clean()
        made = left = 0
        for number in range(self.options.kills):
            child = subprocess.Popen(self.package(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(random.random() * whole * 1.05)
            child.send_signal(signal.SIGKILL)
            child.wait()
            what = f"kill {number}"
            made += self.judge(what)
            rest = self.left()
            left += len(rest)
            if [name for name in rest if not name.startswith(PREFIX)]:
                self.fail(f"{what}: {rest} is left in the temporary folder")
            # The next run clears what is left, and says so.
            if rest and number % 10 == 0:
                self.final.unlink(missing_ok=True)
                command = [word for word in self.package() if word != "--quiet"]
                done = subprocess.run(command, capture_output=True, text=True)
                if done.returncode != 0 or not self.judge(what) or self.left():
                    self.fail(f"{what}: the next run: {done.returncode}, {done.stderr}, {self.left()}")
                if any(name not in done.stderr for name in rest):
                    self.fail(f"{what}: the next run does not say that it removed {rest}: {done.stderr}")
            self.final.unlink(missing_ok=True)
        # What is left by now, one more run takes away.
        subprocess.run(self.package(), check=True, stdout=subprocess.DEVNULL)
        if self.left():
            self.fail(f"after all kills: {self.left()}")
        self.clean()
        print(f"kills: {self.options.kills} over {whole:.1f} s each: {made} packages stood whole, {left} temporary files were left and cleared")

    def disks(self):
        subprocess.run(self.package(), check=True, stdout=subprocess.DEVNULL)
        whole = self.final.stat().st_size
        self.clean()
        script = ('mount -t tmpfs -o size="$1" tmpfs "$2" || exit 98; shift 2; "$@" >/dev/null; code=$?; '
                  'ls -A "$DISK" | sed "s/^/LEFT /" >&2; [ -e "$DISK/p.zip" ] && cp "$DISK/p.zip" "$KEEP"; exit $code')
        full = made = 0
        for number in range(self.options.disks):
            # Two in three times the output's disk, else that of the temporary files.
            disk = self.out if number % 3 else self.temp
            most = whole * 1.1 if disk == self.out else 3 << 20
            size = 4096 + int(most * number / self.options.disks) // 4096 * 4096
            environment = dict(os.environ, DISK=str(disk), KEEP=str(self.work / "kept.zip"))
            command = ["unshare", "--mount", "sh", "-c", script, "sh", str(size), str(disk), *self.package()]
            done = subprocess.run(command, capture_output=True, text=True, env=environment)
            if done.returncode == 98 or "unshare:" in done.stderr:
                print("full disks: SKIPPED, a small disk cannot be made here")
                self.skipped = True
                return
            what = f"disk of {size} bytes for {disk.name}"
            lines = done.stderr.splitlines()
            left = [line for line in lines if line.startswith("LEFT ") and line != "LEFT p.zip"]
            stands = "LEFT p.zip" in lines or self.final.exists()
            if left:
                self.fail(f"{what}: {left}")
            if done.returncode == 2:
                full += 1
                if stands:
                    self.fail(f"{what}: status 2, and a file stands under the final name")
                if not any("handover: error:" in line and "full" in line for line in lines):
                    self.fail(f"{what}: no helpful message: {done.stderr}")
            elif done.returncode == 0 and stands:
                made += 1
                kept = self.work / "kept.zip"
                if kept.exists():
                    shutil.move(kept, self.final)
                self.judge(what)
            else:
                self.fail(f"{what}: status {done.returncode}: {done.stderr}")
            self.clean()
        print(f"full disks: {self.options.disks}: {full} ended with status 2 and a message, {made} were large enough")

    def points(self):
        trace = self.work / "trace"
        runs = failed = survived = 0
        for calls, errors in CALLS.items():
            first = calls.split(",")[0]
            if first == "unlink":
                # Only where a run before was killed is there something to take away.
                self.leave()
            done = subprocess.run(self.package("strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={calls}"),
                                  capture_output=True, text=True)
            if done.returncode != 0:
                print(f"failing calls: SKIPPED, strace cannot be used here: {done.stderr[:200]}")
                self.skipped = True
                return
            # The count is for each thread; the most of one thread are the points that there are.
            threads = {}
            for line in trace.read_text(errors="replace").splitlines():
                if "(" in line:
                    threads[line.split()[0]] = threads.get(line.split()[0], 0) + 1
            points = max(threads.values(), default=0)
            self.clean()
            chosen = range(1, points + 1)
            if points > self.options.points:
                chosen = sorted({1 + points * n // self.options.points for n in range(self.options.points)} | {points})
            for error in errors:
                for point in chosen:
                    inject = f"inject={calls}:error={error}:when={point}"
                    command = self.package("strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={calls}", "-e", inject)
                    if first == "unlink":
                        self.leave()
                    done = subprocess.run(command, capture_output=True, text=True)
                    runs += 1
                    what = f"{first} number {point} fails with {error}"
                    stands = self.judge(what)
                    # Where taking away itself fails, the file stays and the next run clears it.
                    rest = self.left()
                    if rest and calls != "unlink":
                        self.fail(f"{what}: {rest} is left")
                    if done.returncode == 0:
                        survived += 1
                        if not stands:
                            self.fail(f"{what}: status 0, and there is no package")
                    else:
                        failed += 1
                        # Before main begins, the loader and the allocator end the process their way.
                        ours = "handover: error:" in done.stderr
                        early = point <= 12 and not stands and done.returncode in (1, 127, 134)
                        if not early and not (done.returncode == 2 and ours) and "panicked" not in done.stderr:
                            self.fail(f"{what}: status {done.returncode}: {done.stderr[:300]}")
                        if "panicked" in done.stderr:
                            self.fail(f"{what}: a panic: {done.stderr[:300]}")
                    self.clean()
            print(f"  {first}: {points} points, {len(chosen)} tried with {', '.join(errors)}")
        print(f"failing calls: {runs} runs: {failed} ended with a message, {survived} did their job in spite of it")

    def run(self):
        try:
            self.kills()
            self.disks()
            self.points()
            if print_tree(self.extract) != self.before:
                self.fail("the input was touched")
        finally:
            shutil.rmtree(self.work, ignore_errors=True)
        print("crash campaign: " + ("all as it should be" if not self.wrong else f"{self.wrong} WRONG"))
        return 1 if self.wrong else 77 if self.skipped else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("handover")
    parser.add_argument("extract")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--disks", type=int, default=100)
    parser.add_argument("--points", type=int, default=40, help="points of each call that are tried at most")
    parser.add_argument("--work", default=None)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random.seed(options.seed)
    sys.exit(Campaign(options).run())


main()
