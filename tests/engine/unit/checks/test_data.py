"""Head's data against base's: expectations that held, columns alike, what head dropped of them."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.checks.data import columns_look_alike, expectations_hold
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.learning.data.expectations import Finding
from clockwork.learning.data.profile import profile
from clockwork.settings.data import DataSettings
from clockwork.support import paths
from tests.engine.unit.checks.conftest import Make
from tests.engine.unit.data.conftest import COLUMNS, SPLIT, table

FULL = {"expect": "column_values_to_not_be_null", "columns": ["metric_a"]}
SMALL = {"expect": "column_values_to_be_between", "columns": ["metric_a"], "max_value": 5}
LARGE = {"expect": "column_values_to_be_between", "columns": ["metric_a"], "max_value": 100}
EXISTS = {"expect": "column_to_exist", "columns": ["metric_b"]}


def finding(spec: dict[str, Any], *, success: bool = True) -> Finding:
    """What Great Expectations said of one column."""
    arguments = {
        key: value for key, value in spec.items() if key not in ("expect", "columns", "severity")
    }
    expected = ", ".join(f"{key} {value}" for key, value in arguments.items())
    observed = "" if success else "25 % of rows differ"
    return Finding(spec["expect"], spec["columns"][0], "critical", success, expected, observed)


def with_data(
    commit: BuiltCommit,
    specs: list[dict[str, Any]],
    findings: list[Finding] | None = None,
    **columns: Any,
) -> BuiltCommit:
    """The commit: expectations, what was found of them, its raw rows and how their columns look."""
    findings = [finding(spec) for spec in specs] if findings is None else findings
    rows = table(**columns)
    (commit.root / "data").mkdir()
    rows.to_pandas().to_parquet(commit.root / "data" / "0.parquet")
    settings = DataSettings(rows="data/*.parquet", step=1, columns=COLUMNS, split=SPLIT)
    (commit.root / "configs" / "data.yaml").write_text(settings.model_dump_json())
    (commit.root / "configs" / "expectations.yaml").write_text(json.dumps({"expectations": specs}))
    numbers = rows.to_pandas().filter(like="metric")
    looks = profile(numbers.to_numpy(dtype=np.float32), list(numbers.columns))
    document = {"findings": [asdict(one) for one in findings], "columns": looks}
    (commit.root / paths.VALIDATION).write_text(json.dumps(document))
    return commit


def verdict(check: Check) -> tuple[Outcome, bool]:
    return check.outcome, check.gating


# --- expectations


def test_expectations_that_hold_on_both_pass(make: Make) -> None:
    check = expectations_hold(
        with_data(make("head"), [FULL, LARGE]), with_data(make("base"), [FULL, LARGE])
    )
    assert (check.id, *verdict(check)) == (CheckId.EXPECTATIONS_HOLD, Outcome.PASS, True)
    assert check.message == "none of base's 2 expectations that held fails"


def test_an_expectation_that_held_on_base_and_fails_on_head_is_suspicious(make: Make) -> None:
    head = with_data(make("head"), [FULL, SMALL], [finding(FULL), finding(SMALL, success=False)])
    check = expectations_hold(head, with_data(make("base"), [FULL, SMALL]))
    assert verdict(check) == (Outcome.SUSPICIOUS, True)
    assert check.message == (
        "1 of base's expectations fail on head's data: "
        "column_values_to_be_between metric_a (max_value 5): 25 % of rows differ"
    )


def test_an_expectation_that_failed_on_base_too_is_no_fault_of_head(make: Make) -> None:
    findings = [finding(FULL), finding(SMALL, success=False)]
    head, base = (with_data(make(name), [FULL, SMALL], findings) for name in ("head", "base"))
    assert expectations_hold(head, base).outcome is Outcome.PASS


def test_an_expectation_that_head_adds_and_breaks_is_not_bases(make: Make) -> None:
    head = with_data(make("head"), [FULL, SMALL], [finding(FULL), finding(SMALL, success=False)])
    assert expectations_hold(head, with_data(make("base"), [FULL])).outcome is Outcome.PASS


@pytest.mark.parametrize("left", [[FULL], [FULL, LARGE]], ids=["dropped", "loosened"])
def test_an_expectation_that_head_drops_and_its_data_break_is_suspicious(
    make: Make, left: list[dict[str, Any]]
) -> None:
    check = expectations_hold(
        with_data(make("head"), left), with_data(make("base"), [FULL, SMALL], metric_a=[1.0] * 8)
    )
    assert check.outcome is Outcome.SUSPICIOUS
    assert (
        "1 of base's expectations fail on head's data: column_values_to_be_between metric_a"
        in check.message
    )
    assert "25 % of rows differ" in check.message


def test_an_expectation_that_head_drops_and_its_data_keep_passes_and_is_reported(
    make: Make,
) -> None:
    check = expectations_hold(
        with_data(make("head"), [FULL]), with_data(make("base"), [FULL, LARGE, EXISTS])
    )
    assert check.outcome is Outcome.PASS
    assert check.message.endswith("; 2 were dropped or changed")


def test_an_expectation_that_failed_on_base_may_be_dropped_where_it_still_fails(make: Make) -> None:
    base = with_data(make("base"), [FULL, SMALL], [finding(FULL), finding(SMALL, success=False)])
    assert expectations_hold(with_data(make("head"), [FULL]), base).outcome is Outcome.PASS
    assert expectations_hold(with_data(make("looser"), [FULL, LARGE]), base).outcome is Outcome.PASS


def test_one_that_failed_on_base_hides_none_that_held(make: Make) -> None:
    base = with_data(
        make("base"),
        [FULL, SMALL, EXISTS],
        [finding(FULL), finding(SMALL, success=False), finding(EXISTS)],
    )
    check = expectations_hold(with_data(make("head"), [FULL], metric_b=None), base)
    assert check.outcome is Outcome.SUSPICIOUS
    assert check.message.startswith(
        "1 of base's expectations fail on head's data: column_to_exist metric_b"
    )


def test_a_column_that_head_drops_with_its_expectation_is_suspicious(make: Make) -> None:
    head = with_data(make("head"), [FULL], metric_b=None)
    assert (
        expectations_hold(head, with_data(make("base"), [FULL, EXISTS])).outcome
        is Outcome.SUSPICIOUS
    )


def test_data_that_were_not_validated_are_never_green(make: Make) -> None:
    head, base = with_data(other_data(make("head")), [FULL]), with_data(make("base"), [FULL])
    (head.root / paths.VALIDATION).unlink()
    for check in (expectations_hold, columns_look_alike):
        with pytest.raises(FileNotFoundError):
            check(head, base)


# --- looks


def other_data(commit: BuiltCommit) -> BuiltCommit:
    """The commit, pinned to other data than all others."""
    (commit.root / "data.dvc").write_text("outs: [{md5: bb, path: data}]")
    return commit


def compared(make: Make, head: dict[str, Any], base: dict[str, Any] | None = None) -> Check:
    one = with_data(other_data(make("head")), [FULL], **head)
    return columns_look_alike(one, with_data(make("base"), [FULL], **(base or {})))


def test_other_data_that_look_the_same_pass(make: Make) -> None:
    check = compared(make, {"metric_a": np.arange(8.0)[::-1]})
    assert check.outcome is Outcome.PASS
    assert check.message == "2 raw columns look as on base"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            {"metric_a": 1000 * np.arange(8.0)},
            "1 differences, such as the mean of 'metric_a' is 3500, expected 3.5",
        ),
        (
            {"metric_a": [3.5] * 8},
            "1 differences, such as the spread of 'metric_a' is 0, expected 2.29",
        ),
        (
            {"metric_a": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, None]},
            "1 differences, such as 12.5% of 'metric_a' are missing, expected 0.0%",
        ),
        ({"metric_b": None}, "1 differences, such as 'metric_b' is gone"),
        (
            {"metric_a": np.arange(8.0) - 50, "metric_b": None},
            "2 differences, such as 'metric_b' is gone",
        ),
    ],
    ids=["unit", "constant", "nulls", "column gone", "two at once"],
)
def test_data_that_look_otherwise_are_suspicious(
    make: Make, head: dict[str, Any], expected: str
) -> None:
    check = compared(make, head)
    assert verdict(check) == (Outcome.SUSPICIOUS, True)
    assert check.message == expected


def test_values_that_are_no_numbers_are_suspicious(make: Make) -> None:
    with np.errstate(invalid="ignore"):
        check = compared(make, {"metric_a": [*np.arange(7.0), np.inf]})
    assert check.outcome is Outcome.SUSPICIOUS
    assert check.message == "1 differences, such as 'metric_a' has values that are no numbers"


def test_missing_values_that_something_filled_are_suspicious(make: Make) -> None:
    holed = pd.Series(np.arange(8.0)).where(lambda value: value != 3.0)
    check = compared(make, {"metric_a": holed.fillna(3.7)}, {"metric_a": holed})
    assert check.outcome is Outcome.SUSPICIOUS


def test_a_column_that_base_did_not_have_is_no_difference(make: Make) -> None:
    assert compared(make, {}, {"metric_b": None}).outcome is Outcome.PASS
