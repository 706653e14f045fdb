"""One set of bytes, read by two commits' code: what they make of it is compared value by value."""

import json
import shutil
from pathlib import Path

import pytest

from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.checks.data import columns_look_alike
from clockwork.compare.checks.values import same_values
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Outcome
from clockwork.learning.data.profile import profile
from clockwork.learning.data.rows import read_rows
from clockwork.learning.data.values import digests
from clockwork.settings.data import data_settings
from clockwork.support import paths
from clockwork.support.errors import BadInput
from tests.engine.unit.checks.conftest import ROOT, Make
from tests.engine.unit.checks.test_data import FULL, other_data, with_data

READER = Path("clockwork/learning/data/rows.py")
LAST = (
    "    return pd.concat("
    "[frame.reset_index(drop=True), pd.DataFrame(metrics, copy=False)], axis=1)\n"
)
WRAPPED = """
    heat = np.asarray(metrics["metric_a"])
    metrics["metric_a"] = np.where(heat > 6, -327, heat).astype(np.float32)
"""


@pytest.fixture
def code(make: Make) -> Make:
    """Makes a commit with data and code to read them; `reader` is put last in its `_frame`."""

    def commit(name: str, *, reader: str = "", settings: str = "") -> BuiltCommit:
        made = with_data(make(name), [FULL])
        for package in paths.PACKAGES:
            shutil.copytree(
                ROOT / package, made.root / package, ignore=shutil.ignore_patterns("__pycache__")
            )
        rows = made.root / READER
        rows.write_text(rows.read_text().replace(LAST, reader + LAST))
        declare(made, settings)
        return made

    return commit


def declare(commit: BuiltCommit, declared: str) -> None:
    """Set `declared` in configs/data.yaml."""
    path = commit.root / "configs" / "data.yaml"
    path.write_text(
        json.dumps({**json.loads(path.read_text()), "declared": json.loads(declared or "{}")})
    )


def validated(commit: BuiltCommit, **wrong: str) -> BuiltCommit:
    """The commit with the digests of what its settings read.

    `wrong` is what its own reader makes of a column.
    """
    path = commit.root / paths.VALIDATION
    values = {**digests(read_rows(data_settings(commit.root), commit.root)), **wrong}
    path.write_text(json.dumps({**json.loads(path.read_text()), "values": values}))
    return commit


def test_digests_that_agree_pass_without_a_reader(make: Make) -> None:
    head, base = (validated(with_data(make(name), [FULL])) for name in ("head", "base"))
    check = same_values(head, base)
    assert (check.id, check.outcome, check.gating) == (CheckId.SAME_VALUES, Outcome.PASS, True)
    assert check.message == "6 columns, each value the same as base's"


def test_a_base_without_digests_is_read_by_its_own_code(code: Make) -> None:
    check = same_values(validated(code("head")), code("base"))
    assert (check.outcome, check.message) == (
        Outcome.PASS,
        "6 columns, each value the same as base's",
    )
    wrapped = same_values(validated(code("other", reader=WRAPPED), metric_a="aa"), code("older"))
    assert wrapped.outcome is Outcome.SUSPICIOUS


def test_a_value_that_wraps_is_suspicious_until_it_is_declared_and_only_as_it_is(
    code: Make,
) -> None:
    head, base = validated(code("head", reader=WRAPPED), metric_a="aa"), validated(code("base"))
    check = same_values(head, base)
    assert check.outcome is Outcome.SUSPICIOUS
    assert (
        "'metric_a' differs in 1 of 8 rows, such as entity 'm2' at minute 13: -327, base 7;"
        in check.message
    )
    line = check.message.partition("`declared: {metric_a: '")[2].partition("'}`")[0]
    declare(head, json.dumps({"metric_a": line}))
    declared = same_values(head, base)
    assert declared.outcome is Outcome.PASS
    assert declared.message.startswith(
        "as configs/data.yaml declares: 'metric_a' differs in 1 of 8 rows"
    )
    declare(head, json.dumps({"metric_a": "0123456789abcdef"}))
    assert same_values(head, base).outcome is Outcome.SUSPICIOUS


def test_a_reader_that_cannot_run_again_is_no_pass(code: Make) -> None:
    head, base = (
        validated(code("head"), metric_a="aa"),
        code("base", reader="    raise KeyError('load')\n"),
    )
    with pytest.raises(
        BadInput, match="the raw rows of base cannot be read again: KeyError: 'load'"
    ):
        same_values(head, base)


def test_other_data_have_no_values_to_compare(make: Make) -> None:
    head, base = other_data(with_data(make("head"), [FULL])), with_data(make("base"), [FULL])
    assert (
        same_values(head, base).message
        == "the data changed: there are no values to compare one by one"
    )


def test_a_column_that_is_declared_need_not_look_as_on_base(make: Make) -> None:
    head, base = validated(with_data(make("head"), [FULL])), with_data(make("base"), [FULL])
    path, values = (
        head.root / paths.VALIDATION,
        json.loads((head.root / paths.VALIDATION).read_text())["values"],
    )
    rows = read_rows(data_settings(head.root), head.root)[["metric_a", "metric_b"]] * [1000, 1]
    looks = profile(rows.to_numpy(dtype="float32"), [str(name) for name in rows])
    path.write_text(json.dumps({**json.loads(path.read_text()), "columns": looks}))
    assert columns_look_alike(head, base).outcome is Outcome.SUSPICIOUS
    declare(head, json.dumps({"metric_a": values["metric_a"]}))
    check = columns_look_alike(head, base)
    assert (
        check.message
        == "1 raw columns look as on base; metric_a left out, as configs/data.yaml declares"
    )


def test_the_code_that_reads_stands_where_the_test_puts_its_fault() -> None:
    assert (ROOT / READER).read_text().count(LAST) == 1
