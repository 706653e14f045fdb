"""Aliases say which version is in use, and going back goes no further than it was asked to."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from clockwork.support.errors import BadInput
from clockwork.tracking import registry
from clockwork.tracking.experiment import Experiment
from clockwork.tracking.registry import (
    CHALLENGER,
    CHAMPION,
    PREVIOUS,
    ROLLED_BACK,
    Registered,
    model_name,
)
from tests.engine.unit.tracking.conftest import Send


@pytest.fixture
def model(there: Experiment, request: pytest.FixtureRequest) -> Registered:
    """A registered model that no other test knows."""
    return Registered(there.client, model_name("trial", request.node.name[:60]))


@pytest.fixture
def add(there: Experiment, tested: Send, model: Registered) -> Any:
    """Adds a version that serves some contents."""

    def version(served: str) -> Any:
        child = there.client.get_run(tested(served).children["boosting"])
        model_id = child.outputs.model_outputs[0].model_id
        return model.add(child.info.run_id, model_id, {"served": served}, "tested")

    return version


def numbers(model: Registered) -> dict[str, str]:
    """The version of every alias that stands."""
    found = {alias: model.version(alias) for alias in (CHAMPION, PREVIOUS, CHALLENGER)}
    return {alias: str(version.version) for alias, version in found.items() if version}


def test_a_name_with_signs_that_mlflow_refuses_gets_others() -> None:
    assert model_name("team/fleet:eu", "boosting") == "team_fleet_eu-boosting"


@pytest.mark.parametrize("sign", ["'", '"'])
def test_a_name_with_a_quote_gets_a_second_version_too(
    there: Experiment, tested: Send, served: str, sign: str
) -> None:
    named = Registered(there.client, f"team{sign}s-{served[:50]}")
    for _ in range(2):
        child = there.client.get_run(tested(served).children["boosting"])
        named.add(child.info.run_id, child.outputs.model_outputs[0].model_id, {}, "tested")
    assert [int(one.version) for one in named.versions()] == [2, 1]


def test_a_model_that_nobody_registered_has_no_versions(model: Registered) -> None:
    assert model.version(CHAMPION) is None
    assert model.versions() == []


def test_a_version_is_the_model_that_the_run_logged(
    there: Experiment, model: Registered, add: Any
) -> None:
    version = add("s1")
    run = there.client.get_run(version.run_id)
    model_id = run.outputs.model_outputs[0].model_id
    assert version.source == f"models:/{model_id}"
    assert (
        json.loads(there.client.get_logged_model(model_id).tags["mlflow.modelVersions"])[0]["name"]
        == model.name
    )
    found: Any = model.of("s1")
    assert found.version == version.version
    assert model.of("s2") is None


def test_the_oldest_of_more_versions_than_a_page_holds_is_found(
    model: Registered, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = add("s1"), add("s2")
    monkeypatch.setattr(registry, "PAGE", 1)
    assert [one.version for one in model.versions()] == [second.version, first.version]


def test_no_store_appears_where_the_process_runs(
    add: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    add("s1")
    assert not (tmp_path / "mlflow.db").exists()
    assert "MLFLOW_TRACKING_URI" not in os.environ


def test_a_new_champion_leaves_the_old_one_as_previous(model: Registered, add: Any) -> None:
    first, second = add("s1"), add("s2")
    model.name_it(first, CHAMPION)
    model.name_it(second, CHALLENGER)
    assert numbers(model) == {"champion": "1", "challenger": "2"}
    model.name_it(second, CHAMPION)
    assert numbers(model) == {"champion": "2", "previous": "1"}


def test_going_back_is_one_step_and_a_second_call_goes_no_further(
    model: Registered, add: Any
) -> None:
    for version in (add("s1"), add("s2")):
        model.name_it(version, CHAMPION)
    model.roll_back(None, "today")
    assert numbers(model) == {"champion": "1"}
    left: Any = model.of("s2")
    assert left.tags[ROLLED_BACK] == "today"
    with pytest.raises(BadInput, match="no champion before this one"):
        model.roll_back(None, "today")
    assert numbers(model) == {"champion": "1"}


def test_going_back_to_a_version_needs_one_of_that_number(model: Registered, add: Any) -> None:
    for version in (add("s1"), add("s2"), add("s3")):
        model.name_it(version, CHAMPION)
    with pytest.raises(BadInput, match="no other version 9"):
        model.roll_back("9", "today")
    model.roll_back("1", "today")
    assert numbers(model) == {"champion": "1"}
