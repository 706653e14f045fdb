"""The champion of a real registry scores the fleet; a new one takes over between two ticks."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient

from clockwork.commands.champion import Registry
from clockwork.fleet.batch import score_files
from clockwork.fleet.follow import offer
from clockwork.fleet.model import Model
from clockwork.fleet.station import Station
from clockwork.learning.serving.contents import Contents
from clockwork.learning.serving.package import save
from clockwork.support.errors import BadInput
from clockwork.support.git import git
from clockwork.tracking import store
from tests.engine.unit.fleet.conftest import served
from tests.engine.unit.fleet.test_station import keyed, silent
from tests.engine.unit.serving.conftest import train

URI = "models:/trial-lightgbm@champion"
TRACKING = "experiment: trial\nstore: mlruns\ntimeout: 5\nport: 5055\n"
Promote = Callable[[Path], str]


@pytest.fixture
def checkout(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small checkout, with an embedded MLflow of its own."""
    root = tmp_path / "checkout"
    shutil.copytree(trained, root, symlinks=True)
    (root / "configs" / "tracking.yaml").write_text(TRACKING, encoding="utf-8")
    git(root, "init", "--quiet")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return root


@pytest.fixture
def promote(checkout: Path) -> Promote:
    """Registers the packed model in a folder as the champion; gives its version."""
    client: MlflowClient = store.connect(f"sqlite:///{checkout / 'mlruns' / 'mlflow.db'}")

    def made(folder: Path) -> str:
        if not client.search_registered_models("name = 'trial-lightgbm'"):
            client.create_registered_model("trial-lightgbm")
        version = client.create_model_version("trial-lightgbm", str(folder))
        client.set_registered_model_alias("trial-lightgbm", "champion", version.version)
        return str(version.version)

    return made


def packed(root: Path, out: Path, features: str = "", rounds: int = 5) -> Path:
    """The model of a checkout, trained anew with other settings, as MLflow keeps it."""
    if features:
        (root / "configs" / "features.yaml").write_text(features, encoding="utf-8")
    train(root, "lightgbm", {"rounds": rounds})
    save(Contents(root, "lightgbm"), out)
    return out


def other(checkout: Path, tmp_path: Path, features: str = "", rounds: int = 9) -> tuple[Path, Path]:
    """A checkout with another model, and that model packed."""
    root = tmp_path / "other"
    shutil.copytree(checkout, root, symlinks=True)
    return root, packed(root, tmp_path / "second", features, rounds)


def test_the_champion_scores_as_the_build_that_it_was_promoted_from(
    checkout: Path, promote: Promote, tmp_path: Path
) -> None:
    promote(packed(checkout, tmp_path / "first"))
    registry = Registry(checkout, URI)
    champion, build = registry.first(), Model.load(checkout, "lightgbm")
    assert registry.newer() is None
    assert (champion.hash, champion.metrics, champion.threshold) == (
        build.hash,
        build.metrics,
        build.threshold,
    )
    for name, model in (("champion", champion), ("build", build)):
        score_files(model, checkout / "data", tmp_path / name, silent)
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "champion"), pd.read_parquet(tmp_path / "build")
    )


@pytest.mark.parametrize(
    "features", ["", "every: 3\nwindows: {4: [mean], 20: [std, max]}\nmissing: zero\n"]
)
def test_a_new_champion_takes_over_between_two_ticks(
    checkout: Path, promote: Promote, minutes: list[pd.DataFrame], tmp_path: Path, features: str
) -> None:
    promote(packed(checkout, tmp_path / "first"))
    registry = Registry(checkout, URI)
    station = Station(tmp_path / "state", registry.first())
    for rows in minutes[:40]:
        station.take(rows)
    assert offer(station, registry.newer) == ""
    root, second = other(checkout, tmp_path, features)
    promote(second)
    before = station.state
    assert "from the next tick on" in offer(station, registry.newer)
    for rows in minutes[40:]:
        station.take(rows)
    assert (station.state is before) == (not features)
    pd.concat(minutes).to_parquet(tmp_path / "rows.parquet", index=False)
    expected = {}
    for name, model in (
        ("old", Model.packed(tmp_path / "first", checkout)),
        ("new", Model.load(root, "lightgbm")),
    ):
        score_files(model, tmp_path / "rows.parquet", tmp_path / name, silent)
        expected[name] = keyed(pd.read_parquet(tmp_path / name)).dropna()
    start, got = int(minutes[40]["at"].iloc[0].timestamp()) // 60, keyed(served(station.folder))
    early = got.index.get_level_values("time") < start
    pd.testing.assert_series_equal(got[early], expected["old"][got.index[early]], check_exact=True)
    pd.testing.assert_series_equal(
        got[~early], expected["new"][got.index[~early]], check_exact=True
    )
    assert len(got) == len(expected["old"])


def test_one_that_was_tested_with_other_code_or_rows_is_left_out_in_a_line(
    checkout: Path, promote: Promote, minutes: list[pd.DataFrame], tmp_path: Path
) -> None:
    promote(packed(checkout, tmp_path / "first"))
    registry = Registry(checkout, URI)
    station = Station(tmp_path / "state", registry.first())
    _, second = other(checkout, tmp_path)
    with (second / "code" / "pipelines" / "features.py").open("a", encoding="utf-8") as code:
        code.write("# other\n")
    promote(second)
    assert "pipelines/features.py is not as the model was tested with" in offer(
        station, registry.newer
    )
    assert "scores go on with model" in offer(station, registry.newer)
    failed = offer(station, lambda: Model.packed(checkout, checkout))
    assert failed.startswith("error: FileNotFoundError: ")
    assert "scores go on with model" in failed
    assert len(station.take(minutes[0]).scores.score) > 0


@pytest.mark.usefixtures("promote")
@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("models:/trial-lightgbm/3", "write models:/NAME@champion"),
        ("models:/none@champion", "run `make promote`"),
    ],
)
def test_a_model_that_is_not_there_is_one_line(checkout: Path, uri: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        Registry(checkout, uri).first()
