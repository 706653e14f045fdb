"""The shipped configs load, and each setting that makes no sense is refused where it stands."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import pipelines
from clockwork.compare.preflight import check_settings
from clockwork.settings.alerts import threshold
from clockwork.settings.data import data_settings
from clockwork.settings.expectations import Expectations, expectations
from clockwork.settings.features import feature_settings
from clockwork.settings.gate import GateSettings, gate_settings
from clockwork.settings.models import training_settings, tuning_settings
from clockwork.settings.strict import Strict, parse
from clockwork.settings.tracking import tracking_settings
from clockwork.support.errors import BadInput
from tests.unit.test_configs import CONFIGS, model_of

ROOT = Path(pipelines.__path__[0]).parent


@pytest.mark.parametrize(
    "function",
    [
        data_settings,
        expectations,
        feature_settings,
        gate_settings,
        tracking_settings,
        training_settings,
        tuning_settings,
    ],
)
def test_settings_are_those_of_the_checkout_that_is_asked_for(
    function: Callable[[Path], Any], tmp_path: Path
) -> None:
    assert function(ROOT)
    with pytest.raises(BadInput, match=rf"{tmp_path}.*no such file"):
        function(tmp_path)


def test_an_algorithm_without_a_threshold_alerts_from_the_default(tmp_path: Path) -> None:
    copy_of_the_settings(tmp_path)
    assert threshold("fifth", ROOT) == 0.5
    with (tmp_path / "configs" / "alerts.yaml").open("a", encoding="utf-8") as file:
        file.write("default: 0.3\n")
    assert threshold("fifth", tmp_path) == 0.3
    assert threshold("logistic", tmp_path) == threshold("logistic", ROOT)


def test_a_misspelt_threshold_is_refused_before_any_work(tmp_path: Path) -> None:
    copy_of_the_settings(tmp_path)
    alerts = tmp_path / "configs" / "alerts.yaml"
    alerts.write_text("thresholds: {logitsic: 0.1}\n", encoding="utf-8")
    message = (
        r"configs/alerts\.yaml: thresholds has 'logitsic', but there is no "
        r"configs/models/logitsic\.yaml"
    )
    with pytest.raises(BadInput, match=message):
        threshold("logistic", tmp_path)
    with pytest.raises(BadInput, match=message):
        check_settings(tmp_path)


def copy_of_the_settings(folder: Path) -> None:
    shutil.copytree(ROOT / "configs", folder / "configs")


def test_an_algorithm_without_a_file_names_where_it_is_named(tmp_path: Path) -> None:
    copy_of_the_settings(tmp_path)
    (tmp_path / "configs" / "models" / "logistic.yaml").unlink()
    with pytest.raises(
        BadInput,
        match=r"configs/gate\.yaml names algorithm 'logistic' but .*logistic\.yaml does not exist",
    ):
        check_settings(tmp_path)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_fault_in_any_file_is_reported_before_any_work(path: Path, tmp_path: Path) -> None:
    copy_of_the_settings(tmp_path)
    assert check_settings(tmp_path) == gate_settings(ROOT)
    broken = tmp_path / path.relative_to(ROOT)
    broken.write_text(broken.read_text(encoding="utf-8") + "\nxyzzy42: 1\n", encoding="utf-8")
    with pytest.raises(BadInput, match=rf"{path.name}: unknown key 'xyzzy42'"):
        check_settings(tmp_path)


def edited(name: str, changes: dict[str, Any]) -> Strict:
    """A shipped file with some keys set otherwise; a dot leads into a section."""
    document = yaml.safe_load((ROOT / "configs" / name).read_text(encoding="utf-8"))
    for key, value in changes.items():
        at = document
        *sections, last = key.split(".")
        for section in sections:
            at = at[section]
        at[last] = value
    return parse(document, model_of(ROOT / "configs" / name), name)


SENSELESS: dict[str, tuple[str, dict[str, Any], str]] = {
    "no gating algorithm": (
        "gate.yaml",
        {"algorithms": {"trees": "watched"}},
        "at least one algorithm must be gating",
    ),
    "no algorithm": ("gate.yaml", {"algorithms": {}}, "'algorithms'"),
    "nothing for algorithms": ("gate.yaml", {"algorithms": None}, "'algorithms'"),
    "a role that is none": ("gate.yaml", {"algorithms": {"trees": "blocking"}}, "algorithms.trees"),
    "no margin": ("gate.yaml", {"margin": 0}, "'margin'"),
    "a margin of everything": ("gate.yaml", {"margin": 1.0}, "'margin'"),
    "an error rate of a coin": ("gate.yaml", {"alpha_pass": 0.5}, "'alpha_pass'"),
    "an error rate of nothing": ("gate.yaml", {"alpha_block": 0.0}, "'alpha_block'"),
    "too few resamples": ("gate.yaml", {"resamples": 199}, "'resamples'"),
    "too few clusters": ("gate.yaml", {"min_positive_clusters": 9}, "'min_positive_clusters'"),
    "a primary metric that there is not": (
        "gate.yaml",
        {"primary": "average_precission"},
        "average_precission",
    ),
    "a guardrail that there is not": (
        "gate.yaml",
        {"guardrails.roc_auk": {"margin": 0.02}},
        "no metric 'roc_auk'",
    ),
    "a guardrail without a margin": (
        "gate.yaml",
        {"guardrails.roc_auc": {}},
        "'guardrails.roc_auc.margin' is missing",
    ),
    "a guardrail with no margin": (
        "gate.yaml",
        {"guardrails.roc_auc.margin": 0},
        "'guardrails.roc_auc.margin'",
    ),
    "a guardrail with a key too many": (
        "gate.yaml",
        {"guardrails.roc_auc.alpha": 1},
        "'guardrails.roc_auc.alpha'",
    ),
    "a threshold that a guardrail has no use for": (
        "gate.yaml",
        {"guardrails.roc_auc_at_base_rate": {"margin": 0.02}},
        "no metric 'roc_auc_at_base_rate'",
    ),
    "a primary metric that is a guardrail, too": (
        "gate.yaml",
        {"primary": "roc_auc"},
        "primary and a guardrail",
    ),
    "slices with no margin": ("gate.yaml", {"slices.margin": 0}, "'slices.margin'"),
    "slices with an error rate of a coin": ("gate.yaml", {"slices.alpha": 0.5}, "'slices.alpha'"),
    "slices of a few clusters": (
        "gate.yaml",
        {"slices.min_positive_clusters": 9},
        "'slices.min_positive_clusters'",
    ),
    "no slices": ("gate.yaml", {"slices": None}, "'slices'"),
    "a churn below nothing": ("gate.yaml", {"churn": -0.1}, "'churn'"),
    "a cost of less than base's": ("gate.yaml", {"costs.training": 1.0}, "'costs.training'"),
    "a threshold that nothing reaches": (
        "alerts.yaml",
        {"thresholds.logistic": 1.0},
        "'thresholds.logistic'",
    ),
    "a threshold that everything reaches": (
        "alerts.yaml",
        {"thresholds.logistic": 0.0},
        "'thresholds.logistic'",
    ),
    "no thresholds": ("alerts.yaml", {"thresholds": None}, "'thresholds'"),
    "a seed of the pool that ships": (
        "training.yaml",
        {"seeds": [1, 2], "pool": [3, 2]},
        "the same seed twice",
    ),
    "the same seed twice in the pool": ("training.yaml", {"pool": [7, 7]}, "the same seed twice"),
    "the same seed twice": ("training.yaml", {"seeds": [1, 2, 1]}, "the same seed twice"),
    "no seed": ("training.yaml", {"seeds": []}, "'seeds'"),
    "a seed that is text": ("training.yaml", {"seeds": ["1"]}, "seeds.0"),
    "no metric": ("data.yaml", {"features": []}, "'features'"),
    "all of the time for training": (
        "data.yaml",
        {"split.train_share_of_time": 1.0},
        "'split.train_share_of_time'",
    ),
    "no entity for training": (
        "data.yaml",
        {"split.train_share_of_entities": 0},
        "'split.train_share_of_entities'",
    ),
    "an embargo into the past": ("data.yaml", {"split.embargo": -1}, "'split.embargo'"),
    "a single fold": ("data.yaml", {"split.folds": 1}, "'split.folds'"),
    "folds by weather": ("data.yaml", {"split.fold_by": "weather"}, "'split.fold_by'"),
    "no step": ("data.yaml", {"step": 0}, "'step'"),
    "a statistic that there is not": ("features.yaml", {"windows": {5: ["median"]}}, "windows.5.0"),
    "a window of no minutes": ("features.yaml", {"windows": {0: ["mean"]}}, "windows"),
    "a window of minus five minutes": ("features.yaml", {"windows": {-5: ["mean"]}}, "windows"),
    "missing values guessed": ("features.yaml", {"missing": "guess"}, "'missing'"),
    "a log range from zero": (
        "models/lightgbm.yaml",
        {"search.num_leaves": {"low": 0, "high": 3, "log": True}},
        "a log range needs low above 0",
    ),
    "fixed and searched": (
        "models/lightgbm.yaml",
        {"params.num_leaves": 31},
        "'num_leaves' is both fixed",
    ),
    "a column for an expectation that is no list": (
        "expectations.yaml",
        {"expectations": [{"expect": "column_to_exist", "columns": "load"}]},
        "expectations.0.columns",
    ),
    "an expectation of unknown weight": (
        "expectations.yaml",
        {"expectations": [{"expect": "column_to_exist", "severity": "grave"}]},
        "expectations.0.severity",
    ),
    "no expectation": ("expectations.yaml", {"expectations": []}, "'expectations'"),
    "a port of the system": ("tracking.yaml", {"port": 80}, "'port'"),
}


@pytest.mark.parametrize("case", SENSELESS)
def test_a_senseless_setting_is_one_line_that_names_it(case: str) -> None:
    name, changes, words = SENSELESS[case]
    with pytest.raises(BadInput) as error:
        edited(name, changes)
    assert str(error.value).startswith(f"{name}: ")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_an_edit_that_makes_sense_is_read() -> None:
    read = edited("gate.yaml", {"margin": 0.1, "block": 60, "algorithms": {"trees": "gating"}})
    assert isinstance(read, GateSettings)
    assert (read.margin, read.block, read.algorithms) == (0.1, 60, {"trees": "gating"})


def test_what_an_expectation_does_not_know_itself_is_an_argument_of_it() -> None:
    read = edited(
        "expectations.yaml",
        {"expectations": [{"expect": "a", "columns": ["b"], "mostly": 0.9, "x": [1]}]},
    )
    assert isinstance(read, Expectations)
    assert read.expectations[0].arguments == {"mostly": 0.9, "x": [1]}
    assert read.expectations[0].severity == "critical"
