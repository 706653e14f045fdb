"""Planted changes are simulated once per commit and change, and again where they were cut short."""

from collections.abc import Mapping
from pathlib import Path
from threading import Barrier
from typing import IO, Any

import pytest

from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.selftest.audit import matrix
from clockwork.selftest.audit.matrix import PLACE, simulate_all
from clockwork.selftest.audit.result import Case, Red
from clockwork.selftest.edits import Change, Edit
from clockwork.selftest.simulate import Simulated
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.git import Commit
from clockwork.verdict.parts import Context
from clockwork.verdict.schema import Verdict

CHECK = CheckId.NO_WORSE


def plant(name: str, replace: str = "y") -> Change:
    edits = [Edit(file="a.py", find="x", replace=replace)]
    return Change(name=name, title=f"Plant {name}", why="w", caught_by=CHECK, edits=edits)


class Player:
    """Stands for a pull request's minutes-long run: keeps what it was asked, fails if asked to."""

    def __init__(self) -> None:
        self.simulated: list[str] = []
        self.variables: Mapping[str, str] = {}
        self.fails: str | None = None
        self.meets = Barrier(1)

    def __call__(
        self,
        main: Checkout,
        head: str,
        change: Change,
        number: str,
        reports: Path,
        *,
        log: IO[str],
        **rest: Any,
    ) -> Simulated:
        self.meets.wait(timeout=10)
        self.simulated.append(change.name)
        self.variables = rest["variables"]
        log.write(f"{number} on {head}\n")
        if change.name == self.fails:
            raise BadInput("the pull request left no verdict.json")
        check = Check(CHECK, Outcome.REGRESSION, "no", algorithm="trees", metric="roc_auc")
        verdict = Verdict(
            outcome=Outcome.REGRESSION,
            exit_code=1,
            summary="",
            head=Commit(sha=head, subject=""),
            base=None,
            context=Context(),
            checks=[check, Check("report_only", Outcome.SUSPICIOUS, "", gating=False)],
        )
        return Simulated(change, 1, verdict, main / reports)


@pytest.fixture
def player(monkeypatch: pytest.MonkeyPatch) -> Player:
    one = Player()
    monkeypatch.setattr(matrix, "simulate", one)
    return one


def simulated(main: Path, *changes: Change, head: str = "h1", state: str = "same") -> list[Case]:
    return list(simulate_all(Checkout(main), head, [*changes], state))


def known(main: Path, name: str) -> Path:
    return main / PLACE / "cases" / f"{name}.json"


def test_a_case_tells_how_the_pull_request_ended(tmp_path: Path, player: Player) -> None:
    (case,) = simulated(tmp_path, plant("worse"))
    assert (case.name, case.title, case.caught_by) == ("worse", "Plant worse", CHECK)
    assert (case.outcome, case.exit_code, case.as_it_should) == ("regression", 1, True)
    assert case.red == [Red(id=CHECK, algorithm="trees", metric="roc_auc")]
    assert player.simulated == ["worse"]


def test_it_is_simulated_again_where_what_is_judged_differs_and_not_where_the_commit_does(
    tmp_path: Path, player: Player
) -> None:
    changes = [plant("one"), plant("two")]
    first = simulated(tmp_path, *changes)
    assert simulated(tmp_path, *changes) == simulated(tmp_path, *changes, head="h2") == first
    assert sorted(player.simulated) == ["one", "two"]
    simulated(tmp_path, *changes, state="other")
    assert sorted(player.simulated) == ["one", "one", "two", "two"]


def test_it_is_simulated_again_where_the_change_differs_and_others_are_not(
    tmp_path: Path, player: Player
) -> None:
    simulated(tmp_path, plant("one"), plant("two"))
    simulated(tmp_path, plant("one", "z"), plant("two"))
    assert sorted(player.simulated) == ["one", "one", "two"]


@pytest.mark.parametrize(
    "text", ["", '{"key": "', "[]", "null", "{}", '{"key": 1, "odd": 2}', "\xff"]
)
def test_a_case_that_was_cut_short_or_has_another_form_is_simulated_again(
    tmp_path: Path, player: Player, text: str
) -> None:
    change = plant("one")
    simulated(tmp_path, change)
    known(tmp_path, "one").write_text(text, encoding="latin-1")
    (case,) = simulated(tmp_path, change)
    assert player.simulated == ["one", "one"]
    assert Case.model_validate_json(known(tmp_path, "one").read_text(encoding="utf-8")) == case


def test_a_case_of_another_form_with_the_right_key_is_simulated_again(
    tmp_path: Path, player: Player
) -> None:
    change = plant("one")
    simulated(tmp_path, change)
    text = known(tmp_path, "one").read_text(encoding="utf-8")
    known(tmp_path, "one").write_text(text.replace('"seconds"', '"minutes"'), encoding="utf-8")
    simulated(tmp_path, change)
    assert player.simulated == ["one", "one"]


def test_a_simulation_that_fails_names_the_change_and_its_log_and_what_was_simulated_is_kept(
    tmp_path: Path, player: Player
) -> None:
    changes, player.fails = [plant("one"), plant("two")], "two"
    with pytest.raises(
        BadInput, match=r"^two: the pull request left no .*; see build/audit/logs/two\.log$"
    ):
        simulated(tmp_path, *changes)
    assert (tmp_path / "build/audit/logs/two.log").read_text(encoding="utf-8") == "two on h1\n"
    assert not known(tmp_path, "two").exists()
    player.fails = None
    assert [case.name for case in simulated(tmp_path, *changes)] == ["one", "two"]
    assert sorted(player.simulated) == ["one", "two", "two"]


def test_two_run_at_a_time_and_are_reported_in_their_order(tmp_path: Path, player: Player) -> None:
    player.meets = Barrier(2)  # the first waits for the second
    names = ["four", "one", "three", "two"]
    assert [case.name for case in simulated(tmp_path, *map(plant, names))] == names


def test_planted_runs_are_kept_from_the_runs_that_people_compare(
    tmp_path: Path, player: Player
) -> None:
    simulated(tmp_path, plant("one"))
    assert player.variables == {
        "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/build/audit/mlflow.db"
    }
