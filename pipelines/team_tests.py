"""Run tests/regression with pytest, and take what failed there into the verdict."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

from pipelines import paths
from pipelines.arms import Arm
from pipelines.gate.outcome import Check, Outcome

TESTS = Path("tests") / "regression"
ARMS = "CLOCKWORK_ARMS"
RAN = (0, 1)
# Checks are named with a middle dot, which people should read as one in a CI's test view.
PLAIN_NAMES = "disable_test_id_escaping_and_forfeit_all_rights_to_community_support=true"
SHOWN = "test_check["


def run_team_tests(root: Path, base: Arm | None, environment: Mapping[str, str]) -> list[Check]:
    """One check for each failed test that a team wrote; the tests that only show a check of the gate are left out.

    Writes build/junit.xml. A pytest that did not run is a check that is never green.
    """
    if not (root / TESTS).is_dir():
        had = base is not None and (base.root / TESTS).is_dir()
        return [Check("regression tests", Outcome.INVALID, f"{TESTS} is gone")] if had else []
    before = sorted((base.root / TESTS).glob("test_*.py")) if base else []
    gone = [path.name for path in before if not (root / TESTS / path.name).exists()]
    found = [Check("regression tests", Outcome.INVALID, f"{TESTS / name} is gone") for name in gone]
    arms = {
        "head": str(root.resolve()),
        "base": str(base.root) if base else None,
        "scores": str(base.scores) if base else None,
    }
    words = [
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
        f"--junitxml={root.resolve() / paths.JUNIT}",
        "-o",
        PLAIN_NAMES,
        str(TESTS),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=root,
        env={**environment, ARMS: json.dumps(arms), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    (root / paths.BUILD / "tests.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode not in RAN or not (root / paths.JUNIT).exists():
        said = f"pytest ended with {done.returncode}; see build/tests.log"
        return [*found, Check("regression tests", Outcome.INVALID, said)]
    return [*found, *failures(root / paths.JUNIT)]


def failures(junit: Path) -> list[Check]:
    """The team's tests that failed or could not run, from a JUnit file."""
    checks = []
    for case in ET.parse(junit).iter("testcase"):  # noqa: S314 - written by the pytest that just ran
        name = case.get("name", "")
        shown = case.get("classname", "").endswith("test_gate") and name.startswith(SHOWN)
        for kind, outcome in (("failure", Outcome.REGRESSION), ("error", Outcome.INVALID)):
            found = case.find(kind)
            if found is not None and not shown:
                said = (found.get("message") or kind).splitlines()[0][:200]
                checks.append(Check("regression test", outcome, said, slice=name))
    return checks
