"""A search keeps to its budget and seed, starts where the settings say, hands on what it found."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from clockwork.learning.stages import tune
from clockwork.learning.tasks.binary import TASK
from clockwork.learning.tuning.curves import Curve
from clockwork.learning.tuning.owners import finished
from clockwork.learning.tuning.results import Tuned, earliest, fewest
from clockwork.learning.tuning.results import found as read
from clockwork.learning.tuning.storage import open_study
from clockwork.learning.tuning.study import Plan, begin, search, work
from clockwork.settings.models import ModelSettings, Params, TuningSettings
from clockwork.support.errors import BadInput
from clockwork.support.paths import TUNING

BUDGET = TuningSettings(
    trials=8, seed=5, rounds_per_step=10, patience=2, settle=0.0, startup_trials=1
)
SPACE = ModelSettings.model_validate(
    {
        "params": {"fixed": 3},
        "search": {
            "rate": {"low": 0.01, "high": 1.0, "log": True},
            "depth": {"low": 2, "high": 9},
            "kind": ["plain", "wild"],
        },
        "start": [
            {"rate": 0.5, "depth": 4, "kind": "wild"},
            {"rate": 0.1, "depth": 3, "kind": "plain"},
        ],
    }
)


def rising(params: Params) -> Curve:
    """Better near a rate of 0.3; a peak after three of six steps."""
    for step in range(6):
        yield 10 * (step + 1), 0.9 - abs(float(params["rate"]) - 0.3) - 0.1 * abs(step - 2)


def flat(params: Params) -> Curve:
    yield 0, float(params["rate"])


def found(
    curve_of: Callable[[Params], Curve] = rising, space: ModelSettings = SPACE, **budget: Any
) -> Tuned:
    return search(Plan(space, BUDGET.model_copy(update=budget), space.start), curve_of)


def test_without_a_space_the_fixed_parameters_are_handed_on_untried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = ModelSettings(params={"top": 3})
    for name, given in (("model_settings", settings), ("read_part", ((), ())), ("task_of", TASK)):
        monkeypatch.setattr(tune, name, lambda *_, given=given: given)
    tune.main("lightgbm")
    found = json.loads((TUNING / "lightgbm.json").read_text(encoding="utf-8"))
    assert found == {"params": {"top": 3}, "trials": []}


def test_the_same_seed_finds_the_same_and_another_tries_others() -> None:
    assert found() == found()
    assert found().trials != found(seed=6).trials


def test_the_start_points_are_tried_first_in_their_order() -> None:
    assert [trial["params"] for trial in found().trials[:2]] == SPACE.start


@pytest.mark.parametrize("trials", [1, 2, 7])
def test_every_trial_of_the_budget_is_in_the_result(trials: int) -> None:
    result = found(trials=trials)
    assert [trial["number"] for trial in result.trials] == list(range(trials))


def test_a_trial_says_what_it_tried_and_how_it_ended() -> None:
    for trial in found().trials:
        assert set(trial) == {"number", "state", "score", "rounds", "params", "curve"}
        assert trial["state"] in {"complete", "pruned"}
        assert set(trial["params"]) == {"rate", "depth", "kind"}


def test_all_values_lie_in_their_space() -> None:
    for trial in found(trials=30).trials:
        assert 0.01 <= trial["params"]["rate"] <= 1
        assert trial["params"]["depth"] in range(2, 10)
        assert type(trial["params"]["depth"]) is int
        assert trial["params"]["kind"] in ("plain", "wild")


def test_a_space_with_one_fraction_is_searched_in_fractions() -> None:
    space = ModelSettings.model_validate({"search": {"rate": {"low": 1, "high": 2.5}}})
    assert any(trial["params"]["rate"] % 1 for trial in found(flat, space).trials)


def test_the_best_trial_is_handed_on_with_its_rounds_and_the_fixed_parameters() -> None:
    result = found()
    best = max(
        (trial for trial in result.trials if trial["state"] == "complete"),
        key=lambda trial: trial["score"],
    )
    assert result.score == best["score"]
    assert result.params == {"fixed": 3, **best["params"], "rounds": best["rounds"]}
    assert result.params["rounds"] == 30


@pytest.mark.parametrize(("settle", "taken"), [(0.0, 3), (0.01, 1), (0.5, 0)])
def test_of_trials_about_as_good_the_earliest_is_taken(settle: float, taken: int) -> None:
    assert earliest([0.5, 0.694, 0.6, 0.7], settle) == taken


def test_the_rounds_are_those_of_the_best_trial_and_not_of_the_last() -> None:
    def other_peaks(params: Params) -> Curve:
        peak = 2 if params["kind"] == "wild" else 4
        for step in range(1, 6):
            yield step, (2.0 if peak == 2 else 1.0) - 0.1 * abs(step - peak)

    result = found(other_peaks, startup_trials=9)
    assert result.params["kind"] == "wild"
    assert result.params["rounds"] == 2
    assert {trial["rounds"] for trial in result.trials} == {2, 4}


def test_a_learner_without_rounds_gets_none() -> None:
    result = found(flat)
    assert "rounds" not in result.params
    assert result.score == max(trial["score"] for trial in result.trials)


def test_a_curve_that_no_longer_rises_is_left_after_the_patience() -> None:
    seen: list[int] = []

    def counted(params: Params) -> Curve:
        for rounds, score in rising(params):
            seen.append(rounds)
            yield rounds, score

    result = found(counted, trials=1)
    assert seen == [10, 20, 30, 40, 50]
    assert result.trials[0]["state"] == "complete"
    assert result.trials[0]["rounds"] == 30


@pytest.mark.parametrize("startup", [1, 4])
def test_a_hopeless_trial_after_the_startup_ones_is_pruned_before_its_end_and_never_the_best(
    startup: int,
) -> None:
    steps: list[int] = []

    def worse_each_time(_: Params) -> Curve:
        steps.append(0)
        for step in range(5):
            steps[-1] += 1
            yield step + 1, step - 10.0 * len(steps)

    result = found(worse_each_time, startup_trials=startup)
    states = [trial["state"] for trial in result.trials]
    assert states == ["complete"] * startup + ["pruned"] * (BUDGET.trials - startup)
    assert set(steps[:startup]) == {5}
    assert max(steps[startup:]) < 5
    assert result.params["rate"] == 0.5


def test_a_place_is_free_again_when_its_point_could_not_be_worked_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> Params:
        raise MemoryError

    plan = Plan(SPACE, BUDGET)
    study = begin(plan)
    monkeypatch.setattr("clockwork.learning.tuning.study.propose", fails)
    with pytest.raises(MemoryError):
        work(study, plan, rising)
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE, TrialState.FAIL]


def test_each_trial_is_reported_with_the_best_so_far() -> None:
    reported: list[tuple[int, float]] = []
    result = search(Plan(SPACE, BUDGET), rising, lambda done, best: reported.append((done, best)))
    assert [done for done, _ in reported] == list(range(1, 9))
    assert [best for _, best in reported] == sorted(best for _, best in reported)
    assert reported[-1][1] == result.score


def tuned(params: Params, score: float, number: int) -> dict[str, Any]:
    return {
        "number": number,
        "state": "complete",
        "score": score,
        "rounds": 10,
        "params": params,
        "curve": [score],
    }


KNOWN = [tuned({"rate": 0.1 * at, "depth": 3, "kind": "wild"}, 0.5, at) for at in (1, 2, 3)]


def test_known_trials_that_a_killed_process_had_not_added_yet_are_added() -> None:
    class Killed(Exception):
        pass

    plan = Plan(SPACE, BUDGET, known=KNOWN)
    study = open_study("study", None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("clockwork.learning.tuning.study.open_study", lambda *_, **__: study)
        add, added = study.add_trial, [0]

        def killed(trial: optuna.trial.FrozenTrial) -> None:
            if added[0] == 1:
                raise Killed
            added[0] += 1
            add(trial)

        patch.setattr(study, "add_trial", killed)
        with pytest.raises(Killed):
            begin(plan)
        patch.setattr(study, "add_trial", add)
        assert len(study.trials) == 1
        assert [one.params for one in finished(begin(plan).trials, 8)] == [
            one["params"] for one in KNOWN
        ]
        assert len(begin(plan).trials) == 3


def test_a_trial_that_others_failed_as_silent_is_tried_once_more() -> None:
    plan, slow = Plan(SPACE, BUDGET), [True]
    study = begin(plan)

    def silent(params: Params) -> Curve:
        if slow.pop() if slow else False:
            study.tell(len(study.trials) - 1, state=TrialState.FAIL)
        yield from rising(params)

    assert work(study, plan, silent) is None
    assert [one.state == TrialState.FAIL for one in study.trials] == [
        True,
        *[False] * BUDGET.trials,
    ]


def test_a_study_in_which_no_trial_ran_to_its_end_is_one_line() -> None:
    with pytest.raises(
        BadInput, match=r"^study 'study': none of its 1 trials .* run again"
    ) as error:
        read(open_study("study", None), SPACE, BUDGET.model_copy(update={"trials": 1}))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("curve", "settle", "rounds"),
    [
        ([0.5, 0.6, 0.7], 0.0, 30),
        ([0.5, 0.695, 0.7], 0.01, 20),
        ([0.5, 0.6, 0.7], 0.01, 30),
        ([0.7, 0.7, 0.7], 0.0, 10),
        ([0.699, 0.5, 0.7], 0.01, 10),
        ([-0.5, -0.4, -0.399], 0.01, 20),
    ],
)
def test_the_fewest_rounds_near_the_top_of_the_curve_are_taken(
    curve: list[float], settle: float, rounds: int
) -> None:
    assert fewest([10, 20, 30], curve, settle) == rounds
