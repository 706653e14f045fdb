"""Does the search for parameters use the evaluation rows?

Search again on others: the same trials, the same choice.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.data.split import TRAIN
from clockwork.learning.keys import TARGET
from clockwork.learning.tables import KEYS, MATRIX, read_keys
from clockwork.settings.engine import without_overrides
from clockwork.support.entry import ENTRY
from clockwork.support.paths import EVALUATION, FEATURES, SPLIT, TUNING
from clockwork.support.subprocesses import last_line

ROWS = (FEATURES / KEYS, SPLIT, EVALUATION)
REAL, TURNED = "real", "turned"


def search_again(root: Path, place: Path, algorithm: str) -> str:
    """What the search does otherwise in `place` than in `root`, in a sentence.

    Empty where nothing differs. In `place` evaluation rows are nonsense. The search must not differ
    either where the rows are those of `root` but for the labels of the evaluation rows, which are
    turned round: what chose best by those rows chooses worst there.
    """
    root, place = root.resolve(), place.resolve()
    made = root / TUNING / f"{algorithm}.json"
    folders = [_folder(root, place, algorithm, which) for which in (REAL, TURNED)]
    words = [
        ENTRY,
        "clockwork.learning.probes.replay",
        algorithm,
        *map(str, [made, folders[0], place, folders[1]]),
    ]
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=place,
        env=without_overrides(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return f"the search ends in an error: {last_line(done.stderr)}"
    message: str = json.loads(done.stdout.splitlines()[-1])
    return message


def _folder(root: Path, place: Path, algorithm: str, which: str) -> Path:
    # The code and the settings of `place`, the rows and features of `root`.
    folder = place / which / algorithm
    for path in (*ROWS, FEATURES / MATRIX):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if which == REAL or path not in ROWS:
            (folder / path).symlink_to(root / path)
        else:
            _turn(root, path, folder / path)
    for path in place.iterdir():
        if path.name not in ("build", REAL, TURNED):
            (folder / path.name).symlink_to(path)
    return folder


def _turn(root: Path, path: Path, out: Path) -> None:
    rows = read_keys(root / path)
    trains = (
        read_keys(root / SPLIT)["part"].to_numpy() == TRAIN
        if path != EVALUATION
        else np.zeros(len(rows), dtype=bool)
    )
    rows.assign(**{TARGET: turned(rows[TARGET], ~trains)}).to_parquet(out, index=False)


def turned(target: "pd.Series[Any]", where: npt.NDArray[np.bool_]) -> Any:
    """`target` with other targets `where` asked.

    That is another class, or of numbers the least for the greatest.
    """
    if isinstance(target.dtype, pd.CategoricalDtype):
        codes, count = target.cat.codes.to_numpy().astype(np.int64), len(target.cat.categories)
        return pd.Categorical.from_codes(
            np.where(where, (codes + 1) % count, codes), target.cat.categories
        )
    label = target.to_numpy(copy=True)
    if label.dtype.kind != "f":
        return np.where(where, 1 - label, label).astype(label.dtype)
    places = np.flatnonzero(where)
    order = places[np.argsort(label[places], kind="stable")]
    label[order] = label[order[::-1]]
    return label
