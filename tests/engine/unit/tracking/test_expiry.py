"""What expires is listed first, and nothing goes that somebody uses."""

from pathlib import Path
from typing import Any

import pytest

from clockwork.gate.outcome import Outcome
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.tracking.acceptance import accept
from clockwork.tracking.experiment import Experiment
from clockwork.tracking.expiry import expire, find_due
from clockwork.tracking.registry import Registered
from tests.engine.unit.tracking.conftest import Look, Send, commit


def test_without_a_wish_nothing_is_even_listed(checkout: Path) -> None:
    with pytest.raises(BadInput, match="--closed-prs"):
        expire(Checkout(checkout), [], None, print, yes=True)


def test_runs_of_closed_pull_requests_are_listed_and_go_only_when_asked(
    checkout: Path, tested: Send, look: Look, there: Experiment
) -> None:
    gone, stays = tested("s", pr="31"), tested("s", pr="32")
    reported: list[str] = []
    assert expire(Checkout(checkout), ["31"], None, reported.append, yes=False) == 0
    assert [line.split()[0] for line in reported] == ["delete", "1"]
    assert "PR 31" in reported[0]
    assert len(look(gone.key)) == 3
    expire(Checkout(checkout), ["31"], None, reported.append, yes=True)
    assert look(gone.key) == []
    assert (
        list(there.client.search_logged_models([there.id], f"tags.`clockwork.key` = '{gone.key}'"))
        == []
    )
    assert len(look(stays.key)) == 3


def test_a_run_whose_model_is_registered_stays(
    checkout: Path, tested: Send, look: Look, there: Experiment
) -> None:
    used = tested("s", pr="41")
    run = there.client.get_run(used.children["boosting"])
    Registered(there.client, "trial-expiry").add(
        run.info.run_id, run.outputs.model_outputs[0].model_id, {}, ""
    )
    reported: list[str] = []
    expire(Checkout(checkout), ["41"], None, reported.append, yes=True)
    assert reported[0].startswith("keep")
    assert "trial-expiry version 1" in reported[0]
    assert len(look(used.key)) == 3


@pytest.mark.parametrize("outcome", [Outcome.REGRESSION, Outcome.CANNOT_TELL])
def test_a_verdict_that_bars_what_another_run_tested_stays(
    checkout: Path, tested: Send, look: Look, served: str, outcome: Outcome
) -> None:
    barring = tested(served, outcome, pr="71")
    alone = tested(f"{served} alone", outcome, pr="71", hours=1)
    standing = tested(served, pr="72", hours=2)
    reported: list[str] = []
    expire(Checkout(checkout), ["71"], None, reported.append, yes=True)
    assert [line.split()[0] for line in reported] == ["keep", "delete", "1"]
    assert (
        "it is not accepted, and 'PR 72 · a1b2c3d · regression' stands on its model" in reported[0]
    )
    assert (len(look(barring.key)), look(alone.key)) == (3, [])
    expire(Checkout(checkout), ["71", "72"], None, print, yes=True)
    assert (look(barring.key), look(standing.key)) == ([], [])


def test_a_verdict_bars_however_many_runs_are_newer(
    tested: Send, served: str, there: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    barring = tested(served, Outcome.REGRESSION, pr="73", hours=90_000)
    tested(served, pr="74", hours=90_001)
    for hours in (90_002, 90_003):
        new = {name: {"served": f"{name} {hours}"} for name in ("boosting", "linear")}
        tested("", pr="75", hours=hours, more=new)
    monkeypatch.setattr("clockwork.tracking.experiment.MOST", 3)
    (due,) = find_due(there, ["73"], None)
    assert (due.run.info.run_id, due.kept.partition(",")[0]) == (
        barring.run_id,
        "it is not accepted",
    )


def test_a_verdict_that_a_person_accepted_stays(
    checkout: Path, tested: Send, look: Look, served: str
) -> None:
    head = commit(checkout, "Accepted")
    sent = tested(served, Outcome.REGRESSION, pr="81", head=head)
    accept(Checkout(checkout), head.sha, "Ada", "known and wanted", print)
    reported: list[str] = []
    expire(Checkout(checkout), ["81"], None, reported.append, yes=True)
    assert reported[0].endswith("regression: accepted by Ada")
    assert len(look(sent.key)) == 3


def test_models_of_others_on_the_server_and_runs_that_are_gone_hold_nothing_up(
    checkout: Path, tested: Send, look: Look, there: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = tested("s", pr="61")
    asked: list[str] = []
    for name, run_id in (("another-team", "1" * 32), ("trial-gone", "2" * 32)):
        there.client.create_registered_model(name)
        there.client.create_model_version(name, str(checkout), run_id)
    get_run = type(there.client).get_run

    def count(client: Any, run_id: str) -> Any:
        asked.append(run_id)
        return get_run(client, run_id)

    monkeypatch.setattr(type(there.client), "get_run", count)
    assert expire(Checkout(checkout), ["61"], None, print, yes=True) == 0
    assert look(sent.key) == []
    assert "2" * 32 in asked
    assert "1" * 32 not in asked


def test_what_is_older_than_some_days_expires(checkout: Path, tested: Send, look: Look) -> None:
    old, new = tested("s", pr="51", hours=-24 * 4000), tested("s", pr="52", hours=24 * 4000)
    expire(Checkout(checkout), [], 3000, print, yes=True)
    assert (len(look(old.key)), len(look(new.key))) == (0, 3)
    expire(Checkout(checkout), ["52"], None, print, yes=True)
