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
import pyarrow.compute as pc
import yaml

from pipelines.data.split import TRAIN
from pipelines.models.base import find
from pipelines.paths import CONFIGS, FEATURES, JUDGING, MODELS, SPLIT, TUNING
from pipelines.probes.probe import UNSEEN, Probe
from pipelines.probes.raw import Mask, Raw, RawFile
from pipelines.probes.truncation import spread
from pipelines.settings.strict import read_yaml
from pipelines.stages.tables import read_keys, read_matrix
from pipelines.tuning.warm import FILE

SEED, FEW = 20, 30


def scramble(raw: Raw, judging: pd.DataFrame) -> Raw:
    """`raw` with the judging period of every judging entity made nonsense: values moved about, labels drawn anew.

    Changed are raw rows from an entity's first judging minute on, within each file; entities, times and slices stay.
    """
    first = {str(name): float(at) for name, at in judging.groupby("entity", observed=True)["time"].min().items()}
    generator, classes = np.random.default_rng(SEED), raw.classes()
    kept = {raw.columns.entity, raw.columns.time, raw.columns.label, *raw.columns.slices}

    def change(file: RawFile) -> RawFile:
        late = file.minute >= np.nan_to_num(file.of_entity(first), nan=np.inf)
        others = [name for name in file.table.column_names if name not in kept]
        changed = {name: _nonsense(file.table.column(name).combine_chunks(), late, generator) for name in others}
        drawn = pa.array(classes).take(pa.array(generator.integers(0, len(classes), len(late))))
        label = file.table.column(raw.columns.label).combine_chunks()
        return file.with_columns({**changed, raw.columns.label: pc.if_else(pa.array(late), drawn, label)})

    return raw.each(change)


def _nonsense(values: pa.Array, where: Mask, generator: np.random.Generator) -> pa.Array:
    order = np.arange(len(values))
    order[where] = generator.permutation(order[where])
    moved = values.take(pa.array(order))
    if pa.types.is_integer(values.type):  # what does not fit wraps round: that is nonsense, too
        moved = pc.add(pc.multiply(moved, pa.scalar(3, values.type)), pa.scalar(1, values.type))
    elif pa.types.is_floating(values.type):
        moved = pc.add(pc.multiply(moved.cast(pa.float64()), 3.0), 1.0).cast(values.type, safe=False)
    return pc.if_else(pa.array(where), moved, values)


def fewer(raw: Raw, split: pd.DataFrame) -> Raw:
    """`raw` with but a few of the entities that only judge: that others are gone is one more thing not to notice."""
    train = set(split.loc[split["part"] == TRAIN, "entity"].astype(str))
    others = pd.Index([name for name in raw.names() if name not in train])
    # The split counts from the first minute of all to the last: those who have them stay.
    ends = {_one_at(raw, end(end(file.minute) for file in raw.files)) for end in (min, max)}
    kept = train | ends | set(spread(others, FEW) if len(others) else [])
    return raw.where(lambda file: file.entity.isin(kept).to_numpy())


def _one_at(raw: Raw, minute: int) -> str:
    return next(str(file.entity[file.minute == minute].iat[0]) for file in raw.files if minute in file.minute)


def lay_out(root: Path, place: Path) -> None:
    """The code and settings of the checkout at `root` in `place`, with one seed to train and one trial to spend.

    That trial is the first that `root` made, and no other is known.
    """
    for folder in ("pipelines", "configs"):
        shutil.copytree(root / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    _edit(place / CONFIGS / "training.yaml", lambda document: {**document, "seeds": document["seeds"][:1]})
    _edit(place / CONFIGS / "tuning.yaml", lambda document: {**document, "trials": 1})
    step = read_yaml(place / CONFIGS / "tuning.yaml")["rounds_per_step"]
    (place / FILE).write_text("{}", encoding="utf-8")
    for path in (place / CONFIGS / "models").glob("*.yaml"):
        made = root / TUNING / f"{path.stem}.json"
        first = _first_trial(made) if made.exists() else None
        _edit(path, lambda document, first=first: _one_trial(document, step, first))  # type: ignore[misc]


def _one_trial(model: dict[str, Any], step: int, first: Any) -> dict[str, Any]:
    params = model.get("params", {})
    shorter = {"params": {**params, "rounds": step}} if "rounds" in params else {}
    start = {"start": [first[0]]} if first else {}
    return {name: value for name, value in {**model, **shorter, **start}.items() if name != "trials"}


def _edit(path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    path.write_text(yaml.safe_dump(change(read_yaml(path))), encoding="utf-8")


def train_again(root: Path, place: Path, algorithm: str) -> Probe:
    """Search and train `algorithm` in `place`, where the judging rows are nonsense, and compare with `root`."""
    _stage(place, "tune", algorithm)
    ours, again = (where / TUNING / f"{algorithm}.json" for where in (root, place))
    if _first_trial(ours) != _first_trial(again):
        return Probe(
            UNSEEN, False, "the first trial of the search scores differently with other judging rows", algorithm
        )
    shutil.copyfile(ours, again)
    _stage(place, "train", algorithm)
    x, seed = _some_rows(root), _first_seed(root, algorithm)
    one, two = (find(algorithm).load(where / MODELS / algorithm / seed).score(x) for where in (root, place))
    if not np.array_equal(one, two):
        gap = float(np.abs(one - two).max())
        said = f"with other judging rows the same seed gives another model: scores differ by up to {gap:.2g}"
        return Probe(UNSEEN, False, said, algorithm)
    return Probe(
        UNSEEN, True, "with nonsense for judging rows the same seed gives the same model, to the bit", algorithm
    )


def _stage(place: Path, *words: str) -> None:
    command = [sys.executable, "-m", f"pipelines.stages.{words[0]}", *words[1:]]
    done = subprocess.run(command, cwd=place, capture_output=True, check=False, encoding="utf-8", errors="replace")
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} on scrambled rows: {done.stderr.strip().splitlines()[-1:]}")


def _first_trial(path: Path) -> Any:
    trials = json.loads(path.read_text(encoding="utf-8"))["trials"]
    return (trials[0]["params"], trials[0]["curve"][:1]) if trials else None


def _first_seed(root: Path, algorithm: str) -> str:
    return str(json.loads((root / MODELS / algorithm / "about.json").read_text(encoding="utf-8"))["seeds"][0])


def _some_rows(root: Path) -> npt.NDArray[np.float32]:
    train = (read_keys(root / SPLIT)["part"] == TRAIN).to_numpy()
    return read_matrix(root / FEATURES, train)[0][::10]


def independence(root: Path, place: Path, raw: Raw, algorithms: Sequence[str]) -> list[Probe]:
    """Make the judging rows nonsense below `place`, run everything up to training there, compare with `root`."""
    lay_out(root, place)
    scramble(fewer(raw, read_keys(root / SPLIT)), read_keys(root / JUDGING)).write(place)
    _stage(place, "features")
    _stage(place, "split")
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda algorithm: train_again(root, place, algorithm), algorithms))
