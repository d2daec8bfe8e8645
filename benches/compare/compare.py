"""Runs handover and its peers as whole processes over the same files, and writes what they took.

Called by run.sh, which makes the data and installs the peers. Every job is run several times in turn
with the others of its group, on files in the page cache. Measured are wall time, processor time (user
and system, of all processes of the job) and peak resident memory (of all processes of the job
together, sampled; or of the largest alone as the kernel counted it, whichever is more). Medians are
shown.

A program is measured only after it has shown on a small extract that it does the job: a checker must
pass the clean one and refuse one with a planted flaw, a verifier must refuse a flipped bit.
"""

import argparse
import csv
import datetime
import os
import platform
import re
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Run:
    wall: float
    processor: float
    peak: int
    status: int


@dataclass
class Job:
    """One line of the table. `before` is done before each run and is not measured."""

    group: str
    name: str
    command: str
    note: str = ""
    before: object = None
    payload: int = 0
    # What it writes, whose size is shown.
    writes: object = None
    size: int = 0
    runs: list = field(default_factory=list)
    failure: str = ""


def family_memory(first):
    """Resident bytes of a process and of those that come from it."""
    total, family = 0, [first]
    for process in family:
        try:
            total += int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE
            for children in Path(f"/proc/{process}/task").glob("*/children"):
                family += children.read_text().split()
        except OSError:
            continue
    return total


def measure(command, log):
    """Runs a shell command to its end."""
    peak = 0
    done = threading.Event()

    # Ten times a second, of few files: what looks all the time takes from programs that use all
    # cores, and hardly from those that use one.
    def watch(first):
        nonlocal peak
        while not done.wait(0.1):
            peak = max(peak, family_memory(first))

    # What a job before has left to be written would be written while this one runs.
    os.sync()
    start = time.monotonic()
    process = subprocess.Popen(
        ["sh", "-c", command], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
    )
    watcher = threading.Thread(target=watch, args=(process.pid,))
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    done.set()
    watcher.join()
    largest = usage.ru_maxrss * 1024
    # A child's count begins with the size of the process that started it.
    if largest > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024:
        peak = max(peak, largest)
    return Run(wall, usage.ru_utime + usage.ru_stime, peak, process.returncode)


DAMAGES = {
    "unclosed-quote": "the first row of the largest file opens a quote that is never closed",
    "error-in-every-row": "a value of the wrong type in every row of the largest file",
    "errors-everywhere": "in the three largest files every GUID and every date is wrong",
}


def damaged(extract, folder, kind):
    """A copy of an extract with that damage, made once."""
    mark = folder.with_suffix(".made")
    if mark.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = sorted(extract.iterdir(), key=lambda file: -file.stat().st_size)
    for place, file in enumerate(files):
        target = folder / file.name
        if place >= (3 if kind == "errors-everywhere" else 1):
            os.link(file, target)
            continue
        with file.open("rb") as source, target.open("wb") as out:
            out.write(source.readline())
            for number, line in enumerate(source):
                if kind == "errors-everywhere":
                    line = re.sub(rb"(\d{4})-(\d\d)-(\d\d)", rb"\3/\2/\1", line.replace(b"{", b"{g"))
                elif kind == "error-in-every-row":
                    line = line.replace(b",false,", b",fals,").replace(b'"false"', b'"fals"')
                elif number == 0:
                    line = line.replace(b"-", b'-,"', 1) if b'"' in line else line.replace(b",YMD,", b',"YMD,', 1)
                out.write(line)
    mark.touch()
    return folder


class Comparison:
    def __init__(self, options):
        self.options = options
        self.work = Path(options.work)
        self.log = (self.work / "compare.log").open("w")
        self.jobs = []
        self.notes = []
        self.q = shlex.quote

    def handover(self, template, extract, package):
        return template.format(
            handover=self.q(self.options.handover),
            extract=self.q(str(extract)),
            package=self.q(str(package)),
            jobs=self.options.jobs,
        )

    def duckdb(self, extract, uuid):
        """Writes the script, which is not measured; returns the command that runs it."""
        script = self.work / f"{extract.name}{'-uuid' if uuid else ''}.sql"
        command = [self.options.python, str(HERE / "duckdb_check.py"), "write", str(extract)]
        script.write_bytes(subprocess.check_output(command + (["--uuid"] if uuid else [])))
        return f"{self.q(self.options.python)} {self.q(str(HERE / 'duckdb_check.py'))} run {self.q(str(script))}"

    def qsv(self, extract, keys=()):
        schemas = self.work / f"{extract.name}-qsv{'-keys' if keys else ''}"
        subprocess.check_call([sys.executable, str(HERE / "qsv_schema.py"), str(extract), str(schemas), *keys])
        files = [self.q(str(file)) for file in sorted(extract.glob("*.csv"))]
        each = [
            f"{self.q(self.options.qsv)} validate {file} {self.q(str(schemas))}/$(basename {file}).json"
            for file in files
        ]
        return " && ".join(each)

    def tool(self, name):
        return self.q(str(Path(self.options.python).parent / name))

    def does_the_job(self, what, good, bad):
        """Whether the first command succeeds and the second one finds the problem (exit 1)."""
        first = measure(good, self.log).status
        second = measure(bad, self.log).status if first == 0 else None
        if (first, second) == (0, 1):
            return True
        self.notes.append(f"{what} was not measured: exit {first} where all is well, {second} where not.")
        return False

    def add(self, *arguments, **names):
        self.jobs.append(Job(*arguments, **names))

    def plan(self, extract):
        options, work, q = self.options, self.work, self.q
        payload = sum(file.stat().st_size for file in extract.glob("*.csv"))
        label = extract.name
        clean, flawed = Path(options.clean), Path(options.flawed)
        package, small = work / f"{label}.handover.zip", work / "small.handover.zip"
        bag, bagzip, out = work / "bag", work / f"{label}.bag.zip", work / "unpacked"

        def fresh(*paths):
            def clear():
                for path in paths:
                    if path.is_dir():
                        shutil.rmtree(path)
                    else:
                        path.unlink(missing_ok=True)

            return clear

        # The check.
        group = f"check, {label}"
        checks = self.handover(options.check, clean, small), self.handover(options.check, flawed, small)
        if self.does_the_job("handover check", *checks):
            self.add(group, "handover check", self.handover(options.check, extract, package), payload=payload)
        for uuid in (False, True):
            name = "DuckDB, GUIDs as UUID" if uuid else "DuckDB"
            if self.does_the_job(name, self.duckdb(clean, uuid), self.duckdb(flawed, uuid)):
                note = "the same checks, counts only" + ("; lower-case GUIDs pass" if uuid else "")
                self.add(group, name, self.duckdb(extract, uuid), note, payload=payload)
        polars = f"{q(options.python)} {q(str(HERE / 'polars_check.py'))} "
        if self.does_the_job("Polars", polars + q(str(clean)), polars + q(str(flawed))):
            note = "the same checks, counts only; a row of the wrong width ends it"
            self.add(group, "Polars", polars + q(str(extract)), note, payload=payload)
        # What takes hours on more is shown on little.
        frictionless = f"{self.tool('frictionless')} validate --trusted "
        if payload > 100e6:
            self.notes.append("frictionless-py was not measured on more than 100 MB.")
        elif self.does_the_job(
            "frictionless-py",
            f"{frictionless} {q(str(clean))}/datapackage.json",
            f"{frictionless} {q(str(flawed))}/datapackage.json",
        ):
            command = f"{frictionless} {q(str(extract))}/datapackage.json"
            self.add(group, "frictionless-py", command, "the same checks", payload=payload)
        if not options.qsv:
            self.notes.append("qsv was not measured: it is not installed.")
        elif self.does_the_job("qsv validate", self.qsv(clean), self.qsv(flawed)):
            note = "cells only: no keys, no references"
            self.add(group, "qsv validate, file by file", self.qsv(extract), note, payload=payload)
            keys = ["--keys"]
            if self.does_the_job("qsv validate with keys", self.qsv(clean, keys), self.qsv(flawed, keys)):
                note = "primary keys and references of one column too"
                self.add(group, "qsv validate with keys", self.qsv(extract, keys), note, payload=payload)

        # Damage must not cost much more than its absence, and a start next to nothing.
        if options.damaged and self.does_the_job("handover check", *checks):
            group = f"check of damaged files, {label}"
            self.add(group, "as generated", self.handover(options.check, extract, package), payload=payload)
            for kind, note in DAMAGES.items():
                folder = damaged(extract, work / f"{label}-{kind}", kind)
                command = self.handover(options.check, folder, package) + "; test $? -eq 1"
                self.add(group, f"{kind}", command, note, payload=payload)
            group = "start"
            self.add(group, "handover --version", f"{q(options.handover)} --version")
            small_check = self.handover(options.check, clean, small)
            self.add(group, "handover check of 200 kB", small_check)

        # The package.
        group = f"package, {label}"
        made = f"rm -f {q(str(small))} && " + self.handover(options.package, clean, small)
        spoilt = f"rm -f {q(str(small))} && " + self.handover(options.package, flawed, small)
        packs = self.does_the_job("handover package", made + f" && test -s {q(str(small))}", spoilt)
        if packs:
            command = self.handover(options.package, extract, package)
            note = "one read, row proofs and index too; what is packed is unpacked again, and the package read back"
            self.add(group, "handover package", command, note, fresh(package), payload, package)
            for name, more in {
                "handover package --level 1": "--level 1",
                "handover package, not read back": "--no-reread",
                "the same, --level 1": "--no-reread --level 1",
                "the same, --level 1 --digest sha256": "--no-reread --level 1 --digest sha256",
                "the same, --level 0 --digest sha256": "--no-reread --level 0 --digest sha256",
            }.items():
                other = work / f"{label}.other.zip"
                command = f"{self.handover(options.package, extract, other)} {more}"
                self.add(group, name, command, "", fresh(other), payload, other)

        def link(*stale):
            fresh(bag, *stale)()
            shutil.copytree(extract, bag, copy_function=os.link)

        def link_all():
            link(bagzip)

        bagged = (
            f"{self.tool('bagit.py')} --quiet --sha512 --processes {options.jobs} {q(str(bag))} && "
            f"cd {q(str(work))} && zip -q -r -6 {q(str(bagzip))} {bag.name}"
        )
        note = "three reads; the folder is bagged in place"
        self.add(group, "bagit.py, zip -6", bagged, "two reads, and no check", link_all, payload, bagzip)
        sums = f"cd {q(str(extract))} && find . -type f -exec sha512sum {{}} + >/dev/null"
        self.add(group, "sha512sum", sums, "one read, nothing packed", payload=payload)
        chain = f"{self.duckdb(extract, False)} && {bagged}"
        self.add(group, "DuckDB, bagit.py, zip -6", chain, note, link_all, payload, bagzip)

        pigz = (
            f"{self.tool('bagit.py')} --quiet --sha512 --processes {options.jobs} {q(str(bag))} && "
            f"cd {q(str(work))} && tar -cf - {bag.name} | pigz -6 -p {options.jobs} > {q(str(bagzip) + '.tgz')}"
        )
        if shutil.which("pigz"):
            note = "two reads, and no check; a tar, of which no file can be had by itself"
            self.add(group, "bagit.py, tar, pigz -6", pigz, note, link, payload)
        else:
            self.notes.append("pigz was not measured: it is not installed.")

        # The verification.
        group = f"verify, {label}"
        if packs:
            verify = self.handover(options.verify, extract, small)
            flip = (
                f"{q(sys.executable)} -c \"import sys; p = sys.argv[1]; b = bytearray(open(p, 'rb').read()); "
                f"b[len(b) // 3] ^= 1; open(p, 'wb').write(b)\" {q(str(small))} && {verify}"
            )
            if self.does_the_job("handover verify", f"{made} && {verify}", flip):
                command = self.handover(options.verify, extract, package)
                self.add(group, "handover verify", command, "without unpacking", payload=payload)
                hashed = work / f"{label}.sha256.zip"
                make = f"{self.handover(options.package, extract, hashed)} --no-reread --digest sha256"

                def made_once():
                    if not hashed.exists() or hashed.stat().st_mtime < Path(options.handover).stat().st_mtime:
                        hashed.unlink(missing_ok=True)
                        measure(make, self.log)

                command = self.handover(options.verify, extract, hashed)
                note = "a package with --digest sha256"
                self.add(group, "handover verify, SHA-256", command, note, made_once, payload)
        unpack = f"unzip -q {q(str(bagzip))} -d {q(str(out))} && cd {q(str(out / bag.name))}"
        validate = f"{self.tool('bagit.py')} --quiet --validate --processes {options.jobs} ."
        self.add(group, "unzip, bagit.py --validate", f"{unpack} && {validate}", "", fresh(out), payload)
        sums = "sha512sum --quiet -c manifest-sha512.txt"
        self.add(group, "unzip, sha512sum -c", f"{unpack} && {sums}", "payload only", fresh(out), payload)
        self.add(group, "unzip -t", f"unzip -tqq {q(str(bagzip))}", "CRC-32 only", payload=payload)

        # The retrieval: a patient from the middle of the extract. Peers find lines that name them; the
        # rows that name only another of their rows, and proofs, they do not.
        group = f"retrieve, {label}"
        patients = next(iter(sorted(extract.glob("*Admin_Patient_2*.csv"))), None)
        if packs and patients:
            with patients.open(newline="") as rows:
                rows = list(csv.DictReader(rows))
            patient = rows[len(rows) // 2]["PatientGuid"]
            export = work / "export.zip"
            who = f"--patient {q(patient)} --reason comparison --requested-by comparison"
            command = f"{q(options.handover)} retrieve {q(str(package))} {who} --output {q(str(export))} --jobs {options.jobs}"
            note = "all rows, attributed through several tables, with proofs, written and synced"
            self.add(group, "handover retrieve", command, note, fresh(export), payload)
            unpacked = f"unzip -p {q(str(bagzip))} | grep -aF {q(patient)} >/dev/null"
            self.add(group, "unzip -p, grep", unpacked, "rows that name the patient themselves", payload=payload)

    def run(self):
        """Group by group, so that what one group makes is there for the next; in turn within one."""
        wanted = re.compile(self.options.only)
        self.jobs = [job for job in self.jobs if wanted.search(job.group)]
        groups = list(dict.fromkeys(job.group for job in self.jobs))
        for group in groups:
            for turn in range(self.options.runs):
                for job in (job for job in self.jobs if job.group == group and not job.failure):
                    if job.before:
                        job.before()
                    print(f"{group}: {job.name} ({turn + 1} of {self.options.runs})", file=sys.stderr)
                    run = measure(job.command, self.log)
                    if run.status != 0:
                        job.failure = f"exit {run.status}"
                    else:
                        job.runs.append(run)
                        job.size = job.writes.stat().st_size if job.writes else 0

    def table(self):
        lines = []
        for group in dict.fromkeys(job.group for job in self.jobs):
            jobs = [job for job in self.jobs if job.group == group]
            lines += ["", f"## {group}", ""]
            lines.append("| program | wall s | MB/s | processor s | cores used | peak MiB | wall, of the first | writes MB | |")
            lines.append("|---|--:|--:|--:|--:|--:|--:|--:|---|")
            first = None
            for job in jobs:
                if job.failure:
                    lines.append(f"| {job.name} | failed: {job.failure} | | | | | | | {job.note} |")
                    continue
                wall = statistics.median(run.wall for run in job.runs)
                processor = statistics.median(run.processor for run in job.runs)
                peak = max(run.peak for run in job.runs) / 2**20
                first = first or wall
                size = f"{job.size / 1e6:.1f}" if job.size else ""
                lines.append(
                    f"| {job.name} | {wall:.2f} | {job.payload / wall / 1e6:.0f} | {processor:.2f} | "
                    f"{processor / wall:.2f} | {peak:.0f} | {wall / first:.2f} | {size} | {job.note} |"
                )
        return lines


def machine():
    """Model, cores and memory; never the host's name."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    total = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) / 2**20
    return model, len(os.sched_getaffinity(0)), round(total)


def versions(options):
    def first_line(*command):
        try:
            out = subprocess.run(command, capture_output=True, text=True, timeout=20)
            return ((out.stdout or out.stderr).strip().splitlines() or ["no version"])[0]
        except OSError:
            return "absent"

    listed = (
        "import importlib.metadata as m; "
        "print(', '.join(f'{name} {m.version(name)}' for name in ('duckdb', 'polars', 'frictionless', 'bagit')))"
    )
    found = [first_line(options.handover, "--version"), first_line(options.python, "-c", listed)]
    if options.qsv:
        # The rest of its line describes the machine.
        found.append(re.split(r"-|;", first_line(options.qsv, "--version"))[0])
    found.append(first_line("sh", "-c", "zip -v | sed -n 's/^This is //p'"))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extracts", nargs="+", help="folders of generated extracts")
    parser.add_argument("--clean", required=True, help="a small extract without flaws")
    parser.add_argument("--flawed", required=True, help="a small extract with a flaw")
    parser.add_argument("--work", required=True, help="folder for what is made")
    parser.add_argument("--results", required=True, help="folder for the written results")
    parser.add_argument("--python", required=True, help="the Python that has duckdb and bagit")
    parser.add_argument("--qsv", default="", help="qsv or qsvlite; empty where there is none")
    parser.add_argument("--handover", required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="a regular expression: the groups of jobs to run")
    parser.add_argument("--damaged", action="store_true", help="also check damaged copies, and time a start")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    memory = "--memory 256M --jobs {jobs}"
    schema = "--schema {extract}/datapackage.json"
    parser.add_argument("--check", default="{handover} check {extract} " + f"{schema} {memory}")
    parser.add_argument(
        "--package", default="{handover} package {extract} " + f"{schema} --output {{package}} {memory}"
    )
    parser.add_argument("--verify", default="{handover} verify {package}")
    options = parser.parse_args()

    comparison = Comparison(options)
    for extract in options.extracts:
        for file in Path(extract).iterdir():
            with file.open("rb") as stream:
                while stream.read(1 << 20):
                    pass
        comparison.plan(Path(extract).resolve())
    comparison.run()

    model, cores, memory = machine()
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    lines = [
        f"# {today}: {model}, {cores} cores, {memory} GiB",
        "",
        f"Medians of {options.runs} runs of whole processes, the files in the page cache; peak memory is the",
        "most of any run. MB/s counts the bytes of the extract's files. Versions: " + "; ".join(versions(options)).rstrip(".") + ".",
        "Made by `benches/compare/run.sh`, which says what each program does and does not check.",
    ]
    lines += comparison.table()
    if comparison.notes:
        lines += ["", "Notes:", ""] + [f"- {note}" for note in dict.fromkeys(comparison.notes)]
    text = "\n".join(lines) + "\n"
    slug = re.sub(r"[^a-z0-9]+", "-", f"{model} {cores} cores".lower()).strip("-")
    target = Path(options.results)
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{today}-{slug}.md").write_text(text)
    print(text)
    return 1 if any(job.failure for job in comparison.jobs) else 0


if __name__ == "__main__":
    sys.exit(main())
