"""A verdict on two algorithms, a checkout with an embedded store, and a look at what MLflow then holds."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from pipelines.gate.outcome import Check, Estimate, Outcome
from pipelines.settings.tracking import TrackingSettings
from pipelines.tracking import store
from pipelines.tracking.record import KEY, Record, record
from pipelines.verdict import Arm, Commit, Context, Rules, Verdict

ENVIRONMENT = ("MLFLOW_TRACKING_URI", "MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_MAX_RETRIES")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
Look = Callable[[str], list[Any]]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def settings() -> TrackingSettings:
    """The settings of the template, with another experiment."""
    return TrackingSettings(experiment="trial", store="mlruns", timeout=5, port=5055)


@pytest.fixture(scope="session")
def verdict() -> Verdict:
    """A regression of `boosting`; of `linear`, which does not gate, one bound has no value."""

    def check(algorithm: str, metric: str, outcome: Outcome, low: float, slice_: str | None = None) -> Check:
        estimate = Estimate(
            head=0.5, base=0.75, delta=-0.25, low=low, high=-0.125, margin=0.02, sees=0.01, chance=0.001
        )
        gating = algorithm == "boosting"
        return Check("no worse than base", outcome, "so it is", gating, algorithm, metric, slice_, estimate)

    return Verdict(
        outcome=Outcome.REGRESSION,
        exit_code=1,
        summary="boosting lost a third",
        head=Commit(sha="a1b2c3d" + "0" * 33, subject="Drop a_column"),
        base=Commit(sha="b" * 40, subject="Start"),
        context=Context(ci="github", pull_request="17", branch="topic", build_url="https://ci.example/1"),
        rules=Rules(
            primary="precision", margin=0.02, credible_gain=0.2, alpha_pass=0.05, alpha_block=0.01, resamples=9
        ),
        arms={
            "head": Arm(
                data="d0",
                dependencies="e0",
                params={"boosting": {"rate": 0.1234567891, "depth": 3, "widths": [5, 15]}, "linear": {}},
                seeds={"boosting": [101, 102], "linear": [101]},
            )
        },
        checks=[
            check("boosting", "auc", Outcome.PASS, -0.5),
            check("boosting", "precision", Outcome.REGRESSION, -0.5),
            check("boosting", "precision", Outcome.PASS, -0.75, "kind=a"),
            check("linear", "precision", Outcome.CANNOT_TELL, math.nan),
            Check("trained on as many rows", Outcome.PASS, "900 rows", algorithm="boosting"),
            Check("decisions change no more than by luck", Outcome.SUSPICIOUS, "44%", False, "boosting"),
        ],
        seconds={"head": 20.0, "base": 10.5},
    )


@pytest.fixture
def fresh(verdict: Verdict) -> Record:
    """The record of the verdict, under a key of its own."""
    return record(verdict, NOW, uuid4().hex, "trial")


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A report and a verdict on disk."""
    folder = tmp_path_factory.mktemp("build")
    for name in ("report.md", "verdict.json"):
        (folder / name).write_text(f"this is {name}", encoding="utf-8")
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose path has a blank, as people's have."""
    return tmp_path_factory.mktemp("a checkout")


@pytest.fixture
def uri(root: Path, settings: TrackingSettings) -> str:
    """The embedded store of the checkout."""
    return store.uri(root, settings, {})


@pytest.fixture
def look(uri: str) -> Look:
    """The runs of a key that MLflow shows."""
    from mlflow import MlflowClient

    client = MlflowClient(uri)

    def of(key: str) -> list[Any]:
        experiment = client.get_experiment_by_name("trial")
        return list(client.search_runs([experiment.experiment_id], f"tags.`{KEY}` = '{key}'")) if experiment else []

    return of
