"""A verdict on two algorithms, a checkout with an embedded store, a look at what MLflow holds."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.settings.tracking import TrackingSettings
from clockwork.support.checkout import Checkout
from clockwork.support.git import Commit, git
from clockwork.tracking import store
from clockwork.tracking.artifacts import CHILDREN, FILES, MODEL, Pack, Tags, only
from clockwork.tracking.embedded import artifacts
from clockwork.tracking.experiment import Experiment
from clockwork.tracking.record import KEY, Record, record
from clockwork.verdict.parts import CommitDocument, Context
from clockwork.verdict.schema import Verdict
from tests.engine.unit.verdicts import ESTIMATE, EVALUATION, RULES

ENVIRONMENT = (
    "MLFLOW_TRACKING_URI",
    "MLFLOW_HTTP_REQUEST_TIMEOUT",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES",
)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AUTHOR = ("-c", "user.name=t", "-c", "user.email=t@localhost")
Look = Callable[[str], list[Any]]
Send = Callable[..., Any]


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

    def check(
        algorithm: str, metric: str, outcome: Outcome, low: float, slice_: str | None = None
    ) -> Check:
        estimate = replace(ESTIMATE, head=0.5, base=0.75, delta=-0.25, lower=low, upper=-0.125)
        gating = algorithm == "boosting"
        return Check(
            CheckId.NO_WORSE, outcome, "so it is", gating, algorithm, metric, slice_, estimate
        )

    return Verdict(
        outcome=Outcome.REGRESSION,
        exit_code=1,
        summary="boosting lost a third",
        head=Commit(sha="a1b2c3d" + "0" * 33, subject="Drop a_column"),
        base=Commit(sha="b" * 40, subject="Start"),
        context=Context(
            ci="github", pull_request="17", branch="topic", build_url="https://ci.example/1"
        ),
        rules=RULES.model_copy(update={"primary": "precision"}),
        evaluation=EVALUATION,
        commits={
            "head": CommitDocument(
                data="d0",
                dependencies="e0",
                params={
                    "boosting": {"rate": 0.1234567891, "depth": 3, "widths": [5, 15]},
                    "linear": {},
                },
                seeds={"boosting": [101, 102], "linear": [101]},
            )
        },
        checks=[
            check("boosting", "auc", Outcome.PASS, -0.5),
            check("boosting", "precision", Outcome.REGRESSION, -0.5),
            check("boosting", "precision", Outcome.PASS, -0.75, "kind=a"),
            check("linear", "precision", Outcome.CANNOT_TELL, math.nan),
            Check(CheckId.TRAINED_ON, Outcome.PASS, "900 rows", algorithm="boosting"),
            Check(CheckId.DECISIONS, Outcome.SUSPICIOUS, "44%", False, "boosting"),
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


@pytest.fixture
def packed(files: list[Path], tmp_path: Path) -> Path:
    """The files of the parent, and of `boosting` what tuning tried and a model.

    The model is as small as MLflow takes one.
    """
    return filled(tmp_path / "packed", files)


def filled(packed: Path, files: list[Path]) -> Path:
    """A folder as `pack` fills one."""
    packing(files)(packed)
    return packed


def packing(files: list[Path]) -> Pack:
    """Packs `files`, and for the first child a file and a model."""

    def fill(packed: Path) -> Tags:
        only(files)(packed)
        child = packed / CHILDREN / "0"
        for folder, name, text in (
            (FILES, "tuning.json", "{}"),
            (MODEL, "MLmodel", "flavors: {}\n"),
        ):
            (child / folder).mkdir(parents=True)
            (child / folder / name).write_text(text, encoding="utf-8")
        return {"boosting": {"model": "m0", "served": "s0"}}

    return fill


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose path has a blank, as people's have."""
    return tmp_path_factory.mktemp("a checkout")


@pytest.fixture(scope="session")
def checkout(root: Path) -> Path:
    """The checkout as a repository with one commit."""
    (root / "configs").mkdir()
    settings = "experiment: trial\nstore: mlruns\ntimeout: 5\nport: 5055\n"
    (root / "configs" / "tracking.yaml").write_text(settings, encoding="utf-8")
    git(root, "init", "--quiet")
    commit(root, "Start")
    return root


@pytest.fixture
def uri(root: Path, settings: TrackingSettings) -> str:
    """The embedded store of the checkout."""
    return store.uri(Checkout(root), settings, {})


@pytest.fixture
def there(uri: str) -> Experiment:
    """The experiment of the checkout, made where there is none."""
    client = store.connect(uri)
    found = client.get_experiment_by_name("trial")
    place = found.experiment_id if found else client.create_experiment("trial", artifacts(uri))
    return Experiment(client, place, "trial", "http://127.0.0.1:5055")


@pytest.fixture
def tested(verdict: Verdict, files: list[Path], tmp_path: Path, uri: str) -> Send:
    """Sends a verdict of some outcome on a model with the hash `served`; gives where it is."""

    def send(
        served: str,
        outcome: Outcome = Outcome.PASS,
        pr: str = "17",
        hours: int = 0,
        more: dict[str, dict[str, str]] | None = None,
        **changes: Any,
    ) -> Any:
        decision = {"outcome": outcome, "exit_code": outcome.exit_code, **changes}
        context = verdict.context.model_copy(update={"pull_request": pr})
        key = uuid4().hex
        more = more or {"boosting": {"model": "m0", "served": served}}
        when = NOW + timedelta(hours=hours)
        made = record(
            verdict.model_copy(update={"context": context, **decision}), when, key, "trial"
        )
        return store.send(made.with_tags(more), filled(tmp_path / key, files), uri)

    return send


@pytest.fixture
def look(uri: str) -> Look:
    """The runs of a key that MLflow shows."""
    from mlflow import MlflowClient

    client = MlflowClient(uri)

    def of(key: str) -> list[Any]:
        experiment = client.get_experiment_by_name("trial")
        return (
            list(client.search_runs([experiment.experiment_id], f"tags.`{KEY}` = '{key}'"))
            if experiment
            else []
        )

    return of


@pytest.fixture
def served(request: pytest.FixtureRequest) -> str:
    """A hash that no other test knows."""
    return str(request.node.name)


def commit(checkout: Path, subject: str = "Some") -> Commit:
    """A new commit, checked out."""
    git(checkout, "add", "configs")
    git(checkout, *AUTHOR, "commit", "--quiet", "--allow-empty", "--message", subject)
    return Checkout(checkout).commit(Checkout(checkout).find("HEAD"))
