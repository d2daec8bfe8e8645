#!/usr/bin/env python3
"""What `handover retrieve` gives, beside a brute-force scan of the original files by another program.

    brute_force.py HANDOVER EXTRACT WORK [--count N] [--seed N] [--check N]

Makes a copy of a generated extract in the folder WORK that is as awkward as real ones: rows without dates, two identifiers of one
NHS number, line breaks in quotes, 29 February, and a descriptor under which many rows lead to their patient through one, two
and three other tables (an audit entry to the item that its type names, from there to the observation, from there to the
patient), and documents that rows name (some of them in another case, some not there). Packages it, retrieves N random patients and
ranges, and compares the header, the patient's rows, the rows that they refer to (through as many tables as there are) and the
documents, file by file, byte for byte. Every `--check`th export is also verified by the program and by second_verifier.py.
Attribution, dates, ranges and references are worked out here from the descriptor alone. Needs Python 3.9 and nothing else.
"""
import argparse
import csv
import datetime
import io
import json
import os
import random
import shutil
import subprocess
import sys
import time
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))

ITEMS = [
    ("Consultation", "carerecord_consultation", "ConsultationGuid"),
    ("Observation", "carerecord_observation", "ObservationGuid"),
    ("Problem", "carerecord_problem", "ObservationGuid"),
    ("Referral", "carerecord_observationreferral", "ObservationGuid"),
    ("Diary", "carerecord_diary", "DiaryGuid"),
    ("DrugRecord", "prescribing_drugrecord", "DrugRecordGuid"),
    ("IssueRecord", "prescribing_issuerecord", "IssueRecordGuid"),
    ("AppointmentSlot", "appointment_slot", "SlotGuid"),
]


def records(data):
    """The records of well-formed CSV, as bytes with their line ends."""
    out, begin, quotes = [], 0, 0
    for line in data.splitlines(keepends=True) if b"\r\r" not in data else data.split(b"\n"):
        quotes += line.count(b'"')
        begin += 0
        out.append(line)
    joined, open_line = [], b""
    for line in out:
        open_line += line
        if open_line.count(b'"') % 2 == 0:
            joined.append(open_line)
            open_line = b""
    if open_line:
        joined.append(open_line)
    return joined


def cells(record):
    return next(csv.reader(io.StringIO(record.decode("utf-8"), newline="")))


class Table:
    def __init__(self, resource, folder):
        self.name = resource["name"]
        self.resource = resource
        self.path = os.path.join(folder, resource["path"])
        with open(self.path, "rb") as file:
            self.records = records(file.read())
        self.header = cells(self.records[0])
        self.at = {name: n for n, name in enumerate(self.header)}
        self.rows = None
        schema = resource["schema"]
        self.fields = {field["name"]: field for field in schema["fields"]}
        self.keys = schema.get("foreignKeys", [])

    def parse(self):
        if self.rows is None:
            self.rows = [cells(record) for record in self.records[1:]]
        return self.rows

    def role(self, role):
        names = [n for n, f in self.fields.items() if f.get("handover", {}).get("role") == role]
        return names[0] if names else None


def listed(value):
    return value if isinstance(value, list) else [value]


def disturb(extract, work, rng):
    """The awkward copy."""
    shutil.copytree(extract, work)
    path = os.path.join(work, "datapackage.json")
    with open(path) as file:
        descriptor = json.load(file)
    resources = {r["name"]: r for r in descriptor["resources"]}
    for resource in descriptor["resources"]:
        # Cells that are emptied or lengthened below must stay valid.
        for field in resource["schema"]["fields"]:
            if field.get("handover", {}).get("role") in ("event-date", "nhs-number"):
                field.pop("constraints", None)
    audit = resources["audit_patientaudit"]
    audit["handover"]["references"] = [
        {"when": {"ItemType": kind}, "fields": "ItemGuid", "reference": {"resource": to, "fields": field}}
        for kind, to, field in ITEMS
    ]

    def lead(name, *via):
        resource = resources[name]
        schema = resource["schema"]
        schema["foreignKeys"] = [k for k in schema["foreignKeys"] if k["reference"]["resource"] != "admin_patient"]
        resource["handover"]["patientVia"] = list(via)

    lead("audit_patientaudit", ["ItemGuid"])
    observation = ["ObservationGuid", "OrganisationGuid"]
    for name in ("carerecord_problem", "carerecord_observationreferral"):
        lead(name, observation)
    issue = resources["prescribing_issuerecord"]["schema"]["foreignKeys"]
    if not any(listed(k["fields"]) == ["DrugRecordGuid"] for k in issue):
        issue.append({"fields": "DrugRecordGuid", "reference": {"resource": "prescribing_drugrecord", "fields": "DrugRecordGuid"}})
    lead("prescribing_issuerecord", ["DrugRecordGuid"])
    with open(path, "w") as file:
        json.dump(descriptor, file)

    def rewrite(name, change):
        table = Table(resources[name], work)
        out = [table.records[0]]
        for record in table.records[1:]:
            row = change(table, cells(record))
            if row is None:
                out.append(record)
                continue
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\r\n").writerow(row)
            out.append(text.getvalue().encode("utf-8"))
        with open(table.path, "wb") as file:
            file.write(b"".join(out))

    def dates(table, row):
        chance = rng.random()
        at = table.at[table.role("event-date")]
        if chance < 0.05:
            row[at] = ""
        elif chance < 0.08:
            row[at] = rng.choice(["2012-02-29", "2016-02-29", "2020-02-29"])
        else:
            return None
        return row

    for name in ("carerecord_observation", "carerecord_consultation", "audit_patientaudit", "prescribing_drugrecord"):
        rewrite(name, dates)

    def breaks(table, row):
        if rng.random() >= 0.2:
            return None
        row[table.at["OriginalTerm"]] = "due\r\nsoon, \"said\" the\nletter"
        return row

    rewrite("carerecord_diary", breaks)
    earlier = []

    def numbers(table, row):
        at = table.at["NhsNumber"]
        chance = rng.random()
        if earlier and chance < 0.05:
            row[at] = rng.choice(earlier)
        elif chance < 0.08:
            row[at] = rng.choice(["9999999999", "0000000000", "9434765918", ""])
        else:
            if row[at]:
                earlier.append(row[at])
            return None
        return row

    rewrite("admin_patient", numbers)
    add_letters(descriptor, work, rng)
    with open(path, "w") as file:
        json.dump(descriptor, file)
    return descriptor


def add_letters(descriptor, work, rng):
    """A table whose rows name documents, of some of the patients."""
    resource = {
        "name": "letters", "path": "letters.csv", "handover": {"role": "clinical"},
        "dialect": {"lineTerminator": "\r\n"},
        "schema": {
            "fields": [{"name": "PatientGuid"}, {"name": "OrganisationGuid"}, {"name": "Written", "type": "date", "handover": {"role": "event-date"}},
                       {"name": "Scan", "handover": {"role": "document", "folder": "scans"}}],
            "foreignKeys": [{"fields": ["PatientGuid", "OrganisationGuid"],
                             "reference": {"resource": "admin_patient", "fields": ["PatientGuid", "OrganisationGuid"]}}],
        },
    }
    descriptor["resources"].append(resource)
    patients = Table(next(r for r in descriptor["resources"] if r["name"] == "admin_patient"), work)
    os.makedirs(os.path.join(work, "scans", "Old"))
    lines = ["PatientGuid,OrganisationGuid,Written,Scan\r\n"]
    rows = patients.parse()
    for number in range(min(4000, 2 * len(rows))):
        row = rng.choice(rows)
        name = f"Old/{number}.TIF" if number % 7 == 0 else f"{number}.pdf"
        if number % 11:
            with open(os.path.join(work, "scans", name), "wb") as file:
                file.write(rng.randbytes(rng.choice([0, 1, 5000, 300000]) if number % 50 == 0 else 200))
        named = name.lower().replace("/", "\\") if number % 5 == 0 else name
        written = (datetime.date(2005, 1, 1) + datetime.timedelta(days=rng.randrange(7300))).isoformat()
        lines.append(f"{row[patients.at['PatientGuid']]},{row[patients.at['OrganisationGuid']]},{written},{named}\r\n")
    with open(os.path.join(work, "letters.csv"), "w", newline="") as file:
        file.writelines(lines)


def sound(number):
    number = number.replace(" ", "").replace("-", "")
    if len(number) != 10 or not number.isascii() or not number.isdigit() or len(set(number)) == 1:
        return None
    check = (11 - sum(int(d) * w for d, w in zip(number, range(10, 1, -1))) % 11) % 11
    return number if check == int(number[9]) else None


class Scan:
    """Whose every row is, from the descriptor."""

    def __init__(self, descriptor, folder):
        self.tables = {r["name"]: Table(r, folder) for r in descriptor["resources"]}
        self.owner = {}
        self.by_key = {}
        self.by_any = {}
        self.folder = folder
        self.scans = {}
        for where, _, names in os.walk(os.path.join(folder, "scans")):
            for name in names:
                real = os.path.relpath(os.path.join(where, name), folder)
                self.scans[real.lower()] = real
        patients = next(t for t in self.tables.values() if t.resource.get("handover", {}).get("role") == "patient")
        self.patients = patients
        self.numbers = {}
        at = [patients.at[f] for f in listed(patients.resource["schema"]["primaryKey"])]
        number, ident = patients.at[patients.role("nhs-number")], patients.at[patients.role("patient")]
        self.owner[patients.name] = [tuple(row[n] for n in at) for row in patients.parse()]
        self.ids = {}
        for row, key in zip(patients.parse(), self.owner[patients.name]):
            self.ids.setdefault(key, row[ident])
            if sound(row[number]):
                self.numbers.setdefault(sound(row[number]), set()).add(key)
        for name in self.tables:
            self.of_table(name)

    def index(self, name, fields):
        """Key of a table to the patients that its rows lead to."""
        if (name, fields) not in self.by_key:
            table, found = self.tables[name], {}
            for row, owner in zip(table.parse(), self.of_table(name)):
                key = tuple(row[table.at[f]] for f in fields)
                if all(key) and owner is not None:
                    found.setdefault(key, set()).add(owner)
            self.by_key[name, fields] = found
        return self.by_key[name, fields]

    def of_table(self, name):
        if name in self.owner:
            return self.owner[name]
        table = self.tables[name]
        extra = table.resource.get("handover", {}).get("references", [])
        via = table.resource.get("handover", {}).get("patientVia")
        ways = []
        if via is None:
            own = [k for k in table.keys if k["reference"]["resource"] == self.patients.name]
            ways = own if len(own) == 1 else []
        else:
            for fields in via:
                fields = listed(fields)
                ways += [k for k in table.keys + extra if listed(k["fields"]) == fields]
        owners = []
        resolved = []
        for way in ways:
            to = way["reference"]["resource"] or name
            fields = tuple(listed(way["reference"]["fields"]))
            when = {k: listed(v) for k, v in way.get("when", {}).items()}
            resolved.append(([table.at[f] for f in listed(way["fields"])], when, self.index(to, fields)))
        for row in table.parse():
            owner = None
            for at, when, index in resolved:
                if any(row[table.at[f]] not in values for f, values in when.items()):
                    continue
                key = tuple(row[n] for n in at)
                if not all(key):
                    continue
                found = index.get(key, set())
                owner = next(iter(found)) if len(found) == 1 else None
                break
            owners.append(owner)
        self.owner[name] = owners
        return owners

    def finish(self):
        """For each patient the rows, by table."""
        self.rows = {}
        for name, owners in self.owner.items():
            for number, owner in enumerate(owners):
                if owner in self.ids:
                    self.rows.setdefault(owner, {}).setdefault(name, []).append(number)

    def is_reference(self, name):
        """Whether a table's rows are nobody's."""
        table = self.tables[name]
        return name != self.patients.name and table.resource.get("handover", {}).get("role") not in ("audit-trail", "clinical") \
            and not any(k["reference"]["resource"] == self.patients.name for k in table.keys) \
            and "patientVia" not in table.resource.get("handover", {})

    def keyed(self, name, fields):
        """Rows of a table by key."""
        if (name, fields) not in self.by_any:
            table, found = self.tables[name], {}
            at = [table.at[f] for f in fields]
            for number, row in enumerate(table.parse()):
                found.setdefault(tuple(row[n] for n in at), []).append(number)
            self.by_any[name, fields] = found
        return self.by_any[name, fields]

    def referred(self, rows):
        """What rows [(table, number)] refer to of tables that are nobody's, and those again."""
        seen, open_rows = set(), list(rows)
        while open_rows:
            name, number = open_rows.pop()
            table = self.tables[name]
            row = table.rows[number]
            for key in table.keys + table.resource.get("handover", {}).get("references", []):
                to = key["reference"]["resource"] or name
                if not self.is_reference(to):
                    continue
                if any(row[table.at[f]] not in listed(v) for f, v in key.get("when", {}).items()):
                    continue
                values = tuple(row[table.at[f]] for f in listed(key["fields"]))
                if not all(values):
                    continue
                for other in self.keyed(to, tuple(listed(key["reference"]["fields"]))).get(values, []):
                    if (to, other) not in seen:
                        seen.add((to, other))
                        open_rows.append((to, other))
        return seen

    def documents(self, rows):
        """Documents that rows name and that are there: path to bytes."""
        out = {}
        for name, number in rows:
            table = self.tables[name]
            field = table.role("document")
            if field and table.rows[number][table.at[field]]:
                path = table.fields[field]["handover"].get("folder", "") + "/" + table.rows[number][table.at[field]].replace("\\", "/")
                real = self.scans.get(path.lower())
                if real:
                    with open(os.path.join(self.folder, real), "rb") as file:
                        out[real] = [file.read()]
        return out

    def expected(self, patients, first, last, role):
        """By kind, by file: the records."""
        out, own = {}, set()
        for patient in patients:
            for name, numbers in self.rows.get(patient, {}).items():
                table = self.tables[name]
                field = table.role(role)
                for number in numbers:
                    text = table.rows[number][table.at[field]][:10] if field else ""
                    if text and ((first and text < first) or (last and text > last)):
                        continue
                    out.setdefault(os.path.basename(table.path), set()).add(number + 1)
                    own.add((name, number))
        others = {}
        for name, number in self.referred(own):
            others.setdefault(os.path.basename(self.tables[name].path), set()).add(number + 1)
        records = lambda found: {path: [self.by_path[path].records[n] for n in sorted(numbers)] for path, numbers in found.items()}
        return {
            "patient": records(out),
            "reference": records(others),
            "header": {path: [self.by_path[path].records[0]] for path in {*out, *others}},
            "document": self.documents(own),
        }


def retrieved(path):
    """The records of an export, by kind and by file, as its proofs name them."""
    with zipfile.ZipFile(path) as export:
        top = export.namelist()[0].split("/", 1)[0]
        bundle = json.loads(export.read(f"{top}/proof/proof.json"))
        out = {"patient": {}, "reference": {}, "header": {}, "document": {}}
        for file in bundle["files"]:
            data, at = export.read(f"{top}/{file['path']}"), 0
            for row in file["rows"]["leaves"]:
                piece = data[at:at + row["length"]]
                at += row["length"]
                if row["kind"] == "document":
                    whole = out["document"].setdefault(file["path"][len("data/rows/"):], [b""])
                    whole[0] += piece
                else:
                    out[row["kind"]].setdefault(os.path.basename(file["path"]), []).append(piece)
            assert at == len(data)
            if not file["rows"]["leaves"]:
                # An empty document has no leaf.
                out["document"].setdefault(file["path"][len("data/rows/"):], [b""])
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("handover")
    parser.add_argument("extract")
    parser.add_argument("work")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--check", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    os.makedirs(given.work)
    extract = os.path.join(given.work, "extract")
    descriptor = disturb(given.extract, extract, rng)
    package = os.path.join(given.work, "p.zip")
    begun = time.time()
    done = subprocess.run(
        [given.handover, "package", extract, "--output", package, "--accept", "disturbed on purpose", "--quiet", "--no-reread"],
        capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"package: {done.stdout}{done.stderr}")
    print(f"packaged in {time.time() - begun:.1f} s")
    scan = Scan(descriptor, extract)
    scan.finish()
    scan.by_path = {os.path.basename(t.path): t for t in scan.tables.values()}
    people = sorted(scan.ids)
    if given.check:
        second = [sys.executable, os.path.join(HERE, "second_verifier.py")]
        subprocess.run([*second, package], check=True, stdout=subprocess.DEVNULL)
    rows = others = documents = slowest = several = looked = 0
    times = []
    for turn in range(given.count):
        patient = rng.choice(people)
        number = next((n for n, who in scan.numbers.items() if patient in who), None)
        asked = scan.ids[patient]
        patients = {patient}
        if number:
            patients = scan.numbers[number]
            asked = rng.choice([asked, number, f"{number[:3]} {number[3:6]} {number[6:]}"])
        several += len(patients) > 1
        day = datetime.date(2005, 1, 1) + datetime.timedelta(days=rng.randrange(7300))
        first = rng.choice([None, day.isoformat(), "2012-02-29", "2016-02-29"])
        last = rng.choice([None, (day + datetime.timedelta(days=rng.randrange(3000))).isoformat(), "2020-02-29"])
        if first and last and last < first:
            first, last = last, first
        role = rng.choice(["event-date", "event-date", "recorded-date"])
        output = os.path.join(given.work, "e.zip")
        if os.path.exists(output):
            os.remove(output)
        command = [given.handover, "retrieve", package, "--patient", "-", "--reason", "test", "--requested-by", "test", "--output", output, "--quiet"]
        command += ["--from", first] if first else []
        command += ["--to", last] if last else []
        command += ["--date", role.split("-")[0]]
        begun = time.time()
        done = subprocess.run(command, input=asked, capture_output=True, text=True)
        times.append(time.time() - begun)
        if done.returncode or "warning" in done.stderr:
            sys.exit(f"turn {turn}: {done.returncode} {done.stdout}{done.stderr}")
        found, expected = retrieved(output), scan.expected(patients, first, last, role)
        if found != expected:
            counts = {
                (kind, p): (len(found[kind].get(p, [])), len(expected[kind].get(p, [])))
                for kind in expected for p in {*found[kind], *expected[kind]} if found[kind].get(p) != expected[kind].get(p)
            }
            sys.exit(f"turn {turn}: what was found differs from the scan: {first} {last} {role} {counts}")
        rows += sum(map(len, found["patient"].values()))
        others += sum(map(len, found["reference"].values()))
        documents += len(found["document"])
        if times[-1] > slowest:
            slowest = times[-1]
            what = f"{sum(map(len, found['patient'].values()))} rows, {os.path.getsize(output)} bytes"
        if given.check and turn % given.check == 0:
            said = subprocess.run([given.handover, "verify", output, "--format", "json"], check=True, capture_output=True)
            if json.loads(said.stdout)["proven"]["words"] != "same":
                sys.exit(f"{output}: the page is not what the rows make")
            subprocess.run([*second, output], check=True, stdout=subprocess.DEVNULL)
            with zipfile.ZipFile(output) as export:
                whole = b"\n".join(name.encode() + b"\n" + export.read(name) for name in export.namelist()).upper()
            strangers = {scan.ids[p].strip("{}") for p in people if p not in patients}
            strangers |= {n for n, who in scan.numbers.items() if not set(who) & set(patients)}
            searched = [stranger.upper().encode() for stranger in strangers if len(stranger) >= 10]
            if any(stranger in whole for stranger in searched):
                sys.exit(f"turn {turn}: the export has an identifier of someone else")
            looked += len(searched)
    times.sort()
    print(f"{given.count} retrievals equal the scan: {rows} rows of patients, {others} that they refer to, {documents} documents; "
          f"{several} of persons with several identifiers; none of {looked} identifiers of other people; median {times[len(times) // 2]:.2f} s, 99 % {times[len(times) * 99 // 100]:.2f} s, "
          f"the slowest {slowest:.2f} s ({what})")


if __name__ == "__main__":
    main()
