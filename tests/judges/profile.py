"""Validates a bag against a profile with the bagit-profiles validator, without a network.

usage: profile.py PROFILE.json BAG
"""
import json
import sys

import bagit
import bagit_profile

with open(sys.argv[1], encoding="utf-8") as file:
    profile = json.load(file)
judge = bagit_profile.Profile(profile["BagIt-Profile-Info"]["BagIt-Profile-Identifier"], profile=profile)
bag = bagit.Bag(sys.argv[2])
well = judge.validate(bag) is True and judge.validate_serialization(sys.argv[2]) is not False
for error in getattr(judge, "report", None) and judge.report.errors or []:
    print(error)
print("fits the profile" if well else "does not fit the profile")
sys.exit(0 if well else 1)
