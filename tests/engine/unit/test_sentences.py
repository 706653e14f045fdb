"""The numbers of a check are given in shares of the base's value, with what would settle it."""

from dataclasses import replace

import numpy as np
import pytest

from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Estimate, Outcome
from clockwork.verdict.sentences import explained, sentence


def check(
    outcome: Outcome,
    lower: float,
    upper: float,
    base: float = 1.0,
    margin: float = 0.05,
    needed: int | None = 160,
    runs: int | None = None,
) -> Check:
    delta = (lower + upper) / 2
    estimate = Estimate(
        0.9, base, delta, lower, upper, margin, 0.1, 0.5, needed, 40, runs_needed=runs
    )
    return Check(CheckId.NO_WORSE, outcome, estimate=estimate)


@pytest.mark.parametrize(
    ("outcome", "lower", "upper", "words"),
    [
        (Outcome.UNCHANGED, 0, 0, "identical to the bit"),
        (
            Outcome.PASS,
            -0.02,
            -0.01,
            "slightly worse, within the margin: anything from -2.0 % to -1.0 % fits",
        ),
        (Outcome.PASS, -0.02, 0.01, "anything from -2.0 % to +1.0 % fits, margin -5 %"),
        (
            Outcome.CANNOT_TELL,
            -0.1,
            0.1,
            "about 160 clusters with a positive would settle it (now 40)",
        ),
        (Outcome.SUSPICIOUS, 0.2, 0.4, "too good to be true"),
        (Outcome.INVALID, np.nan, np.nan, "no value on some of the resamples"),
        (
            Outcome.INVALID,
            -0.2,
            0.2,
            "a margin of 5 % is below half of the minimum detectable effect, 10.0 %",
        ),
        (Outcome.REGRESSION, -0.4, -0.2, "anything from -40.0 % to -20.0 % fits"),
    ],
)
def test_an_outcome_is_reported_in_shares_of_the_base(
    outcome: Outcome, lower: float, upper: float, words: str
) -> None:
    reported = sentence(check(outcome, lower, upper))
    assert words in reported
    assert ("slightly" in reported) == ("slightly" in words)


@pytest.mark.parametrize("outcome", Outcome)
def test_a_base_of_zero_has_no_shares_and_is_explained_all_the_same(outcome: Outcome) -> None:
    assert sentence(check(outcome, -0.1, 0.1, base=0, margin=0))


def test_a_difference_on_the_margin_itself_is_not_settled_by_more_rows() -> None:
    assert "lies on the margin" in sentence(
        check(Outcome.CANNOT_TELL, -0.1, 0.1, base=0, margin=0, needed=None)
    )


def test_of_a_gate_that_does_not_say_what_it_would_take_nothing_is_made_up() -> None:
    unsure = check(Outcome.CANNOT_TELL, -0.1, 0.1, needed=None)
    assert unsure.estimate
    older = replace(unsure, estimate=replace(unsure.estimate, positive_clusters=None))
    assert sentence(older).endswith("; more rows or more seeds may settle it")


def test_what_seeds_move_by_too_much_is_settled_by_more_of_them() -> None:
    assert "as seeds move the difference by too much" in sentence(
        check(Outcome.CANNOT_TELL, -0.1, 0.1, needed=None)
    )


@pytest.mark.parametrize(
    ("clusters", "words"),
    [
        (
            160,
            "about 160 clusters with a positive would settle it (now 40), "
            "or about 7 runs on each side",
        ),
        (None, "about 7 runs on each side would settle it; more rows alone would not"),
    ],
)
def test_where_more_runs_would_settle_it_their_number_is_reported(
    clusters: int | None, words: str
) -> None:
    unsure = check(Outcome.CANNOT_TELL, -0.1, 0.1, needed=clusters, runs=7)
    assert sentence(unsure).endswith(words)


def test_a_sentence_is_made_where_there_are_numbers_and_none_yet() -> None:
    measured = check(Outcome.PASS, -0.02, 0.01)
    assert explained(measured).message == sentence(measured)
    assert (
        explained(replace(measured, message="as base's gate says")).message == "as base's gate says"
    )
    bare = Check(CheckId.COSTS, Outcome.PASS, "the same")
    assert explained(bare) is bare


def test_of_a_base_of_0_no_share_is_given() -> None:
    found = sentence(check(Outcome.REGRESSION, 2.0, 3.0, base=0.0))
    assert found == "the difference is +2.5; base's value is 0, of which no margin is a share"
    assert "nan" not in sentence(check(Outcome.INVALID, 2.0, 3.0, base=0.0))
