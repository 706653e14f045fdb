"""What Great Expectations finds, in our words.

Importing it takes seconds, so all of it is asked for once.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clockwork.learning.data import expectations
from clockwork.learning.data.expectations import (
    Finding,
    check_columns,
    check_expectations,
    write_data_docs,
)
from clockwork.settings.expectations import Expectation
from clockwork.support.errors import BadInput

ROWS = pd.DataFrame(
    {
        "load": [10.0, 20.0, 130.0, 40.0, np.nan, 60.0, 70.0, 80.0, 90.0, 100.0],
        "label": np.array([0, 1] * 5, dtype=np.int8),
        "site": pd.Categorical(["north", "south"] * 5),
    }
)


def spec(
    expect: str, *columns: str, severity: str = "critical", **arguments: object
) -> Expectation:
    return Expectation.model_validate(
        {"expect": expect, "columns": list(columns), "severity": severity, **arguments},
    )


ASKED = {
    "between": spec("column_values_to_be_between", "load", min_value=0, max_value=100),
    "mostly between": spec(
        "column_values_to_be_between", "load", min_value=0, max_value=100, mostly=0.8
    ),
    "not null": spec("column_values_to_not_be_null", "load", severity="warning"),
    "mean": spec("column_mean_to_be_between", "label", min_value=0.9, max_value=1),
    "in set": spec("column_values_to_be_in_set", "site", value_set=["north", "south"]),
    "row count": spec("table_row_count_to_be_between", min_value=1, max_value=5),
    "no such column": spec("column_values_to_not_be_null", "lode"),
}


@pytest.fixture(scope="module")
def found() -> dict[str, Finding]:
    return dict(zip(ASKED, check_expectations(ROWS, list(ASKED.values())), strict=True))


@pytest.mark.parametrize(
    ("name", "success"),
    [
        ("between", False),
        ("mostly between", True),
        ("not null", False),
        ("mean", False),
        ("in set", True),
        ("row count", False),
        ("no such column", False),
    ],
)
def test_what_does_not_hold_is_found(found: dict[str, Finding], name: str, success: bool) -> None:
    assert found[name].success is success


def test_of_many_rows_a_column_at_a_time_finds_the_same(
    found: dict[str, Finding], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = spec(
        "column_values_to_be_between", "load", max_value=90, row_condition='col("label") == 1'
    )
    whole = check_expectations(ROWS, [other])
    monkeypatch.setattr(expectations, "MANY", 5)
    assert check_expectations(ROWS, [*ASKED.values(), other]) == [*found.values(), *whole]


def test_a_finding_says_which_values_were_seen(found: dict[str, Finding]) -> None:
    assert "% of rows differ" in found["between"].observed
    assert "130.0" in found["between"].observed
    assert found["not null"].observed.startswith("10 % of rows differ")
    assert found["mean"].observed == "0.5"
    assert found["row count"].observed == "10"
    assert "lode" in found["no such column"].observed


def test_a_finding_says_what_was_expected_and_how_much_it_matters(
    found: dict[str, Finding],
) -> None:
    assert found["between"].expected == "min_value 0, max_value 100"
    assert (found["between"].column, found["between"].severity) == ("load", "critical")
    assert (found["not null"].expectation, found["not null"].severity) == (
        "column_values_to_not_be_null",
        "warning",
    )
    assert found["row count"].column == ""


def test_findings_are_plain_values(found: dict[str, Finding]) -> None:
    for finding in found.values():
        assert all(type(value) in (str, bool) for value in finding.as_dict().values())


def test_an_expectation_is_spread_over_its_columns_in_order() -> None:
    asked = [spec("column_values_to_not_be_null", "site", "label"), spec("column_to_exist", "load")]
    findings = check_expectations(ROWS, asked)
    assert [(one.column, one.success) for one in findings] == [
        ("site", True),
        ("label", True),
        ("load", True),
    ]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (spec("column_values_to_be_lovely", "load"), "Great Expectations has no"),
        (spec("column_values_to_be_between", "load", min_valeu=0), "min_valeu: extra fields not"),
        (spec("column_values_to_be_between", "load", mostly=2), "mostly: .*"),
        (spec("column_values_to_be_in_set", "site"), "value_set: "),
    ],
    ids=["unknown name", "unknown argument", "argument out of range", "argument missing"],
)
def test_a_wrong_expectation_names_the_file_itself_and_the_fault(
    wrong: Expectation, words: str
) -> None:
    with pytest.raises(BadInput, match=rf"configs/expectations\.yaml: .*{words}") as error:
        check_expectations(ROWS, [wrong])
    assert wrong.expect in str(error.value)
    assert "\n" not in str(error.value)


def test_a_column_that_the_rows_lack_is_reported_with_those_they_have() -> None:
    check_columns(ROWS, [spec("table_row_count_to_be_between"), spec("column_to_exist", "site")])
    with pytest.raises(
        BadInput,
        match=r"^configs/expectations.yaml: column_to_exist: no column 'lode' among \['load'",
    ):
        check_columns(ROWS, [spec("column_to_exist", "site", "lode")])


def test_data_docs_are_pages_of_every_expectation(tmp_path: Path) -> None:
    rows = pd.DataFrame({"load": [1.0, 2.0, 500.0], "label": [0, 1, 0]})
    wanted = [
        Expectation(
            expect="column_values_to_be_between", columns=["load"], arguments={"max_value": 100}
        )
    ]
    page = write_data_docs(rows, wanted, tmp_path / "docs")
    assert page.exists()
    assert any(
        "500" in html.read_text(encoding="utf-8")
        for html in (tmp_path / "docs" / "validations").rglob("*.html")
    )


def between(low: float, high: float, *columns: str, **more: str) -> Expectation:
    bounds = {"min_value": low, "max_value": high}
    return spec("column_values_to_be_between", *columns, **bounds, **more)  # type: ignore[arg-type]


NARROW = ROWS.astype({"load": np.float32})
ROWS_THERE = spec("table_row_count_to_be_between", min_value=1, max_value=50)


def test_floats_of_32_bits_are_compared_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [between(0, 100, "load"), spec("column_values_to_not_be_null", "load"), ROWS_THERE]
    before = check_expectations(NARROW, asked)
    monkeypatch.setattr(pd.Series, "map", None)
    assert check_expectations(NARROW, asked) == before == check_expectations(ROWS, asked)
    assert [one.success for one in before] == [False, False, True]


def test_a_value_on_its_bound_is_within_it_in_32_bits_too() -> None:
    rows = pd.DataFrame({"load": np.array([0.7, 0.8], dtype=np.float32)})
    assert float(rows["load"][0]) < 0.7 < 0.8 < float(rows["load"][1])
    within, beyond = check_expectations(
        rows, [between(0.7, 0.8, "load"), between(0.7, 0.79, "load")]
    )
    assert (within.success, beyond.success) == (True, False)
    assert within.expected == "min_value 0.7, max_value 0.8"


def test_a_bound_that_32_bits_cannot_hold_stays_what_it_is() -> None:
    largest = 2**32 - 1  # which 32 bits hold as 2**32
    rows = pd.DataFrame({"load": np.array([0, largest], dtype=np.float32)})
    more_than_nothing, counted, without_end = check_expectations(
        rows,
        [between(1e-60, largest, "load"), between(0, largest, "load"), between(0, 1e300, "load")],
    )
    assert (more_than_nothing.success, counted.success, without_end.success) == (False, True, True)
    assert "such as [0.0]" in more_than_nothing.observed


@pytest.mark.parametrize(
    ("other", "success"),
    [
        (spec("column_values_to_be_of_type", "load", type_="float32"), True),
        # 0.1 is a little more in 32 bits, and no row has more than that.
        (between(0, 1, "share", row_condition="load > 0.1", condition_parser="pandas"), True),
        (spec("column_pair_values_to_be_equal", column_A="load", column_B="share"), False),
    ],
    ids=lambda one: getattr(one, "expect", ""),
)
def test_what_reads_a_column_otherwise_reads_it_as_it_is(other: Expectation, success: bool) -> None:
    rows = pd.DataFrame({"load": [0.1, 0.1], "share": [0.1, 2.0]}).astype(np.float32)
    found = check_expectations(rows, [other, between(0, 1, "load", "share")])
    assert [one.success for one in found] == [success, True, False]
