"""Run a folder of regression tests with pytest on two commits, and read how each test ended."""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from clockwork.support.subprocesses import uncoloured

TESTS = Path("tests") / "regression"
CHECKOUTS = "CLOCKWORK_CHECKOUTS"  # where head, base and its scores are, for the tests
RAN = (0, 1)
# Checks are named with a middle dot, which people should read as one in a CI's test view.
PLAIN_NAMES = "disable_test_id_escaping_and_forfeit_all_rights_to_community_support=true"
# A file that cannot be imported is one error, and the others run.
GO_ON = "--continue-on-collection-errors"
UNREAD = "collection failure"
SHOWN = "test_check["  # the tests of test_gate.py, which only show a check of the gate
LONGEST = 200
ADDRESS, NUMBERS = re.compile(r"\b0x[0-9a-f]+\b"), re.compile(r"[-+]?\d[\d.,_\s]*(?:e[-+]?\d+)?")

Ending = Literal["failure", "error", "skipped", "passed"]


@dataclass(frozen=True)
class Case:
    """How one test ended, and the first line of why.

    A test that was expected to fail and did is `skipped`.
    """

    name: str
    ending: Ending
    message: str = ""

    @property
    def broken(self) -> bool:
        """Whether it failed or could not run."""
        return self.ending in ("failure", "error")

    @property
    def unread(self) -> bool:
        """Whether it is a file of tests that could not be imported, and no test."""
        return self.ending == "error" and "." in self.name and "[" not in self.name

    def same_way(self, other: "Case") -> bool:
        """Whether both ended alike, in the same words; numbers and addresses may differ."""
        return (self.ending, _masked(self.message)) == (other.ending, _masked(other.message))


Cases = dict[str, Case]


class DidNotRun(Exception):
    """pytest ended without a result for each test; the message says how."""


def run_tests(
    folder: Path, tested: Mapping[str, Path | None], environment: Mapping[str, str], junit: Path
) -> Cases:
    """Run the tests below `folder` there.

    `tested` names the checkouts `head` and `base`, and base's `scores`. Writes `junit`, and beside
    it a log. Raises `DidNotRun` where pytest ended without a result for each test.
    """
    junit, log = junit.resolve(), junit.with_suffix(".log")
    junit.unlink(missing_ok=True)
    options = [
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
        f"--junitxml={junit}",
        "-o",
        PLAIN_NAMES,
        GO_ON,
    ]
    checkouts = {name: str(place.resolve()) if place else None for name, place in tested.items()}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(TESTS)],
        cwd=folder,
        env={
            **uncoloured(environment),
            CHECKOUTS: json.dumps(checkouts),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode not in RAN or not junit.exists():
        raise DidNotRun(f"pytest ended with {done.returncode}; see build/{log.name}")
    return read_cases(junit, folder)


def read_cases(junit: Path, folder: Path) -> Cases:
    """How each test of a JUnit file ended, by its class and name.

    Those that only show a check of the gate are left out.
    """
    cases: Cases = {}
    for element in ET.parse(junit).iter("testcase"):  # noqa: S314 - by the pytest that just ran
        name, owner = element.get("name", ""), element.get("classname", "")
        if owner.endswith("test_gate") and name.startswith(SHOWN):
            continue
        case = _case(element, name, folder)
        # A test that fails and cannot be cleaned up after is there twice.
        before = cases.get(f"{owner}::{name}")
        endings = get_args(Ending)
        if before is None or endings.index(case.ending) < endings.index(before.ending):
            cases[f"{owner}::{name}"] = case
    return cases


def _case(element: ET.Element, name: str, folder: Path) -> Case:
    kinds: tuple[Ending, ...] = ("failure", "error", "skipped")
    for kind in kinds:
        found = element.find(kind)
        if found is not None:
            reason = found.get("message") or kind
            if reason == UNREAD:  # pytest has why at the end of the text
                reason = (
                    [line for line in (found.text or "").splitlines() if line.strip()] or [reason]
                )[-1]
            message = (reason.removeprefix("E ").strip().splitlines() or [kind])[0]
            return Case(name, kind, message.replace(f"{folder.resolve()}{os.sep}", "")[:LONGEST])
    return Case(name, "passed")


def _masked(message: str) -> str:
    return " ".join(NUMBERS.sub("# ", ADDRESS.sub("#", message)).split())
