"""Another day and another place: what asks for either there gives other features, or none."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from pipelines.data.rows import read_rows
from pipelines.features.build import build_features
from pipelines.models.base import find
from pipelines.paths import FEATURES, MODELS, SCORES
from pipelines.probes.elsewhere import elsewhere
from pipelines.probes.probe import ELSEWHERE, Probe
from pipelines.probes.raw import Raw, sample
from pipelines.stages.score import score
from pipelines.stages.tables import write_features
from tests.unit.probes.conftest import HOW, METRICS, NAMED, NAMES, SETTINGS

ROOT = Path(__file__).parents[3]
RETURN = "    return keys, features\n"
CLOCKS = """
import datetime, time
from datetime import date, datetime as when
real = time.time()
from pipelines.probes.another_day import move_clocks
import numpy as np, pandas as pd
move_clocks()
from datetime import date as day, datetime as now
asked = [
    time.time(), time.time_ns() / 1e9, time.clock_gettime(time.CLOCK_REALTIME), time.mktime(time.localtime()),
    time.mktime(time.strptime(time.ctime())), time.mktime(time.strptime(time.asctime())),
    time.mktime(time.strptime(time.strftime("%Y-%m-%d %H:%M:%S"), "%Y-%m-%d %H:%M:%S")),
    now.now().timestamp(), now.today().timestamp(), now.now(datetime.UTC).timestamp(),
    now.utcnow().replace(tzinfo=datetime.UTC).timestamp(), datetime.datetime.now().timestamp(),
    pd.Timestamp.now("UTC").timestamp(), pd.Timestamp.now().tz_localize("UTC").timestamp(),
    pd.Timestamp("now").tz_localize("UTC").timestamp(), pd.to_datetime("now").tz_localize("UTC").timestamp(),
    np.datetime64("now").astype("int64"),
]
days = [now.combine(day.today(), datetime.time()).timestamp(), np.datetime64("today").astype("int64") * 86400]
assert isinstance(when(2026, 1, 1), now) and isinstance(now(2026, 1, 1), when) and isinstance(pd.Timestamp(0), now)
assert issubclass(when, now) and issubclass(now, date) and not isinstance(1, now)
assert np.dtype(np.datetime64) == np.dtype("M8") and np.datetime64("2026-01-01") == pd.Timestamp(2026, 1, 1)
assert pd.Series([now(2026, 1, 1)]).dt.year[0] == 2026 and time.gmtime(0).tm_year == 1970
print(json.dumps([float(at) - real for at in [*asked, *days]]))
"""


def test_every_clock_that_python_code_asks_shows_another_day() -> None:
    code = "import json, warnings; warnings.simplefilter('ignore')" + CLOCKS
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env={"TZ": "UTC"}
    )
    apart = np.array(json.loads(done.stdout)) / 86400
    assert ((apart[:-2] > 400.4) & (apart[:-2] < 400.6)).all(), apart
    assert ((apart[-2:] > 399.4) & (apart[-2:] < 400.6)).all(), apart


@pytest.fixture
def checkout(raw: Raw) -> Path:
    """A checkout beside the raw files, with features, one model and its scores."""
    root = raw.root
    shutil.copytree(ROOT / "pipelines", root / "pipelines", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "configs").mkdir()
    for name, settings in (("data", SETTINGS), ("features", HOW)):
        (root / "configs" / f"{name}.yaml").write_text(yaml.safe_dump(settings.model_dump()), encoding="utf-8")
    keys, x = build_features(read_rows(SETTINGS, root), METRICS, 1, HOW)
    write_features(root / FEATURES, keys, x, NAMES)
    folder = root / MODELS / "logistic"
    (folder / "7").mkdir(parents=True)
    find("logistic").fit(x, keys["label"].to_numpy(), {}, 7).save(folder / "7")
    (folder / "about.json").write_text(json.dumps({"features": NAMES, "seeds": [7]}), encoding="utf-8")
    (root / SCORES).mkdir()
    score(folder, keys[["entity", "time", "label"]], x, NAMES).to_parquet(root / SCORES / "logistic.parquet")
    return root


def probed(root: Path, raw: Raw) -> list[Probe]:
    return elsewhere(root, sample(raw, NAMED).raw, NAMED, ["logistic"])


def planted(root: Path, file: str, find: str, replace: str) -> None:
    path = root / "pipelines" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(find) == 1
    path.write_text(text.replace(find, replace), encoding="utf-8")


def test_honest_features_and_scores_are_the_same_elsewhere(checkout: Path, raw: Raw) -> None:
    before = {path: path.read_bytes() for path in checkout.rglob("*") if path.is_file()}
    found = probed(checkout, raw)
    assert [(probe.name, probe.algorithm, probe.held) for probe in found] == [
        (ELSEWHERE, None, True),
        (ELSEWHERE, "logistic", True),
    ]
    assert {path: path.read_bytes() for path in checkout.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "nudge",
    [
        "__import__('datetime').datetime.now().month / 100",
        "__import__('time').localtime().tm_gmtoff / 1e4 + 1",
        "hash('load') % 1000 / 1000",
        "len(str(__import__('pathlib').Path.home()) + __import__('platform').node() + str(__import__('os').getcwd()))",
        "np.random.default_rng().normal()",
    ],
    ids=["clock", "zone", "hash", "place", "dice"],
)
def test_features_of_the_day_or_the_place_are_found(checkout: Path, raw: Raw, nudge: str) -> None:
    planted(checkout, "features/build.py", RETURN, f"    return keys, features + np.float32({nudge})\n")
    features, scores = probed(checkout, raw)
    assert not features.held
    assert "on another day, in another place, 'load' of 'device-0' at minute" in features.message
    assert not scores.held


def test_scores_of_the_day_are_found(checkout: Path, raw: Raw) -> None:
    planted(
        checkout,
        "models/logistic.py",
        "return np.asarray(expit(z)",
        "return np.asarray(expit(z + __import__('time').time() / 1e9)",
    )
    features, scores = probed(checkout, raw)
    assert (features.held, scores.held, scores.algorithm) == (True, False, "logistic")


def test_features_that_need_the_network_are_no_answer(checkout: Path, raw: Raw) -> None:
    ask = "    __import__('socket').create_connection(('127.0.0.1', 9))\n"
    planted(checkout, "features/build.py", RETURN, ask + RETURN)
    found = probed(checkout, raw)
    assert [probe.held for probe in found] == [False, False]
    assert "features and scores must not need the network" in found[0].message


def test_scores_of_no_row_are_no_answer(checkout: Path, raw: Raw) -> None:
    scores: Callable[[], Path] = lambda: checkout / SCORES / "logistic.parquet"  # noqa: E731
    import pandas as pd

    frame = pd.read_parquet(scores())
    frame[frame["entity"] == "device-5"].to_parquet(scores())
    assert not probed(checkout, raw)[1].held
