"""A senseless search space is one line that names file, key and remedy, before any work."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import pipelines
from clockwork.settings.models import (
    ModelSettings,
    TrainingSettings,
    TuningSettings,
    model_settings,
)
from clockwork.settings.strict import parse
from clockwork.support.errors import BadInput

ROOT = Path(pipelines.__path__[0]).parent
SOUND: dict[str, Any] = {
    "a": {"low": 1, "high": 9},
    "b": ["x", "y"],
    "c": {"low": 0.1, "high": 1, "when": {"b": ["x"]}},
}


def refusal(document: dict[str, Any], model: type[Any] = ModelSettings) -> str:
    with pytest.raises(BadInput) as error:
        parse(document, model, "configs/models/some.yaml")
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("configs/models/some.yaml: ")
    return str(error.value)


SENSELESS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "an inverted range": ({"a": {"low": 9, "high": 1}}, ["search.a", "low must be below high"]),
    "an empty range": ({"a": {"low": 1, "high": 1}}, ["search.a", "low must be below high"]),
    "no range at all": ({"a": {}}, ["search.a", "needs low and high, or choices"]),
    "a log range with steps": (
        {"a": {"low": 1, "high": 9, "log": True, "step": 2}},
        ["search.a", "step"],
    ),
    "a step wider than its range": ({"a": {"low": 1, "high": 9, "step": 10}}, ["search.a", "step"]),
    "a step of nothing": ({"a": {"low": 1, "high": 9, "step": 0}}, ["search.a", "step"]),
    "no choice": ({"a": []}, ["search.a", "choices are empty"]),
    "choices of mixed types": ({"a": ["x", 1]}, ["search.a", "mixed types"]),
    "true among numbers": ({"a": [True, 1]}, ["search.a", "mixed types"]),
    "the same number twice": ({"a": [1, 2.5, 1.0]}, ["search.a", "twice"]),
    "a choice twice": ({"a": ["x", "x"]}, ["search.a", "twice"]),
    "choices and a range": (
        {"a": {"choices": ["x"], "low": 1, "high": 2}},
        ["search.a", "keep one"],
    ),
    "a condition on nothing": (
        {**SOUND, "a": {"low": 1, "high": 9, "when": {"z": [1]}}},
        ["'a'", "'z'"],
    ),
    "a condition on a value that there is not": (
        {**SOUND, "a": {"low": 1, "high": 9, "when": {"b": ["z"]}}},
        ["'a'", "'b'", "never has"],
    ),
    "a condition without values": (
        {**SOUND, "a": {"low": 1, "high": 9, "when": {"b": []}}},
        ["'a'", "'b'"],
    ),
    "conditions in a ring": (
        {
            "a": {"low": 1, "high": 9, "when": {"b": ["x"]}},
            "b": {"choices": ["x", "y"], "when": {"a": [2]}},
        },
        ["'a'", "ring"],
    ),
}


@pytest.mark.parametrize("case", SENSELESS)
def test_a_senseless_space_is_reported(case: str) -> None:
    search, words = SENSELESS[case]
    reported = refusal({"search": search})
    assert all(word in reported for word in words), reported


def test_whole_numbers_and_fractions_are_choices_of_one_parameter() -> None:
    space = parse({"search": {"a": [0, 0.1, 1]}}, ModelSettings, "it").search["a"]
    assert [space.holds(one) for one in (0, 0.0, 0.1, 1, True, "1", 2)] == [True] * 4 + [False] * 3


@pytest.mark.parametrize("seed", [-1, 2**32])
@pytest.mark.parametrize("key", ["seeds", "pool"])
def test_a_seed_that_no_library_takes_is_reported(seed: int, key: str) -> None:
    assert f"'{key}.0'" in refusal({"seeds": [1], "pool": [2], key: [seed]}, TrainingSettings)
    assert "'seed'" in refusal({**BUDGET, "seed": seed}, TuningSettings)


def test_a_space_that_makes_sense_is_read() -> None:
    read = parse(
        {"search": SOUND, "start": [{"a": 2, "b": "x", "c": 0.5}, {"a": 2, "b": "y"}]},
        ModelSettings,
        "it",
    )
    assert list(read.ordered) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("point", "words"),
    [
        ({"a": 10, "b": "y"}, "outside its range"),
        ({"a": 2.0, "b": "y"}, "outside its range"),
        ({"a": 2, "b": "z"}, "outside its range"),
        ({"a": 2}, "must set exactly ['a', 'b']"),
        ({"a": 2, "b": "x"}, "must set exactly ['a', 'b', 'c']"),
        ({"a": 2, "b": "y", "c": 0.5}, "must set exactly ['a', 'b']"),
        ({"a": 2, "b": "y", "d": 1}, "must set exactly ['a', 'b']"),
    ],
)
def test_a_start_point_that_no_search_could_draw_is_reported(
    point: dict[str, Any], words: str
) -> None:
    assert words in refusal({"search": SOUND, "start": [point]})


BUDGET = {
    "trials": 1,
    "seed": 1,
    "rounds_per_step": 1,
    "patience": 1,
    "settle": 0.0,
    "startup_trials": 1,
}


@pytest.mark.parametrize("key", ["trials", "seconds", "stall", "patience", "rounds_per_step"])
def test_a_budget_of_zero_is_reported(key: str) -> None:
    assert parse(BUDGET, TuningSettings, "it").stall is None
    assert f"'{key}'" in refusal({**BUDGET, key: 0}, TuningSettings)


def test_an_algorithm_of_its_own_budget_of_zero_is_reported() -> None:
    assert "'trials'" in refusal({"trials": 0})


@pytest.mark.parametrize("rounds", [0, -3, 0.5, "x", False])
def test_fewer_rounds_than_one_are_reported(rounds: Any) -> None:
    assert "'rounds' must be 1 or more" in refusal({"params": {"rounds": rounds}})
    assert "'rounds' must be 1 or more" in refusal({"search": {"rounds": [rounds]}})


def test_a_range_of_rounds_begins_at_one() -> None:
    assert "'rounds' must be 1 or more" in refusal({"search": {"rounds": {"low": 0, "high": 9}}})
    assert parse({"search": {"rounds": {"low": 1, "high": 9}}}, ModelSettings, "it")


def lay_out(root: Path, code: str, document: dict[str, Any]) -> None:
    for folder in ("configs/models", "pipelines/models"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(document)
    (root / "configs" / "models" / "some.yaml").write_text(text, encoding="utf-8")
    (root / "pipelines" / "models" / "some.py").write_text(code, encoding="utf-8")


@pytest.mark.parametrize("code", ["KNOWN = {\n", "KNOWN = {}\x00\n"])
def test_code_of_an_algorithm_that_is_no_python_is_one_line_that_names_the_file(
    code: str, tmp_path: Path
) -> None:
    lay_out(tmp_path, code, {"params": {"top": 3}})
    with pytest.raises(
        BadInput, match=r"pipelines/models/some\.py: not readable as Python: .*; mend it"
    ) as error:
        model_settings("some", tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", ["{**BASE, 'bottom': 1}", "dict(BASE)", "7"])
def test_known_parameters_that_only_running_tells_are_left_to_the_learner(
    value: str, tmp_path: Path
) -> None:
    lay_out(tmp_path, f"BASE = {{}}\nKNOWN = {value}\n", {"params": {"top": 3}})
    assert model_settings("some", tmp_path).params == {"top": 3}


@pytest.mark.parametrize(
    "algorithm", [path.stem for path in (ROOT / "configs" / "models").glob("*.yaml")]
)
@pytest.mark.parametrize("where", ["params", "search"])
def test_a_parameter_that_the_learner_does_not_know_is_reported_when_settings_are_read(
    algorithm: str, where: str, tmp_path: Path
) -> None:
    code = (ROOT / "pipelines" / "models" / f"{algorithm}.py").read_text(encoding="utf-8")
    file = ROOT / "configs" / "models" / f"{algorithm}.yaml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    lay_out(tmp_path, code, document)
    assert model_settings("some", tmp_path)
    value = 1 if where == "params" else {"low": 1, "high": 2}
    zebra = {**document.get(where, {}), "zebra": value}
    lay_out(tmp_path, code, {**document, where: zebra, "start": []})
    with pytest.raises(BadInput, match=r"some\.yaml: unknown parameter 'zebra'; known: \w+"):
        model_settings("some", tmp_path)
