#!/usr/bin/env python3
"""Reads a JUnit file of ctest: prints "PASSED FAILED SKIPPED"; says on standard error which were skipped and why, and which failed.

usage: scripts/test_results.py RESULTS.xml
"""
import re
import sys
import xml.etree.ElementTree


def reason(case):
    """The line of a skipped test's output that says why."""
    output = case.findtext("system-out") or ""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for line, following in zip(lines, [*lines[1:], ""]):
        if line.endswith(": Skipped"):  # GoogleTest: the reason stands below
            return following
        if found := re.search(r"skipped '(.*)'|SKIPPED: (.*)", line):
            return found[1] or found[2]
    return "no reason given"


def main(path):
    counts = {"run": 0, "fail": 0, "notrun": 0}
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        status = case.get("status")
        skipped = status in ("notrun", "disabled") and case.find("skipped") is not None
        counts["run" if status == "run" else "notrun" if skipped else "fail"] += 1
        if skipped:
            print(f"  skipped: {case.get('name')}: {reason(case)}", file=sys.stderr)
        elif status != "run":
            print(f"  FAILED: {case.get('name')}", file=sys.stderr)
    print(counts["run"], counts["fail"], counts["notrun"])


if __name__ == "__main__":
    main(sys.argv[1])
