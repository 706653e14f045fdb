"""Another day and another place: what asks for either there gives other features, or none."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from clockwork.gate.catalogue import CheckId
from clockwork.learning.probes.elsewhere import elsewhere
from clockwork.learning.probes.probe import Probe
from clockwork.learning.probes.raw import Raw
from clockwork.learning.probes.sample import sample
from clockwork.support.paths import PACKAGES
from tests.engine.unit.probes.conftest import HOW, NAMED, SETTINGS

ROOT = Path(__file__).parents[4]
RETURN = "    return keys, features\n"
CLOCKS = """
import datetime, time
from datetime import date, datetime as when
real = time.time()
from clockwork.learning.probes.another_day import SHIFT, move_clocks
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
print(json.dumps([SHIFT.total_seconds(), *(float(at) - real for at in [*asked, *days])]))
"""  # noqa: E501

PIPELINE = """
import json
from pathlib import Path
import numpy as np
from clockwork.project import find_model
from clockwork.learning.stages import features
from clockwork.learning.stages.score import score
from clockwork.learning.tables import read_keys, read_matrix
features.main()
keys = read_keys(Path("build/features/keys.parquet"))
x, names = read_matrix(Path("build/features"), np.ones(len(keys), dtype=bool))
folder = Path("build/models/logistic")
(folder / "7").mkdir(parents=True)
find_model("logistic").fit(x, keys["label"].to_numpy(), {}, 7).save(folder / "7")
(folder / "about.json").write_text(json.dumps({"features": names, "seeds": [7]}))
Path("build/scores").mkdir()
score(folder, keys[["entity", "time", "label"]], x, names).to_parquet("build/scores/logistic.parquet")
"""  # noqa: E501


def test_every_clock_that_python_code_asks_shows_another_day() -> None:
    code = "import json, warnings; warnings.simplefilter('ignore')" + CLOCKS
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"TZ": "UTC"},
    )
    days = np.array(json.loads(done.stdout)) / 86400
    # The shift of that process: midnight may have passed since this one began.
    shift, apart = days[0], days[1:]
    assert (np.abs(apart[:-2] - shift) < 0.01).all(), apart
    assert (np.abs(apart[-2:] - shift) < 1.01).all(), apart


@pytest.fixture
def checkout(raw: Raw) -> Path:
    """A checkout beside the raw files, whose pipeline has not run."""
    root = raw.root
    for name in PACKAGES:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "configs").mkdir()
    for name, settings in (("data", SETTINGS), ("features", HOW)):
        (root / "configs" / f"{name}.yaml").write_text(
            yaml.safe_dump(settings.model_dump()), encoding="utf-8"
        )
    return root


def probed(root: Path, raw: Raw) -> list[Probe]:
    """Run the pipeline in `root`, then what it wrote is tried elsewhere."""
    here = {**os.environ, "TZ": "UTC", "PYTHONHASHSEED": "1"}
    subprocess.run([sys.executable, "-c", PIPELINE], cwd=root, check=True, env=here)
    return elsewhere(root, sample(raw, NAMED).raw, NAMED, ["logistic"])


def planted(root: Path, file: str, find: str, replace: str) -> None:
    path = root / "pipelines" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(find) == 1
    path.write_text(text.replace(find, replace), encoding="utf-8")


def test_honest_features_and_scores_are_the_same_elsewhere(checkout: Path, raw: Raw) -> None:
    found = probed(checkout, raw)
    assert [(probe.id, probe.algorithm, probe.held) for probe in found] == [
        (CheckId.ELSEWHERE, None, True),
        (CheckId.ELSEWHERE, "logistic", True),
    ]
    none = elsewhere(checkout, sample(raw, NAMED).raw, ["another"], ["logistic"])
    assert [(probe.held, probe.message) for probe in none] == [
        (False, "no row is among those that were built again"),
        (False, "no evaluation row is among those that were scored again"),
    ]


SLOW = {
    "hash": "hash('load') % 1000 / 1000",
    "folder": "__import__('zlib').crc32(__file__.encode()) / 1e9",
    "dice": "np.random.default_rng().normal()",
    "zone": "__import__('time').localtime().tm_gmtoff / 1e4 + 1",
    "host": "__import__('zlib').crc32(__import__('platform').node().encode()) / 1e9",
    "home": "__import__('zlib').crc32(str(__import__('pathlib').Path.home()).encode()) / 1e9",
}
CLOCK = "__import__('datetime').datetime.now().month / 100"


@pytest.mark.parametrize(
    "nudge",
    [
        pytest.param(CLOCK, id="clock"),
        *(pytest.param(nudge, id=name, marks=pytest.mark.slow) for name, nudge in SLOW.items()),
    ],
)
def test_features_of_the_day_or_the_place_are_found(checkout: Path, raw: Raw, nudge: str) -> None:
    planted(checkout, "features.py", RETURN, f"    return keys, features + np.float32({nudge})\n")
    features, scores = probed(checkout, raw)
    assert not features.held
    assert (
        "on another day, in another place, 'load' of entity 'device-0' at 2026-01-05 00:00"
        in features.message
    )
    assert not scores.held


@pytest.mark.slow
def test_scores_of_the_day_are_found(checkout: Path, raw: Raw) -> None:
    planted(
        checkout, "models/logistic.py", "expit(z)", "expit(z + __import__('time').time() / 1e9)"
    )
    features, scores = probed(checkout, raw)
    assert (features.held, scores.held, scores.algorithm) == (True, False, "logistic")


def test_what_needs_the_network_is_no_answer(checkout: Path, raw: Raw) -> None:
    planted(
        checkout,
        "features.py",
        RETURN,
        "    __import__('socket').getaddrinfo('localhost', 9)\n" + RETURN,
    )
    found = probed(checkout, raw)
    assert [probe.held for probe in found] == [False, False]
    assert "features and scores must not need the network" in found[0].message
