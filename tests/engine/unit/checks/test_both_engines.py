"""In an upgrade both engines judge, and what ends otherwise is shown: it decides nothing."""

from dataclasses import replace

import pytest

from clockwork.compare.both_engines import engines_agree
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome

PRIMARY = Check(CheckId.NO_WORSE, Outcome.PASS, algorithm="lightgbm", metric="roc_auc")
ROWS = Check(CheckId.SAME_ROWS, Outcome.UNCHANGED, "the same 42 rows")


def test_engines_that_end_every_check_alike_agree_whatever_they_say_of_it() -> None:
    found = engines_agree([PRIMARY, ROWS], [ROWS, replace(PRIMARY, message="in other words")])
    assert (found.outcome, found.message, found.gating) == (
        Outcome.PASS,
        "all 2 checks end alike",
        False,
    )


@pytest.mark.parametrize(
    ("own", "shown"),
    [
        (
            [replace(PRIMARY, outcome=Outcome.REGRESSION), ROWS],
            f"1 of 2 checks end otherwise by head's engine: {PRIMARY.title}: pass -> regression",
        ),
        (
            [PRIMARY],
            f"1 of 2 checks end otherwise by head's engine: {ROWS.title}: unchanged -> not asked",
        ),
        (
            [],
            f"2 of 2 checks end otherwise by head's engine: {PRIMARY.title}: pass -> not asked",
        ),
    ],
)
def test_what_ends_otherwise_or_is_asked_by_one_alone_is_listed(
    own: list[Check], shown: str
) -> None:
    found = engines_agree([PRIMARY, ROWS], own)
    assert (found.outcome, found.gating) == (Outcome.CANNOT_TELL, False)
    assert found.message.startswith(shown)


def test_a_slice_that_only_head_s_engine_looks_at_is_listed_and_long_lists_are_cut() -> None:
    more = [replace(PRIMARY, slice=f"kind {at}") for at in range(8)]
    assert engines_agree([PRIMARY], [PRIMARY, *more]).message.endswith(
        "kind 4: not asked -> pass and 3 more"
    )
