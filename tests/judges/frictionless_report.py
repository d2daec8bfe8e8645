"""Loads a JSON report of Handover as a report of Frictionless v5, and prints what it read.

Usage: frictionless_report.py FILE    (needs: pip install frictionless)

Frictionless is the judge: it refuses error types that it does not know and errors that lack one of
their properties. Exits 1 where it refuses, or reads other than what stands in the file.
"""

import json
import sys

from frictionless import Report


def main(path):
    with open(path, encoding="utf-8") as file:
        written = json.load(file)
    report = Report.from_descriptor(path)
    counts = {}
    for place, loaded in [(written, report), *zip(written["tasks"], report.tasks)]:
        if len(loaded.errors) != len(place["errors"]):
            return f"{len(place['errors'])} errors were written, {len(loaded.errors)} read"
        for item, error in zip(place["errors"], loaded.errors):
            if error.type != item["type"]:
                return f"{item['type']} was read as {error.type}"
            again = error.to_descriptor()
            for key in ("rowNumber", "rowNumbers", "fieldName", "fieldNumber", "note", "tags"):
                if again.get(key, item.get(key)) != item.get(key):
                    # Frictionless gives two types other tags than their kind has.
                    if key == "tags" and not again[key]:
                        continue
                    return f"{item['code']}: {key} is {item.get(key)}, read as {again.get(key)}"
            counts[error.type] = counts.get(error.type, 0) + 1
    if (report.valid, report.stats["errors"]) != (written["valid"], written["stats"]["errors"]):
        return "valid or stats.errors differ"
    print(f"valid: {report.valid}, tasks: {len(report.tasks)}, errors: {report.stats['errors']}")
    for kind, count in sorted(counts.items()):
        print(f"{count:6} {kind}")
    rows = len(report.flatten(["rowNumber", "fieldNumber", "type", "code"]))
    print(f"{rows:6} examples in all")
    return None


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
