"""The checks as JUnit XML, which every CI system shows as tests."""

import xml.etree.ElementTree as ET

from clockwork.gate.outcome import Check
from clockwork.report.phrases import plain
from clockwork.verdict.schema import Verdict


def junit(verdict: Verdict) -> str:
    """A test case for each check; one that is not green failed where it gates, else was skipped."""
    suite = ET.Element("testsuite", name="clockwork", tests=str(len(verdict.checks)))
    counts = {"failure": 0, "skipped": 0}
    for check in verdict.checks:
        case = ET.SubElement(suite, "testcase", classname="clockwork", name=plain(check.title, 300))
        kind = _kind(check)
        if kind:
            counts[kind] += 1
            ET.SubElement(case, kind, message=plain(f"{check.outcome}: {check.message}", 300))
    suite.set("failures", str(counts["failure"]))
    suite.set("skipped", str(counts["skipped"]))
    suite.set("errors", "0")
    whole = ET.Element("testsuites")
    whole.append(suite)
    ET.indent(whole)
    return ET.tostring(whole, encoding="unicode", xml_declaration=True) + "\n"


def _kind(check: Check) -> str | None:
    if check.outcome.green:
        return None
    return "failure" if check.gating else "skipped"
