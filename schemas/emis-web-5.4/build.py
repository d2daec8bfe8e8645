#!/usr/bin/env python3
"""Writes datapackage.json and other-fields.json beside this script from schemas/emis-web-7.1/columns.csv and the headers
of all versions in schemas/emis-web-8.2/headers.csv.

    python3 schemas/emis-web-5.4/build.py [--check]
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import emis_web  # noqa: E402
import render  # noqa: E402

SOURCES = [
    {
        "title": "Endeavour Health, Transforms and SFTPReader: column lists, file names, forms of values",
        "path": "https://github.com/endeavourhealth/Transforms",
        "version": "6b6a8e1",
    },
    {
        "title": "NHSISL, LondonDataServices: names and types of version 7",
        "path": "https://github.com/NHSISL/LondonDataServices",
    },
]
TITLE = "EMIS Web bulk extract 5.4"
# Versions whose files are compared with this schema, each with the columns of its own header.
KIN = ["5.0", "5.1", "5.3", "5.4"]

if __name__ == "__main__":
    columns = emis_web.columns_of("5.4", HERE.parent / "emis-web-7.1" / "columns.csv")
    described = emis_web.build("5.4", columns, SOURCES, TITLE)
    sys.exit(render.write(HERE, described, emis_web.others_of(KIN, columns)))
