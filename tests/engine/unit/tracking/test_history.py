"""The table in the terminal says what MLflow's table says, newest first."""

from pathlib import Path

import pytest

from clockwork.gate.outcome import Outcome
from clockwork.report.phrases import MINUS, NOTHING
from clockwork.support.checkout import Checkout
from clockwork.tracking.experiment import Experiment
from clockwork.tracking.history import history, read_history
from tests.engine.unit.tracking.conftest import Send

LATE = 200_000  # hours after every run of another test


def test_a_row_tells_metric_difference_and_interval_of_each_algorithm(
    there: Experiment, tested: Send
) -> None:
    tested("s", Outcome.REGRESSION, pr="[17]", hours=LATE)
    first, second = read_history(there, 1)
    assert first[1:] == (
        *("[17]", "regression", "boosting", "precision", "0.750", "0.500"),
        *(f"{MINUS}33.3 %", f"{MINUS}66.7 % to {MINUS}16.7 %", "a1b2c3d"),
    )
    assert second[3] == "linear"
    assert second[8] == NOTHING, "a bound that is missing is no number"


def test_the_newest_comes_first_and_no_more_than_asked_for(there: Experiment, tested: Send) -> None:
    for hours in (2, 1, 3):
        tested("s", pr=str(hours), hours=LATE + hours)
    assert [row[1] for row in read_history(there, 2)] == ["3", "3", "2", "2"]


def test_runs_that_somebody_else_logged_there_are_passed_over(
    there: Experiment, tested: Send
) -> None:
    tested("s", pr="5", hours=LATE + 5)
    begin = 1000 * 3600 * 24 * 365 * 100
    run = there.client.create_run(there.id, start_time=begin, tags={"verdict": "by hand"})
    there.client.set_terminated(run.info.run_id)
    assert [row[1] for row in read_history(there, 1)] == ["5", "5"]


def test_what_people_wrote_is_printed_as_text(
    tested: Send, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tested("s", pr="[red]7[/red]", hours=LATE + 9)
    assert history(Checkout(checkout), 1) == 0
    printed = capsys.readouterr().out
    assert "[red]7[/red]" in printed
    assert printed.count("a1b2c3d") == 1
