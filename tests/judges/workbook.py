"""Has openpyxl and LibreOffice read a workbook of very many findings, and stops the writing of one.

usage: workbook.py HANDOVER [--tables 140] [--work FOLDER]

Each table has 500 columns and 18 rows, and every cell is a finding: 140 tables give 70,000 groups, each with
a link, and 1,260,000 findings, more than a sheet has rows. What both read must be what the CSV report of the
same run holds; links stay below what spreadsheet programs take; each sheet says what is not listed. Then
SIGINT comes at several moments of the writing: the program must be gone within a second, with status 130,
and leave nothing. Needs openpyxl; without `soffice` its part is said to be skipped.
"""
import argparse
import collections
import csv
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

import openpyxl

COLUMNS, ROWS = 500, 18
MOST_ROWS, MOST_LINKS = 1_048_576, 65_530
SHOWN = ["Severity", "Code", "Table", "File", "Row", "Line", "Byte", "Column", "Column name", "What is wrong", "Shape"]
IN_CSV = ["severity", "code", "table", "file", "row", "line", "byte", "column", "field", "message", "shape"]


def make(folder, tables):
    folder.mkdir()
    resources = []
    for number in range(tables):
        # No two rows are the same, and no two files: cells alone are what is wrong.
        names = [f"f{column}" for column in range(COLUMNS)]
        fields = [{"name": name, "type": "integer"} for name in names]
        resources.append({"name": f"t{number}", "path": f"t{number}.csv", "schema": {"fields": fields}})
        cells = ["x"] * (COLUMNS - 1)
        rows = [",".join(names)] + [",".join([f"x{number}-{row}", *cells]) for row in range(ROWS)]
        (folder / f"t{number}.csv").write_text("\n".join(rows) + "\n")
    (folder / "datapackage.json").write_text(json.dumps({
        "name": "many", "handover": {"auditTrail": {"absent": "an example"}}, "resources": resources}))


def processor(pid):
    """Seconds of processor time that a process has used; None where it is gone."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_waiting(process):
    """Whether a thread of a process waits for the disk."""
    for stat in pathlib.Path(f"/proc/{process}/task").glob("*/stat"):
        try:
            if stat.read_text().rsplit(")", 1)[1].split()[0] == "D":
                return True
        except OSError:
            pass
    return False


class Judge:
    def __init__(self, handover, work, tables):
        self.handover, self.work = os.path.abspath(handover), work
        self.findings, self.groups = tables * COLUMNS * ROWS, tables * COLUMNS
        self.wrong = 0

    def fail(self, text):
        self.wrong += 1
        print(f"WRONG: {text}")

    def equal(self, what, found, expected):
        if found != expected:
            self.fail(f"{what}: {found!r}, and not {expected!r}")

    def command(self, *reports):
        options = [word for report in reports for word in ("--report", str(report))]
        return [self.handover, "check", str(self.work / "extract"), "--quiet", "--samples", "all", *options,
                "--temp-dir", str(self.work / "temp")]

    def write(self):
        start = time.monotonic()
        timed = ["/usr/bin/time", "-f", "%M", "-o", str(self.work / "peak")]
        timed = timed if os.path.exists(timed[0]) else []
        done = subprocess.run(timed + self.command(self.work / "r.xlsx", self.work / "r.csv"), stdout=subprocess.DEVNULL)
        self.equal("status of the check", done.returncode, 1)
        peak = int((self.work / "peak").read_text().split()[-1]) // 1024 if timed else 0
        size = (self.work / "r.xlsx").stat().st_size
        print(f"written: {self.findings:,} findings in {self.groups:,} groups, {time.monotonic() - start:.1f} s with check and "
              f"CSV, {peak} MiB peak, {size:,} bytes")
        with open(self.work / "r.csv", newline="", encoding="utf-8") as file:
            lines = ([line[name] for name in IN_CSV] for line in csv.DictReader(file))
            # Both write the columns of a finding in letters; these findings have one.
            self.expected = collections.Counter(tuple(line) for line in lines)
        self.equal("findings in the CSV report", self.expected.total(), self.findings)

    def compare(self, what, rows):
        """Rows of the sheet of findings, the headings first, against the CSV report."""
        headings = next(rows)
        places = [headings.index(name) for name in SHOWN]
        left, listed, last = self.expected.copy(), 0, None
        for row in rows:
            line = tuple(row[place] for place in places)
            if left[line] == 0:
                last = row
                continue
            left[line] -= 1
            listed += 1
        room = min(self.findings, MOST_ROWS - 2)
        self.equal(f"{what}: findings listed", listed, room)
        if self.findings > room:
            note = f"{room:,} of {self.findings:,} findings are listed"
            if not (last and last[0].startswith(note)):
                self.fail(f"{what}: the last row is {last}, and does not begin with {note!r}")
        print(f"{what}: {listed:,} findings are as the CSV report has them")

    def openpyxl(self):
        start = time.monotonic()
        book = openpyxl.load_workbook(self.work / "r.xlsx", read_only=True)
        text = lambda cell: "" if cell is None else str(cell)
        self.compare("openpyxl", ([text(cell) for cell in row] for row in book["Findings"].iter_rows(values_only=True)))
        groups = list(book["Groups"].iter_rows(values_only=True))
        times = groups[0].index("Times")
        self.equal("openpyxl: groups", len(groups) - 1, self.groups)
        self.equal("openpyxl: findings of all groups", sum(row[times] for row in groups[1:]), self.findings)
        for row in book["Groups"].iter_rows(max_row=1):
            for cell in row:
                self.equal("openpyxl: a heading's kind", cell.data_type, "s")
        print(f"openpyxl: {time.monotonic() - start:.0f} s")
        self.sheets = book.sheetnames

    def links(self):
        # A group leads to its first example, where that is listed.
        begun = -(-min(self.findings, MOST_ROWS - 2) // ROWS)
        with zipfile.ZipFile(self.work / "r.xlsx") as parts:
            for number, name in enumerate(self.sheets, 1):
                links, formulas = 0, 0
                with parts.open(f"xl/worksheets/sheet{number}.xml") as part:
                    tail = b""
                    while block := part.read(1 << 20):
                        data = tail + block
                        # What a tag shares with the next block is counted there.
                        tail = data[-10:]
                        links += data.count(b"<hyperlink ") - tail.count(b"<hyperlink ")
                        formulas += data.count(b"<f>") - tail.count(b"<f>")
                expected = {"Findings": min(self.findings, MOST_LINKS), "Groups": min(self.groups, MOST_LINKS, begun)}
                if name in expected:
                    self.equal(f"links of {name}", links, expected[name])
                    print(f"links of {name}: {links:,}")
                self.equal(f"formulas of {name}", formulas, 0)

    def libreoffice(self):
        if not shutil.which("soffice"):
            print("LibreOffice: SKIPPED, there is no soffice")
            return
        start = time.monotonic()
        out = self.work / "sheets"
        # Comma, double quote, UTF-8, every sheet as it is shown into a file of its own; numbers unformatted.
        form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
        done = subprocess.run(["soffice", f"-env:UserInstallation=file://{self.work}/profile", "--headless", "--convert-to",
                               form, "--outdir", str(out), str(self.work / "r.xlsx")], capture_output=True, text=True)
        files = sorted(path.name for path in out.glob("*.csv")) if out.exists() else []
        self.equal("LibreOffice: sheets", files, sorted(f"r-{name}.csv" for name in self.sheets))
        if not files:
            self.fail(f"LibreOffice: {done.stdout} {done.stderr}")
            return
        with open(out / "r-Findings.csv", newline="", encoding="utf-8") as file:
            self.compare("LibreOffice", csv.reader(file))
        with open(out / "r-Groups.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
            self.equal("LibreOffice: groups", len(rows), self.groups)
            self.equal("LibreOffice: findings of all groups", sum(int(row["Times"]) for row in rows), self.findings)
        print(f"LibreOffice: {time.monotonic() - start:.0f} s")

    def interrupt(self, wait):
        """SIGINT, `wait` seconds after the report was begun."""
        folder, temp = self.work / "stopped", self.work / "temp"
        folder.mkdir()
        child = subprocess.Popen(self.command(folder / "r.xlsx"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while child.poll() is None and not os.listdir(folder):
            time.sleep(0.01)
        time.sleep(wait)
        if child.poll() is not None:
            shutil.rmtree(folder)
            return False
        start, used = time.monotonic(), processor(child.pid) or 0
        child.send_signal(signal.SIGINT)
        disk, busy = 0.0, 0.0
        while child.poll() is None:
            before = time.monotonic()
            waits = is_waiting(child.pid)
            now = processor(child.pid)
            busy = busy if now is None else now - used
            time.sleep(0.01)
            disk += (time.monotonic() - before) if waits else 0
        errors = child.stderr.read()
        took = time.monotonic() - start
        what = f"SIGINT after {wait:.1f} s of writing"
        self.equal(f"{what}: status", child.returncode, 130)
        self.equal(f"{what}: left", os.listdir(folder) + os.listdir(temp), [])
        # The last thing that is done to a file is to bring it to the disk, which nothing can break off; and
        # where others have the processor, the second is one of the program's own.
        if min(took - disk, busy) > 1:
            self.fail(f"{what}: {took:.2f} s until the program was gone, {busy:.2f} s of them at work, {disk:.2f} s in wait for the disk")
        if not re.search("handover: error: interrupted", errors):
            self.fail(f"{what}: {errors}")
        print(f"{what}: gone after {took:.2f} s, {disk:.2f} s of them in wait for the disk")
        shutil.rmtree(folder)
        return True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("handover")
    parser.add_argument("--tables", type=int, default=140)
    parser.add_argument("--work", default=None)
    options = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="handover-workbook.", dir=options.work))
    try:
        make(work / "extract", options.tables)
        (work / "temp").mkdir()
        judge = Judge(options.handover, work, options.tables)
        judge.write()
        judge.openpyxl()
        judge.links()
        judge.libreoffice()
        wait, stopped = 0.1, 0
        while judge.interrupt(wait):
            stopped += 1
            wait *= 2
        if stopped == 0:
            judge.fail("no run was long enough to be stopped")
        sys.exit(1 if judge.wrong else 0)
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()
