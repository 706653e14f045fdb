"""What a plan promises holds for a comparison of the same size."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clockwork.cli import main
from clockwork.commands.files.compare import judge
from clockwork.commands.files.options import Options
from clockwork.commands.files.plan import plan
from clockwork.gate.noninferiority import Rules
from clockwork.gate.power import power_of
from clockwork.gate.variance import Spread
from clockwork.support.errors import BadInput

from .conftest import MAKE, TARGET

RULES = Rules(margin=0.03, alpha_pass=0.05, alpha_block=0.01, credible_gain=0.15)


def spread(runs: int, seeds: float, apart: float) -> Spread:
    """Runs whose means differ by `seeds`.

    Their resamples share half of their variance and differ by `apart`.
    """
    rng = np.random.default_rng(1)
    shared = rng.normal(size=2000)
    own = np.linspace(-1, 1, runs) * seeds
    return Spread(1 + own, 1 + 0.02 * shared + apart * rng.normal(size=(runs, 2000)))


def test_four_times_the_clusters_detect_half_the_loss() -> None:
    power = power_of(spread(5, 0.0, 0.01), (3, 5))
    smallest = power.smallest(RULES, 0.9)
    margin = Rules(smallest / 2, 0.05, 0.01, 0.15)
    assert power.clusters(margin, 0.9, now=100) == pytest.approx(400, abs=1)
    assert power.clusters(Rules(smallest, 0.05, 0.01, 0.15), 0.9, now=100) == pytest.approx(
        100, abs=1
    )


def test_what_only_seeds_move_needs_runs_and_not_clusters() -> None:
    power = power_of(spread(5, 0.1, 0.0), (3, 5))
    assert power.clusters(RULES, 0.9, now=100) == float("inf")


def test_of_one_run_nothing_is_known_of_seeds() -> None:
    assert power_of(spread(1, 0.0, 0.0), (1, 1)).own is None


@pytest.mark.parametrize("task", MAKE)
def test_the_plan_says_what_a_comparison_of_new_seeds_then_detects(
    tmp_path: Path, task: str
) -> None:
    base, head = tmp_path / "base.csv", tmp_path / "head.csv"
    MAKE[task](1.0, range(10)).to_csv(base, index=False)
    MAKE[task](1.0, range(20, 23)).to_csv(head, index=False)
    options = Options(target=TARGET[task], resamples=500)
    lines = list(plan(base, options))
    found = next(check.estimate for check in judge(base, head, options)[0].checks if check.estimate)
    promised = float(
        next(line for line in lines if "only the seed" in line)
        .split("a loss of ")[1]
        .split(" %")[0]
    )
    assert promised == pytest.approx(100 * found.minimum_detectable / abs(found.base), rel=0.35)


def test_the_command_prints_the_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    MAKE["binary"](1.5, range(1)).to_csv(tmp_path / "one.csv", index=False)
    assert main(["plan", str(tmp_path / "one.csv"), "--margin=0.02", "--resamples=200"]) == 0
    reported = capsys.readouterr().out
    assert "binary, 1,200 rows, 1,200 clusters" in reported
    assert "one run: what a new seed changes is not in these figures" in reported
    assert "a margin of 2 % needs" in reported


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (
            lambda rows: rows.assign(id=[0, *rows["id"][:-1]]),
            Options(target="price"),
            "id 0 is in rows 0 and 1; name the columns",
        ),
        (
            lambda rows: rows,
            Options(target="prediction_0"),
            "'prediction_0' is a prediction; name the column of targ",
        ),
        (lambda rows: rows.assign(price=3.0), Options(target="price"), "one value only"),
    ],
    ids=["a key that is there twice", "a prediction for a target", "one target in all rows"],
)
def test_a_file_that_is_no_question_is_refused(
    tmp_path: Path, change: Callable[[Any], Any], options: Options, message: str
) -> None:
    change(MAKE["regression"](1.0, range(2))).to_csv(tmp_path / "one.csv", index=False)
    with pytest.raises(BadInput, match=message):
        list(plan(tmp_path / "one.csv", options))


def test_a_value_of_0_has_no_margin(tmp_path: Path) -> None:
    rows = MAKE["regression"](1.0, range(2))
    right = rows.assign(prediction_0=rows["price"], prediction_1=rows["price"])
    right.to_csv(tmp_path / "one.csv", index=False)
    lines = "\n".join(plan(tmp_path / "one.csv", Options(target="price")))
    assert "the value is 0: no margin is a share of it" in lines
    assert "nan" not in lines


def test_a_metric_without_a_value_has_no_figures(tmp_path: Path) -> None:
    MAKE["regression"](1.0, range(2)).assign(prediction_0=0.0).to_csv(
        tmp_path / "one.csv", index=False
    )
    options = Options(target="price", primary="poisson_deviance", resamples=200)
    lines = "\n".join(plan(tmp_path / "one.csv", options))
    assert "the metric has no value on these rows" in lines
    assert "nan" not in lines
