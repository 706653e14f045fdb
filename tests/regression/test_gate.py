"""Every check of the gate as a test case of its own, so that any CI shows it by itself."""

from pathlib import Path

import pytest

from clockwork.compare.team_tests import UNTRIED
from clockwork.gate.outcome import Check
from clockwork.support.paths import VERDICT
from clockwork.verdict.schema import read_verdict

from .conftest import checkouts


def checks() -> list[Check]:
    """The checks of the verdict that `make regression` has just written.

    The one that says that these tests have not run yet is left out.
    """
    found = read_verdict(Path(checkouts()["head"]) / VERDICT).checks if checkouts() else []
    return [check for check in found if check != UNTRIED]


@pytest.mark.parametrize("check", [pytest.param(check, id=check.title) for check in checks()])
def test_check(check: Check) -> None:
    if not check.gating and not check.outcome.green:
        pytest.skip(f"watched: {check.outcome}: {check.message}")
    assert check.outcome.green, f"{check.outcome}: {check.message}"
