"""Incidents that must stay found, stretches that must stay quiet, rows that must be met.

They come one by one from golden.yaml.
"""

from pathlib import Path

import pytest

from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.golden import (
    REMEDY,
    Golden,
    Ranks,
    Stretch,
    found,
    gating,
    ranks,
    read_golden,
    rows_of,
)
from clockwork.compare.golden_cases import Case, misses, place_of
from clockwork.support.errors import BadInput

FILE = Path(__file__).with_name("golden.yaml")
NONE = pytest.param(None, id="none", marks=pytest.mark.skip(reason="golden.yaml declares none"))


def golden() -> Golden:
    """What golden.yaml declares; nothing where it cannot be read, which is a failure of its own."""
    try:
        return read_golden(FILE)
    except BadInput:
        return Golden()


def each(stretches: list[Stretch]) -> pytest.MarkDecorator:
    """A test case for each stretch."""
    cases = [pytest.param(one, id=f"{one.entity} from minute {one.since}") for one in stretches]
    return pytest.mark.parametrize("stretch", cases or [NONE])


@pytest.fixture(scope="module")
def standing(candidate: BuiltCommit) -> dict[str, Ranks]:
    """The ranks of all scores of each gating algorithm of head."""
    assert candidate.task.alerts, f"incidents are of alerts, not of {candidate.task.name}; {REMEDY}"
    return {
        name: ranks(runs)
        for name, runs in candidate.runs(candidate.evaluation, gating(candidate.root)).items()
    }


def finders(candidate: BuiltCommit, standing: dict[str, Ranks], stretch: Stretch) -> list[str]:
    """Those algorithms of `stretch` that put it among the highest scores.

    Skips where head gates by none of them.
    """
    held = [name for name in stretch.algorithms if name in standing]
    if not held:
        pytest.skip(f"{', '.join(stretch.algorithms)} gate no more")
    rows = rows_of(candidate.evaluation, stretch)
    assert len(rows), (
        f"'{stretch.entity}' has no evaluation rows from minute {stretch.since}; {REMEDY}"
    )
    positives = int(candidate.evaluation["label"].sum())
    return [name for name in held if found(standing[name], rows, positives)]


def test_golden_yaml_can_be_read() -> None:
    try:
        read_golden(FILE)
    except BadInput as error:
        pytest.fail(str(error))


@each([*golden().incidents, *golden().quiet])
def test_golden_rows_are_there_and_keep_their_label(
    candidate: BuiltCommit, stretch: Stretch
) -> None:
    labels = candidate.evaluation["label"].to_numpy()[rows_of(candidate.evaluation, stretch)]
    assert len(labels) == stretch.rows, (
        f"{len(labels)} evaluation rows, not {stretch.rows}; {REMEDY}"
    )
    label = int(stretch in golden().incidents)
    wrong = int((labels != label).sum())
    assert not wrong, f"{wrong} of {len(labels)} rows are no longer labelled {label}; {REMEDY}"


@each(golden().incidents)
def test_a_golden_incident_is_still_found(
    candidate: BuiltCommit, standing: dict[str, Ranks], stretch: Stretch
) -> None:
    lost = set(stretch.algorithms) & set(standing) - set(finders(candidate, standing, stretch))
    assert not lost, (
        f"{', '.join(sorted(lost))}: "
        f"{stretch.what} of '{stretch.entity}' no longer stands out; {REMEDY}"
    )


@each(golden().quiet)
def test_a_golden_quiet_stretch_stays_low(
    candidate: BuiltCommit, standing: dict[str, Ranks], stretch: Stretch
) -> None:
    loud = finders(candidate, standing, stretch)
    assert not loud, (
        f"{', '.join(loud)}: {stretch.what} of '{stretch.entity}' now stands out; {REMEDY}"
    )


@pytest.mark.parametrize(
    "case", [pytest.param(one, id=" ".join(map(str, one.row))) for one in golden().cases] or [NONE]
)
def test_a_golden_row_is_still_met(candidate: BuiltCommit, case: Case) -> None:
    assert place_of(candidate.evaluation, case) is not None, (
        f"no evaluation row {case.row}; {REMEDY}"
    )
    runs = candidate.runs(candidate.evaluation, gating(candidate.root))
    lost = misses(candidate.evaluation, runs, case)
    near = "" if case.tolerance is None else f" within {case.tolerance:g}"
    assert not lost, (
        f"{', '.join(lost)}: row {case.row} is not predicted as {case.target}{near}; {REMEDY}"
    )
