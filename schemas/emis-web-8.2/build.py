#!/usr/bin/env python3
"""Writes datapackage.json and other-fields.json beside this script from columns.csv and the headers
of all versions in schemas/emis-web-8.2/headers.csv.

    python3 schemas/emis-web-8.2/build.py [--check]
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import emis_web  # noqa: E402
import render  # noqa: E402

SOURCES = [
    {
        "title": "NHSISL, Datasets: names and types of the data specification 8.2",
        "path": "https://github.com/NHSISL/Datasets",
        "version": "aa118bf",
    },
    {
        "title": "Endeavour Health, Transforms and SFTPReader: column lists, file names, forms of values",
        "path": "https://github.com/endeavourhealth/Transforms",
        "version": "6b6a8e1",
    },
]
TITLE = "EMIS Web bulk extract 8.2"
# Versions whose files are compared with this schema, each with the columns of its own header.
KIN = ["8.0", "8.2", "observed-2024"]

if __name__ == "__main__":
    columns = emis_web.columns_of("8.2", HERE / "columns.csv")
    described = emis_web.build("8.2", columns, SOURCES, TITLE)
    sys.exit(render.write(HERE, described, emis_web.others_of(KIN, columns)))
