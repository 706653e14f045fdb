"""Both commits are judged by rows that both have.

What was filtered, relabelled, lost or trained on is never green.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.checks.rows import rows_apart, same_rows, shared, unseen_rows
from clockwork.compare.measure import attempt
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Outcome, overall
from clockwork.support import paths
from tests.engine.unit.checks.conftest import JUDGING, Make, Row, table

LATER: list[Row] = [("b", 124, 0), ("c", 124, 1)]
MANY: list[Row] = [
    (f"d{place}", time, int(place == time)) for place in range(10) for time in range(100, 200, 10)
]


# --- the same rows


def test_the_same_rows_are_judged_by_all_of_them(make: Make) -> None:
    head, base = make("head"), make("base")
    check = same_rows(head, base)
    assert (check.outcome, check.gating) == (Outcome.PASS, True)
    assert check.message == "4 rows, the same as base's"
    assert shared(head, base).tolist() == [True] * 4


def test_the_same_rows_of_other_data_are_the_same_rows(make: Make) -> None:
    assert same_rows(make("head", data="bb"), make("base")).outcome is Outcome.PASS


@pytest.mark.parametrize("place", range(4))
def test_rows_filtered_on_the_same_data_are_not_comparable(make: Make, place: int) -> None:
    left = [row for at, row in enumerate(JUDGING) if at != place]
    check = same_rows(make("head", judging=left), make("base"))
    assert check.outcome is Outcome.NOT_COMPARABLE
    assert check.message.startswith(
        "head has 3 evaluation rows, base 4, 3 of them the same; kind camera: "
    )
    assert check.message.endswith("on the same data: an owner must look")


def test_rows_added_or_relabelled_on_the_same_data_are_not_comparable(make: Make) -> None:
    base = make("base")
    for name, rows in (("more", [*JUDGING, *LATER]), ("other", [("b", 100, 1), *JUDGING[1:]])):
        assert same_rows(make(name, judging=rows), base).outcome is Outcome.NOT_COMPARABLE


def test_where_the_data_changed_the_rows_that_both_have_judge(make: Make) -> None:
    head, base = make("head", judging=[*JUDGING, *LATER], data="bb"), make("base")
    check = same_rows(head, base)
    assert check.outcome is Outcome.PASS
    assert (
        check.message
        == "the data changed: 4 evaluation rows of both count, 2 new ones wait for the next "
        "baseline"
    )
    assert shared(head, base).tolist() == [True] * 4 + [False] * 2


def test_rows_older_than_heads_period_may_be_gone(make: Make) -> None:
    head, base = make("head", judging=[*JUDGING[1::2], *LATER], data="bb"), make("base")
    assert same_rows(head, base).outcome is Outcome.PASS
    assert shared(head, base).tolist() == [True, True, False, False]


def test_a_changed_label_in_changed_data_is_not_comparable(make: Make) -> None:
    changed: list[Row] = [*JUDGING[:3], ("c", 112, 1), *LATER]
    head, base = make("head", judging=changed, data="bb"), make("base")
    check = same_rows(head, base)
    assert check.outcome is Outcome.NOT_COMPARABLE
    assert check.message == "1 evaluation rows have another label than on base"
    assert shared(head, base).tolist() == [True, True, True, False, False, False]


def test_data_with_nothing_in_common_are_not_comparable(make: Make) -> None:
    head, base = make("head", judging=LATER, data="bb"), make("base")
    check = same_rows(head, base)
    assert check.outcome is Outcome.NOT_COMPARABLE
    assert check.message == "the data changed, and no evaluation row is base's, too"
    assert not shared(head, base).any()


@pytest.mark.parametrize(
    ("gone", "outcome"), [(0, "pass"), (2, "pass"), (3, "not comparable"), (50, "not comparable")]
)
def test_rows_gone_from_within_the_period_are_not_comparable(
    make: Make, gone: int, outcome: str
) -> None:
    head, base = (
        make("head", judging=[*MANY[: 99 - gone], MANY[99], *LATER], data="bb"),
        make("base", judging=MANY),
    )
    check = same_rows(head, base)
    assert check.outcome.value == outcome
    assert (
        check.message == f"{gone} of base's 100 evaluation rows are no longer among head's"
    ) is (outcome != "pass")


@pytest.mark.parametrize(
    ("kept", "outcome"),
    [(100, "pass"), (98, "pass"), (97, "not comparable"), (60, "not comparable")],
)
def test_bases_rows_after_the_end_of_heads_are_gone_too(
    make: Make, kept: int, outcome: str
) -> None:
    rows = sorted(MANY, key=lambda row: row[1])
    check = same_rows(make("head", judging=rows[:kept], data="bb"), make("base", judging=rows))
    assert check.outcome.value == outcome
    gone = f"{100 - kept} of base's 100 evaluation rows are no longer among head's"
    assert (check.message == gone) is (outcome != "pass")


def without_slices(commit: BuiltCommit) -> BuiltCommit:
    """The commit without the slice column of its evaluation rows."""
    commit.evaluation.drop(columns="kind").to_parquet(commit.root / paths.EVALUATION)
    return BuiltCommit(commit.checkout, commit.scores)


@pytest.mark.parametrize("data", ["aa", "bb"])
def test_a_slice_column_that_base_has_and_head_lacks_is_not_comparable(
    make: Make, data: str
) -> None:
    head, base = without_slices(make("head", data=data)), make("base")
    assert head.fingerprint == base.fingerprint, "the rows themselves are the same"
    check = same_rows(head, base)
    assert (check.outcome, check.gating) == (Outcome.NOT_COMPARABLE, True)
    assert check.message == "base's slices by kind are gone: an owner must look"


def test_a_slice_column_that_head_adds_is_welcome(make: Make) -> None:
    assert same_rows(make("head"), without_slices(make("base"))).outcome is Outcome.PASS


LABELS = [0.0, 1.0, np.nan]  # NaN: an item of a list that was not judged


class Keys(BuiltCommit):
    """A commit that is nothing but its evaluation rows: (entity, time, which of `LABELS`)."""

    def __init__(self, rows: list[Row]) -> None:
        label = [LABELS[which] for *_, which in rows]
        self.__dict__["evaluation"] = table(rows).assign(label=label)


@settings(max_examples=25, deadline=None)
@given(
    order=st.permutations(range(12)),
    size=st.integers(1, 12),
    other=st.dictionaries(st.integers(0, 11), st.integers(0, 2), max_size=3),
)
def test_shared_rows_are_those_with_the_same_entity_time_and_label(
    order: list[int], size: int, other: dict[int, int]
) -> None:
    rows = [(f"e{place % 4}", 100 + place // 4, place % 3) for place in range(12)]
    relabelled = [(*row[:2], other.get(place, row[2])) for place, row in enumerate(rows)]
    head = [relabelled[place] for place in order[:size]]
    assert shared(Keys(head), Keys(rows[:8])).tolist() == [row in rows[:8] for row in head]


# --- rows that nobody trained on


def unseen(head: BuiltCommit, base: BuiltCommit) -> list[str]:
    """The outcomes for head and for base."""
    return [check.outcome.value for check in unseen_rows(head, base)]


def test_judging_rows_that_a_side_trained_on_are_not_comparable(make: Make) -> None:
    head, peeked = make("head"), make("base", train=[("b", 112, 1)])
    assert unseen(head, peeked) == ["pass", "not comparable"]
    assert unseen(peeked, head) == ["not comparable", "pass"]
    assert unseen(head, head) == ["pass", "pass"]


def test_a_new_judging_row_may_have_trained_neither_commit(make: Make) -> None:
    rows = [*JUDGING, *LATER]
    seen, base = make("seen", train=[("b", 124, 0)]), make("base")
    head = make("head", judging=rows, data="bb")
    assert unseen(head, seen) == ["pass", "not comparable"]
    peeked = make("peeked", judging=rows, data="bb", train=[("b", 124, 0)])
    assert unseen(peeked, base) == ["not comparable", "pass"]


# --- rows apart from those that trained


@pytest.mark.parametrize(
    ("last", "windows", "outcome"),
    [
        (40, "{60: [mean]}", "pass"),
        (41, "{60: [mean]}", "suspicious"),
        (41, "{5: [z], 59: [mean]}", "pass"),
    ],
)
def test_an_embargo_shorter_than_the_longest_window_is_suspicious(
    make: Make, last: int, windows: str, outcome: str
) -> None:
    head = make("head", train=[("a", 0, 0), ("a", last, 1)], windows=windows)
    check = rows_apart(head, make("base", windows="{5: [mean]}"))
    assert check.outcome.value == outcome
    assert f"{100 - last} minutes" in check.message


def test_a_window_of_base_counts_where_head_dropped_it(make: Make) -> None:
    head = make("head", train=[("a", 80, 0)], windows="{5: [mean]}")
    check = rows_apart(head, make("base"))
    assert check.outcome is Outcome.SUSPICIOUS
    assert (
        check.message
        == "evaluation begins 20 minutes after training, and windows reach back 60; raise the "
        "embargo"
    )


def test_an_entity_on_both_sides_that_was_not_on_base_is_suspicious(make: Make) -> None:
    head, base = make("head", train=[("a", 0, 0), ("b", 10, 1)]), make("base")
    check = rows_apart(head, base)
    assert check.outcome is Outcome.SUSPICIOUS
    assert check.message == "1 entities are in training and evaluation, on base in one, such as 'b'"
    assert rows_apart(base, head).outcome is Outcome.PASS, "it is better to have fewer"
    assert rows_apart(head, head).outcome is Outcome.PASS, "base has it, too"


@pytest.mark.parametrize("split", ["both", "random"])
def test_one_side_that_trained_on_nothing_is_never_green(make: Make, split: str) -> None:
    head, base = make("head", split=split), make("base")
    rows = pd.read_parquet(head.root / paths.SPLIT)
    rows[: len(JUDGING)].to_parquet(head.root / paths.SPLIT)
    assert overall(attempt(CheckId.ROWS_APART, lambda: [rows_apart(head, base)])) is Outcome.INVALID


def test_rows_that_changed_their_slice_are_not_comparable(make: Make) -> None:
    head, base = make("head"), make("base")
    rows = pd.read_parquet(head.root / paths.EVALUATION)
    rows.assign(kind=rows["kind"].astype(str).where(rows["entity"] != "b", "camera")).to_parquet(
        head.root / paths.EVALUATION
    )
    assert same_rows(head, base).outcome is Outcome.NOT_COMPARABLE
    assert "another slice" in same_rows(BuiltCommit(head.checkout, head.scores), base).message


def test_new_data_that_keep_but_a_few_of_bases_judging_rows_are_not_comparable(make: Make) -> None:
    many = [("b", 100 + at, at % 2) for at in range(40)]
    few = make("few", judging=many[-5:], data="bb")
    enough = make("enough", judging=many[-20:], data="bb")
    base = make("base", judging=many)
    assert "only 5 of base's 40" in same_rows(few, base).message
    assert same_rows(few, base).outcome is Outcome.NOT_COMPARABLE
    assert same_rows(enough, base).outcome is Outcome.PASS


@pytest.mark.parametrize("split", ["entity", "random", "column"])
def test_rows_that_are_not_split_by_time_need_no_embargo(make: Make, split: str) -> None:
    head = make("head", split=split, train=[("a", 500, 0), ("a", 510, 1)])
    check = rows_apart(head, head)
    assert check.outcome is Outcome.PASS
    assert check.message == f"split by {split}; 0 entities on both sides"


@pytest.mark.parametrize("windows", ["{}", "{5: [mean]}"])
def test_windows_that_reach_training_rows_of_an_entity_that_evaluates_are_found(
    make: Make, windows: str
) -> None:
    head = make("head", split="random", windows=windows, train=[("b", 98, 0), ("a", 10, 1)])
    check = rows_apart(head, head)
    assert check.outcome is (Outcome.PASS if windows == "{}" else Outcome.SUSPICIOUS)
    if windows != "{}":
        assert check.message == (
            "windows reach back 5 minutes, into training rows of 1 entities that evaluate, "
            "too, such as 'b'; split by time, or by entity"
        )
