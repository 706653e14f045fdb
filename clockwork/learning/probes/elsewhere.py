"""Are features and scores the same on another day, elsewhere? Both are made again there, once."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from clockwork.gate.catalogue import CheckId
from clockwork.learning.probes.another_day import HOST
from clockwork.learning.probes.parity import CLOSE
from clockwork.learning.probes.probe import Probe, attempt_each
from clockwork.learning.probes.raw import Raw
from clockwork.learning.probes.rebuild import Built, difference, of_keys
from clockwork.learning.tables import KEYS, read_keys, read_matrix
from clockwork.support.paths import CONFIGS, FEATURES, MODELS, PACKAGES, SCORES

EAST = 225  # minutes from this zone to the other
ENVIRONMENT = {"PYTHONHASHSEED": "4242", "USER": HOST, "LOGNAME": HOST, "HOSTNAME": HOST}


def elsewhere(
    root: Path, raw: Raw, entities: Sequence[str], algorithms: Sequence[str]
) -> list[Probe]:
    """Make features and scores of `raw` in a copy of the checkout at `root`.

    Those of `entities` must be as stored. The copy has another folder, home and file times; see
    another_day for what else differs there.
    """

    def make() -> list[Probe]:
        with tempfile.TemporaryDirectory(prefix="clockwork-away-") as place:
            away = Path(place) / "checkout"
            lay_out(root, away, raw)
            _run(away, algorithms)
            return [
                _compared(_features(away, entities), _features(root, entities)),
                *(
                    _compared(_scores(away, entities, one), _scores(root, entities, one), one)
                    for one in algorithms
                ),
            ]

    return attempt_each(CheckId.ELSEWHERE, (None, *algorithms), make)


def lay_out(root: Path, away: Path, raw: Raw) -> None:
    """Code, settings and models of the checkout at `root` in folder `away`, and raw files `raw`."""
    for folder in (*map(Path, PACKAGES), CONFIGS):
        shutil.copytree(root / folder, away / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(root / MODELS, away / MODELS)
    raw.write(away)


def _run(away: Path, algorithms: Sequence[str]) -> None:
    home = away.parent / "home"
    home.mkdir()
    environment = {**os.environ, **ENVIRONMENT, "HOME": str(home), "TZ": _zone()}
    command = [sys.executable, "-m", "clockwork.learning.probes.another_day", *algorithms]
    done = subprocess.run(
        command,
        cwd=away,
        env=environment,
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise RuntimeError(
            f"features and scores cannot be made on another day, in another place: {last[0]}"
        )


def _zone() -> str:
    # Spelt out, for a name needs a time zone database; POSIX counts to the west.
    west = -(time.localtime().tm_gmtoff // 60 + EAST)
    return f"AWAY{'-' if west < 0 else '+'}{abs(west) // 60:02}:{abs(west) % 60:02}"


def _features(where: Path, entities: Sequence[str]) -> Built:
    keys = read_keys(where / FEATURES / KEYS)
    keep = keys["entity"].astype(str).isin(entities).to_numpy()
    return of_keys(keys[keep], *read_matrix(where / FEATURES, keep))


def _scores(where: Path, entities: Sequence[str], algorithm: str) -> Built:
    frame = pd.read_parquet(where / SCORES / f"{algorithm}.parquet")
    frame = frame[frame["entity"].astype(str).isin(entities)]
    names = [name for name in frame.columns if name.startswith("score_")]
    return of_keys(frame, frame[names].to_numpy(dtype=np.float64), names)


def _compared(found: Built, stored: Built, algorithm: str | None = None) -> Probe:
    message = difference(found, stored, CLOSE if algorithm else 0.0)
    if message:
        message = f"on another day, in another place, {message} as the pipeline wrote it"
        return Probe(CheckId.ELSEWHERE, False, message, algorithm)
    if not len(stored.x):
        kind, again = ("evaluation row", "scored") if algorithm else ("row", "built")
        message = f"no {kind} is among those that were {again} again"
        return Probe(CheckId.ELSEWHERE, False, message, algorithm)
    what, same = ("scores", "the same") if algorithm else ("features", "the same, to the bit")
    message = f"{what} of {len(stored.x)} rows are {same}"
    return Probe(CheckId.ELSEWHERE, True, message, algorithm)
