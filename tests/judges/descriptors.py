"""Validates descriptors against docs/profile.json, the JSON Schema of the handover extension.

Usage: descriptors.py    (needs: pip install jsonschema)

Every descriptor of the fixtures and every carried schema must be right; of the wrong descriptors
about the extension at least a third are wrong in form already, and must be refused here too. Exits
1 where one is not as it should be, 77 where the library cannot be had.
"""

import json
import pathlib
import sys

try:
    import jsonschema
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def main():
    profile = json.loads((ROOT / "docs/profile.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(profile)
    validator = jsonschema.Draft202012Validator(profile)
    problems = []
    right = [
        *ROOT.glob("fixtures/extracts/*/extract/datapackage.json"),
        *ROOT.glob("schemas/*/datapackage.json"),
        *ROOT.glob("fixtures/schema/*.json"),
    ]
    for path in right:
        for error in validator.iter_errors(json.loads(path.read_text(encoding="utf-8-sig"))):
            problems.append(f"{path.relative_to(ROOT)}: {error.json_path}: {error.message[:200]}")
    wrong = [*ROOT.glob("fixtures/descriptors/handover-*.json")]
    wrong += ROOT.glob("fixtures/descriptors/rule-*.json")
    texts = [path.read_text(encoding="utf-8") for path in wrong]
    refused = sum(not validator.is_valid(json.loads(text)) for text in texts)
    if len(right) < 100 or refused * 3 < len(wrong):
        problems.append(f"{len(right)} right ones; {refused} of {len(wrong)} wrong ones refused")
    print(f"{len(right)} right descriptors; {refused} of {len(wrong)} wrong ones refused")
    return "\n".join(problems) or None


if __name__ == "__main__":
    sys.exit(main())
