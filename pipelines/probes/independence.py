"""Do judging rows reach the training? Make them nonsense, train again with the same seed: nothing may change."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from pipelines.data.rows import metric_names
from pipelines.data.split import TRAIN
from pipelines.models.base import find
from pipelines.paths import CONFIGS, FEATURES, JUDGING, MODELS, SPLIT, TUNING
from pipelines.probes.probe import UNSEEN, Probe
from pipelines.probes.search import search_again
from pipelines.probes.truncation import spread
from pipelines.settings.data import DataSettings
from pipelines.settings.strict import read_yaml
from pipelines.stages.tables import read_json, read_keys, read_matrix
from pipelines.tuning.digest import REQUIREMENTS

SEED, FEW = 20, 30


def scramble(rows: pd.DataFrame, judging: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """`rows` with the judging period of every judging entity made nonsense: values moved about, labels drawn anew.

    Changed are raw rows from an entity's first judging minute on; entities and times stay.
    """
    first = judging.groupby(judging["entity"].astype(str))["time"].min()
    since = rows["entity"].astype(str).map(first).to_numpy(dtype=np.float64, na_value=np.inf)
    at = np.flatnonzero(rows["time"].to_numpy() >= since)
    generator = np.random.default_rng(SEED)
    changed: dict[str, npt.NDArray[Any]] = {}
    for metric in metrics:
        values = rows[metric].to_numpy(copy=True)
        values[at] = 3 * generator.permutation(values[at]) + 1
        changed[metric] = values
    labels = rows["label"].to_numpy(copy=True)
    labels[at] = generator.integers(0, 2, len(at))
    return rows.assign(**changed, label=labels)


def fewer(rows: pd.DataFrame, split: pd.DataFrame) -> pd.DataFrame:
    """`rows` with but a few of the entities that only judge: that others are gone is one more thing not to notice."""
    train = set(split.loc[split["part"] == TRAIN, "entity"].astype(str))
    others = pd.Index([name for name in rows["entity"].cat.categories if name not in train])
    # The split counts from the first minute of all to the last: those who have them stay.
    ends = {str(rows["entity"].iat[int(at)]) for at in (rows["time"].argmin(), rows["time"].argmax())}
    kept = train | ends | set(spread(others, FEW) if len(others) else [])
    return rows[rows["entity"].astype(str).isin(kept)].reset_index(drop=True)


def write_raw(rows: pd.DataFrame, settings: DataSettings, place: Path) -> None:
    """Write `rows` as raw data that `settings` reads: one file, columns under their own names."""
    names = {"entity": settings.columns.entity, "time": settings.columns.time, "label": settings.columns.label}
    table = pa.Table.from_pandas(rows.rename(columns=names), preserve_index=False)
    target = place / settings.rows.replace("**/", "").replace("*", "scrambled")
    target.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, target)


def lay_out(root: Path, place: Path) -> None:
    """The code and settings of the checkout at `root` in `place`, with one seed to train.

    A search has the trials that were made in `root` for a budget, and runs in one process.
    """
    for folder in ("pipelines", "configs"):
        shutil.copytree(root / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    if (root / REQUIREMENTS.name).exists():
        shutil.copyfile(root / REQUIREMENTS.name, place / REQUIREMENTS.name)
    _edit(place / CONFIGS / "training.yaml", lambda document: {**document, "seeds": document["seeds"][:1]})
    _edit(place / CONFIGS / "tuning.yaml", lambda document: {**document, "seconds": None, "stall": None})
    alone = {"workers": 1, "scheduler": None, "storage": None}
    _edit(place / CONFIGS / "engine.yaml", lambda document: {**document, **alone})
    for path in (place / CONFIGS / "models").glob("*.yaml"):
        made = root / TUNING / f"{path.stem}.json"
        trials = len(read_json(made)["trials"]) if made.exists() else 0
        if trials:
            _edit(path, lambda document, trials=trials: {**document, "trials": trials})  # type: ignore[misc]


def _edit(path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    path.write_text(yaml.safe_dump(change(read_yaml(path)), sort_keys=False), encoding="utf-8")


def train_again(root: Path, place: Path, algorithm: str) -> Probe:
    """Search and train `algorithm` in `place`, where the judging rows are nonsense, and compare with `root`."""
    said = search_again(root, place, algorithm)
    if said:
        return Probe(UNSEEN, False, f"with other evaluation rows {said}", algorithm)
    shutil.copyfile(*(where / TUNING / f"{algorithm}.json" for where in (root, place)))
    _stage(place, "train", algorithm)
    x, seed = _some_rows(root), _first_seed(root, algorithm)
    one, two = (find(algorithm).load(where / MODELS / algorithm / seed).score(x) for where in (root, place))
    if not np.array_equal(one, two):
        gap = float(np.abs(one - two).max())
        said = f"with other judging rows the same seed gives another model: scores differ by up to {gap:.2g}"
        return Probe(UNSEEN, False, said, algorithm)
    return Probe(
        UNSEEN,
        True,
        "with nonsense for judging rows the search chooses the same and the same seed gives the same model, to the bit",
        algorithm,
    )


def _stage(place: Path, *words: str) -> None:
    command = [sys.executable, "-m", f"pipelines.stages.{words[0]}", *words[1:]]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} on scrambled rows: {done.stderr.strip().splitlines()[-1:]}")


def _first_seed(root: Path, algorithm: str) -> str:
    return str(json.loads((root / MODELS / algorithm / "about.json").read_text(encoding="utf-8"))["seeds"][0])


def _some_rows(root: Path) -> npt.NDArray[np.float32]:
    train = (read_keys(root / SPLIT)["part"] == TRAIN).to_numpy()
    return read_matrix(root / FEATURES, train)[0][::10]


def independence(
    root: Path, place: Path, rows: pd.DataFrame, data: DataSettings, algorithms: Sequence[str]
) -> list[Probe]:
    """Make the judging rows nonsense below `place`, run everything up to training there, compare with `root`."""
    lay_out(root, place)
    metrics = metric_names(list(rows.columns), data.columns.metrics)
    write_raw(scramble(fewer(rows, read_keys(root / SPLIT)), read_keys(root / JUDGING), metrics), data, place)
    _stage(place, "features")
    _stage(place, "split")
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda algorithm: train_again(root, place, algorithm), algorithms))
