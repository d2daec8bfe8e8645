#!/usr/bin/env python3
"""Data dictionaries written by openpyxl and LibreOffice, and our workbooks read by openpyxl.

    dictionaries.py HANDOVER WORK            judge: exit status 1 where something differs
    dictionaries.py --write FOLDER           writes the dictionaries (what fixtures/dictionaries holds)

Needs openpyxl, and soffice for XLS and ODS; exit status 77 where openpyxl is not there.
"""
import datetime
import json
import pathlib
import shutil
import subprocess
import sys
import zipfile

try:
    import openpyxl
except ImportError:
    print("openpyxl is not there")
    sys.exit(77)


def one_list(path):
    """One sheet for all tables, with what only the extension can say, and a sheet of codes."""
    book = openpyxl.Workbook()
    about = book.active
    about.title = "Read me"
    about["A1"] = "Marlow Clinical: extract for leavers"
    about["A3"], about["B3"] = "Issued", datetime.date(2024, 11, 15)
    files = book.create_sheet("Files")
    for row in [
        ["Table", "File name", "Description", "Encoding", "Delimiter", "Header row", "Presence"],
        ["Patient", "patient.txt", "One row for each patient", "Windows-1252", "tab", "Yes", "required"],
        ["Observation", "observation.txt", "What was seen", "Windows-1252", "tab", "Yes", "required"],
        ["Note", "note.txt", "Text of an observation", "Windows-1252", "tab", "Yes", "optional"],
        ["Staff", "staff.txt", "Who works there", "Windows-1252", "tab", "Yes", "required"],
    ]:
        files.append(row)
    sheet = book.create_sheet("Data dictionary")
    sheet.merge_cells("A1:N1")
    sheet["A1"] = "All tables and columns"
    sheet.append([])
    sheet.append([
        "Table", "Column", "Data\nType", "Max. length", "Mandatory?", "Key", "References",
        "Code list", "Unit of measure", "Missing values", "Null references", "Sensitivity",
        "Severity", "Description",
    ])
    rows = [
        ["Patient", "PatientID", "integer", None, "Y", "PK", None, None, None, None, None, "identifying", None, "The system's number"],
        [None, "NHSNumber", "char", 10.0, "N", None, None, None, None, None, None, "PII", None, "As traced"],
        [None, "DateOfBirth", "date (dd/mm/yyyy)", None, "Y", None, None, None, None, None, None, "identifying", None, "Born on"],
        [None, "Sex", "char", 1, "should", None, None, "SEX", None, None, None, "personal", None, "As registered"],
        ["Observation", "ObsID", "integer", None, True, "PK", None, None, None, None, None, "none", None, "Its number"],
        [None, "PatientID", "integer", None, True, "FK", "Patient.PatientID", None, None, None, "-1 or 0", "identifying", None, "Whose"],
        [None, "EventDate", "date (dd/mm/yyyy)", None, "Y", None, None, None, None, "01/01/1900", None, "personal", None, "When it was"],
        [None, "DateEntered", "datetime (dd/mm/yyyy HH:mm:ss)", None, "N", None, None, None, None, None, None, "personal", None, "When it was written down"],
        [None, "EnteredBy", "integer", None, "N", "FK", "Staff.StaffID", None, None, None, -1, "none", None, "By whom"],
        [None, "Weight", "decimal(5,1)", None, "N", None, None, None, "kg", None, None, "personal", None, "Of the patient"],
        [None, "Value", "number", None, "N", None, None, None, "in ValueUnit", None, None, "personal", None, "What was measured"],
        [None, "ValueUnit", "varchar", 20, "N", None, None, None, None, None, None, "none", None, "In which unit"],
        [None, "Certainty", "char", 1, "N", None, None, "among others: S = suspected; C = certain", None, None, None, "none", None, "How sure"],
        [None, "Term", "varchar", 60, "N", None, None, None, None, None, None, "personal", "maxLength: warning", "In words"],
        [None, "Deleted", "boolean", None, "Y", None, None, "Y = deleted; N = not", None, None, None, "none", None, "Whether it counts"],
        ["Note", "NoteID", "integer", None, "Y", "PK", None, None, None, None, None, "none", None, "Its number"],
        [None, "ObsID", "integer", None, "Y", "FK", "Observation.ObsID", None, None, None, None, "none", None, "Of which observation"],
        [None, "Text", "varchar(max)", None, "N", None, None, None, None, None, None, "identifying", None, "What was typed"],
        ["Staff", "StaffID", "integer", None, "Y", "PK", None, None, None, None, None, "none", None, "The system's number"],
        [None, "Name", "varchar", 60, "Y", None, None, None, None, None, None, "personal", None, "As printed"],
    ]
    begin = 4
    for number, row in enumerate(rows, begin):
        for column, value in enumerate(row, 1):
            if value is not None:
                sheet.cell(number, column, value)
    for first, last in [(4, 7), (8, 18), (19, 21), (22, 23)]:
        sheet.merge_cells(start_row=first, end_row=last, start_column=1, end_column=1)
    codes = book.create_sheet("Code lists")
    for row in [["List", "Code", "Meaning"], ["SEX", "M", "Male"], [None, "F", "Female"], [None, "U", "Unknown"]]:
        codes.append(row)
    book.save(path)


def one_sheet_each(path):
    """A sheet for each table, headings of other words, notes around, marks instead of words."""
    book = openpyxl.Workbook()
    cover = book.active
    cover.title = "Version control"
    for row in [["Version", "Date", "Author", "Change"], ["0.1", datetime.date(2024, 1, 2), "A. N. Author", "First draft"]]:
        cover.append(row)
    tables = {
        "Patients": [
            [1, "PAT_ID", "NUMBER(10)", "✓", "PK", "", "Unique patient reference"],
            [2, "NHS_NO", "VARCHAR2(10)", "", "", "", "NHS number"],
            [3, "DOB", "DATE", "✓", "", "", "Format: DD/MM/YYYY"],
            [4, "PRACTICE", "CHAR(6)", "✓", "", "", "ODS code"],
        ],
        "Appointments": [
            [1, "APPT_ID", "NUMBER(10)", "✓", "PK", "", ""],
            [2, "PAT_ID", "NUMBER(10)", "", "FK", "Patients (PAT_ID)", "Empty where the slot is free"],
            [3, "APPT_DATE", "DATE", "✓", "", "", ""],
            [4, "STATUS", "CHAR(1)", "✓", "", "", "B = booked, A = arrived, D = did not attend"],
        ],
    }
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        sheet.merge_cells("B1:H1")
        sheet["B1"] = f"{name} – file layout"
        sheet["B2"] = "✓ marks what must always be there. Please see the covering letter."
        for column, text in enumerate(["Col. No.", "Column\u00a0Name ", "Oracle data type", "Must be present", "Key type", "Links to", "Description / notes"], 2):
            sheet.cell(4, column, text)
        for number, row in enumerate(rows, 5):
            for column, value in enumerate(row, 2):
                if value != "":
                    sheet.cell(number, column, value)
        sheet.cell(len(rows) + 7, 2, "Page 1 of 1")
    book.create_sheet("Empty")
    book.save(path)


WRITERS = {"one-list": one_list, "one-sheet-each": one_sheet_each}


def write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, writer in WRITERS.items():
        writer(folder / f"{name}.xlsx")
        for form in ("xls", "ods"):
            if shutil.which("soffice"):
                subprocess.run(
                    ["soffice", "--headless", f"-env:UserInstallation=file://{folder.resolve()}/profile",
                     "--convert-to", form, "--outdir", str(folder), str(folder / f"{name}.xlsx")],
                    check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )
    shutil.rmtree(folder / "profile", ignore_errors=True)


def imported(handover, path):
    done = subprocess.run([handover, "schema", "import", str(path)], capture_output=True, text=True)
    if done.returncode != 0:
        return f"exit status {done.returncode}: {done.stderr}"
    return json.loads(done.stdout)


def exported(handover, work, schema):
    """What openpyxl reads in our workbook, beside the descriptor."""
    path = work / "exported.xlsx"
    path.unlink(missing_ok=True)
    subprocess.run([handover, "schema", "export", schema, "--to", "xlsx", "--output", str(path)], check=True, capture_output=True)
    zipfile.ZipFile(path).testzip()
    book = openpyxl.load_workbook(path)
    rows = list(book["Fields"].iter_rows(values_only=True))
    heads = rows[0]
    found = [dict(zip(heads, row)) for row in rows[1:]]
    shown = subprocess.run([handover, "schema", "show", schema], check=True, capture_output=True, text=True)
    package = json.loads(shown.stdout)
    wrong = []
    declared = [(r, f) for r in package["resources"] for f in r.get("schema", {}).get("fields", [])]
    if len(found) != len(declared):
        wrong.append(f"{len(found)} rows, {len(declared)} fields")
    for row, (resource, field) in zip(found, declared):
        own = {
            "Field": field["name"],
            "Type": field.get("type"),
            "Length": field.get("constraints", {}).get("maxLength"),
            "Mandatory": "Y" if field.get("constraints", {}).get("required") else "N",
            "Sensitivity": field.get("handover", {}).get("sensitivity"),
            "Role": field.get("handover", {}).get("role"),
        }
        for head, value in own.items():
            if row[head] != value:
                wrong.append(f"{resource['name']}.{field['name']}: {head} is {row[head]!r}, not {value!r}")
    for sheet in book:
        for cells in sheet.iter_rows():
            for cell in cells:
                if cell.data_type == "f":
                    wrong.append(f"a formula in {sheet.title} {cell.coordinate}")
    return wrong


def main():
    if sys.argv[1] == "--write":
        return write(pathlib.Path(sys.argv[2]))
    handover, work = sys.argv[1], pathlib.Path(sys.argv[2])
    write(work)
    wrong = []
    for name in WRITERS:
        first = imported(handover, work / f"{name}.xlsx")
        if isinstance(first, str):
            wrong.append(f"{name}.xlsx: {first}")
            continue
        print(f"{name}: {len(first['resources'])} tables, {sum(len(r['schema']['fields']) for r in first['resources'])} fields")
        for form in ("xls", "ods"):
            path = work / f"{name}.{form}"
            if path.exists() and imported(handover, path) != first:
                wrong.append(f"{path.name} gives another descriptor than {name}.xlsx")
    for schema in ["emis-web-8.2", "tpp-sre-93", "vision-0.18", "omop-cdm-5.4"]:
        found = exported(handover, work, schema)
        print(f"{schema}: {len(found)} differences")
        wrong += found
    print("\n".join(wrong[:20]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
