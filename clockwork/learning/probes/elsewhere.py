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
from clockwork.learning.probes.probe import Probe, attempt_each
from clockwork.learning.probes.raw import Raw
from clockwork.learning.probes.rebuild import Built, difference, of_keys
from clockwork.learning.tables import KEYS, read_keys, read_matrix
from clockwork.support.paths import CONFIGS, FEATURES, MODELS, PACKAGES, SCORES

EAST = 225  # minutes from this zone to the other
ENVIRONMENT = {"PYTHONHASHSEED": "4242", "USER": HOST, "LOGNAME": HOST, "HOSTNAME": HOST}
CLOSE = 1e-9  # a matrix product may round its last bits by the number of rows


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
                _features(root, away, entities),
                *(_scores(root, away, entities, one) for one in algorithms),
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


def _features(root: Path, away: Path, entities: Sequence[str]) -> Probe:
    found, stored = (_built(where, entities) for where in (away, root))
    message = difference(found, stored)
    if message:
        return Probe(
            CheckId.ELSEWHERE,
            False,
            f"on another day, in another place, {message} as the pipeline wrote it",
        )
    return Probe(
        CheckId.ELSEWHERE, True, f"features of {len(stored.x)} rows are the same, to the bit"
    )


def _built(where: Path, entities: Sequence[str]) -> Built:
    keys = read_keys(where / FEATURES / KEYS)
    keep = keys["entity"].astype(str).isin(entities).to_numpy()
    return of_keys(keys[keep], *read_matrix(where / FEATURES, keep))


def _scores(root: Path, away: Path, entities: Sequence[str], algorithm: str) -> Probe:
    found, stored = (
        _scored(where / SCORES / f"{algorithm}.parquet", entities) for where in (away, root)
    )
    message = difference(found, stored, CLOSE)
    if message:
        message = f"on another day, in another place, {message} as the pipeline wrote it"
        return Probe(CheckId.ELSEWHERE, False, message, algorithm)
    if not len(stored.x):
        return Probe(
            CheckId.ELSEWHERE,
            False,
            "no evaluation row is among those that were scored again",
            algorithm,
        )
    return Probe(CheckId.ELSEWHERE, True, f"scores of {len(stored.x)} rows are the same", algorithm)


def _scored(path: Path, entities: Sequence[str]) -> Built:
    frame = pd.read_parquet(path)
    frame = frame[frame["entity"].astype(str).isin(entities)]
    names = [name for name in frame.columns if name.startswith("score_")]
    return of_keys(frame, frame[names].to_numpy(dtype=np.float64), names)
