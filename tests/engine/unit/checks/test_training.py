"""Head was trained as base was: on as many rows, with the same libraries; what differs is named."""

from typing import Any

import pytest

from clockwork.compare import compare
from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.checks.training import same_dependencies, same_training
from clockwork.compare.measure import attempt
from clockwork.compare.request import Request
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Outcome, overall
from clockwork.support.checkout import Checkout
from clockwork.support.git import git
from clockwork.support.libraries import installed, note
from tests.engine.unit.checks.conftest import ROWS, Make, commit

LOCK = "lightgbm==4.7.0\nnumpy==2.3.1\nscikit-learn==1.9.1\n"


def test_the_same_counts_pass(make: Make) -> None:
    assert overall(same_training(make("head"), make("base"))).green


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({**ROWS, "all": 300}, "all: 300 rows, base 1000"),
        ({**ROWS, "all": 2000}, "all: 2000 rows"),
        ({**ROWS, "positive": 0}, "positive: 0 rows, base 20"),
        (
            {name: count for name, count in ROWS.items() if name != "kind camera"},
            "kind camera: 0 rows, base 600",
        ),
        ({**ROWS, "kind router": 50}, "kind router: 50 rows, base 0"),
        (None, "0 rows"),
    ],
)
def test_rows_lost_doubled_or_unlabelled_in_training_are_suspicious(
    make: Make, counts: Any, expected: str
) -> None:
    (check,) = same_training(make("head", counts=counts), make("base"))
    assert check.outcome is Outcome.SUSPICIOUS
    assert expected in check.message


def test_counts_that_neither_commit_knows_are_never_green(make: Make) -> None:
    head, base = make("head", counts=None), make("base", counts=None)
    assert not overall(attempt(CheckId.TRAINED_ON, lambda: same_training(head, base))).green


def test_other_data_may_have_other_counts_within_reason(make: Make) -> None:
    more = {name: round(1.2 * count) for name, count in ROWS.items()}
    assert not overall(same_training(make("head", counts=more), make("base"))).green
    assert overall(same_training(make("newer", counts=more, data="bb"), make("older"))).green


def test_the_same_libraries_are_no_change(make: Make) -> None:
    check = same_dependencies(make("head", lock=LOCK), make("base", lock=LOCK))
    assert (check.outcome, check.gating) == (Outcome.PASS, False)
    assert check.message == "requirements.lock is base's"


def test_a_lock_that_changes_no_package_is_no_change(make: Make) -> None:
    check = same_dependencies(make("head", lock=f"# newer\n{LOCK}"), make("base", lock=LOCK))
    assert (check.outcome, check.gating) == (Outcome.PASS, False)
    assert check.message == "requirements.lock changed, but for no package or version"


CHANGED = [
    (LOCK.replace("1.9.1", "1.9.0"), "scikit-learn 1.9.1 -> 1.9.0"),
    (LOCK.replace("4.7.0", "4.6.0"), "lightgbm 4.7.0 -> 4.6.0"),
    (LOCK + "xgboost==3.0.0\n", "xgboost new -> 3.0.0"),
    ("", "lightgbm 4.7.0 -> gone, numpy 2.3.1 -> gone, scikit-learn 1.9.1 -> gone"),
]


@pytest.mark.parametrize(("ours", "expected"), CHANGED)
def test_other_libraries_are_compared_where_base_ran_with_its_own(
    make: Make, ours: str, expected: str
) -> None:
    head, base = make("head", lock=ours), make("base", lock=LOCK)
    note(base.root, python="/somewhere/python")
    check = same_dependencies(head, base)
    assert (check.id, check.outcome, check.gating) == ("dependencies", Outcome.PASS, False)
    assert (
        check.message
        == f"requirements.lock changed ({expected}): each commit ran with its own libraries"
    )
    assert head.document().dependencies != base.document().dependencies


@pytest.mark.parametrize(("ours", "expected"), CHANGED)
def test_other_libraries_that_base_could_not_have_are_not_comparable(
    make: Make, ours: str, expected: str
) -> None:
    head, base = make("head", lock=ours), make("base", lock=LOCK)
    note(base.root, error="uv pip: the network is down")
    check = same_dependencies(head, base)
    assert (check.outcome, check.gating) == (Outcome.NOT_COMPARABLE, True)
    assert expected in check.message
    assert check.message.endswith("for its own cannot be had: uv pip: the network is down")


def test_the_libraries_of_a_commit_are_those_it_holds_and_not_those_lent_to_it(make: Make) -> None:
    head, base = make("head", lock=LOCK), make("base", lock=LOCK.replace("1.9.1", "1.9.0"))
    (base.root / "requirements.lock").write_text(LOCK)
    assert "scikit-learn 1.9.0 -> 1.9.1" in same_dependencies(head, base).message


def test_a_base_whose_libraries_cannot_be_had_runs_with_heads_and_is_not_comparable(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = make("head", lock="tiny @ file:///nowhere/tiny-1.0-py3-none-any.whl --hash=sha256:aa\n")
    base = git(head.root, "rev-parse", "HEAD")
    commit(head.root, "tiny==1.1\n")
    lent = make("base", lock="tiny==1.0\n")

    def without_graph(
        checkout: Checkout, _sha: str, _report: object, *, lock: str | None = None
    ) -> BuiltCommit:
        if lock is not None:
            installed(checkout.root, lock)
        return lent

    monkeypatch.setattr(compare, "build_base", without_graph)
    lines: list[str] = []
    found = compare.base_with_libraries(Request(Checkout(head.root), report=lines.append), base)
    assert found is lent
    assert lines[-1].startswith("base's libraries cannot be had: uv pip: ")
    check = same_dependencies(head, found)
    assert (check.outcome, check.gating) == (Outcome.NOT_COMPARABLE, True)
    assert "its own cannot be had: uv pip: " in check.message
