"""Do evaluation rows reach the training?

Make them nonsense, train again with the same seed: nothing may change.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from clockwork.gate.catalogue import CheckId
from clockwork.learning.about import read_about
from clockwork.learning.data.split import TRAIN
from clockwork.learning.keys import ENTITY, TIME, RowKeys
from clockwork.learning.probes.probe import Probe
from clockwork.learning.probes.raw import Mask, Raw, RawFile
from clockwork.learning.probes.repeat import LAST_BITS, score_gap
from clockwork.learning.probes.search import REAL, search_again
from clockwork.learning.probes.truncation import spread
from clockwork.learning.tables import KEYS, read_categories, read_json, read_keys, read_matrix
from clockwork.learning.tuning.digest import REQUIREMENTS
from clockwork.project import STAGES, find_model
from clockwork.settings.data import data_settings
from clockwork.settings.engine import without_overrides
from clockwork.settings.strict import read_yaml
from clockwork.support.paths import CONFIGS, EVALUATION, FEATURES, MODELS, PACKAGES, SPLIT, TUNING
from clockwork.support.subprocesses import last_line

SEED, FEW = 20, 30


def scramble(raw: Raw, evaluation: pd.DataFrame) -> Raw:
    """`raw` with the evaluation period of every evaluated entity made nonsense.

    Values are moved about, labels drawn anew. Changed are raw rows from an entity's first evaluated
    minute on, within each file; entities, times and slices stay.
    """
    first = {
        str(name): float(at)
        for name, at in evaluation.groupby(ENTITY, observed=True)[TIME].min().items()
    }
    generator, classes = np.random.default_rng(SEED), raw.classes()
    kept = set(raw.columns.roles)

    def change(file: RawFile) -> RawFile:
        late = file.minute >= np.nan_to_num(file.of_entity(first), nan=np.inf)
        others = [name for name in file.table.column_names if name not in kept]
        changed = {
            name: _nonsense(file.table.column(name).combine_chunks(), late, generator)
            for name in others
        }
        drawn = pa.array(classes).take(pa.array(generator.integers(0, len(classes), len(late))))
        label = file.table.column(raw.columns.label).combine_chunks()
        return file.with_columns(
            {**changed, raw.columns.label: pc.if_else(pa.array(late), drawn, label)}
        )

    return raw.each(change)


def _nonsense(values: pa.Array, where: Mask, generator: np.random.Generator) -> pa.Array:
    order = np.arange(len(values))
    order[where] = generator.permutation(order[where])
    moved = values.take(pa.array(order))
    if pa.types.is_integer(values.type):  # what does not fit wraps round: that is nonsense, too
        moved = pc.add(pc.multiply(moved, pa.scalar(3, values.type)), pa.scalar(1, values.type))
    elif pa.types.is_floating(values.type):
        moved = pc.add(pc.multiply(moved.cast(pa.float64()), 3.0), 1.0).cast(
            values.type, safe=False
        )
    return pc.if_else(pa.array(where), moved, values)


def fewer(raw: Raw, split: pd.DataFrame) -> Raw:
    """`raw` with but a few of the entities that only judge.

    That others are gone is one more thing not to notice.
    """
    train = set(split.loc[split["part"] == TRAIN, ENTITY].unique().astype(str))
    others = pd.Index([name for name in raw.names() if name not in train])
    # The split counts from the first minute of all to the last: those who have them stay.
    ends = {_one_at(raw, end) for end in raw.ends()}
    kept = train | ends | set(spread(others, FEW) if len(others) else [])
    return raw.where(lambda file: file.entity.isin(kept).to_numpy())


def _one_at(raw: Raw, minute: int) -> str:
    return next(
        str(file.entity[file.minute == minute].iat[0])
        for file in raw.files
        if minute in file.minute
    )


def lay_out(root: Path, place: Path) -> None:
    """The code and settings of the checkout at `root` in `place`, with one seed to train.

    A search has the trials that were made in `root` for a budget, and runs in one process.
    """
    for folder in (*PACKAGES, "configs"):
        shutil.copytree(root / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    if (root / REQUIREMENTS.name).exists():
        shutil.copyfile(root / REQUIREMENTS.name, place / REQUIREMENTS.name)
    training = place / CONFIGS / "training.yaml"
    _edit(training, seeds=read_yaml(training)["seeds"][:1])
    _edit(place / CONFIGS / "tuning.yaml", seconds=None, stall=None)
    _edit(place / CONFIGS / "engine.yaml", workers=1, scheduler=None, storage=None)
    for path in (place / CONFIGS / "models").glob("*.yaml"):
        made = root / TUNING / f"{path.stem}.json"
        trials = len(read_json(made)["trials"]) if made.exists() else 0
        if trials:
            _edit(path, trials=trials)


def _edit(path: Path, **values: Any) -> None:
    document = {**read_yaml(path), **values}
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def train_again(root: Path, place: Path, algorithm: str) -> Probe:
    """Search and train `algorithm` in `place`, and compare with `root`.

    The evaluation rows in `place` are nonsense.
    """
    message = search_again(root, place, algorithm)
    if message:
        return Probe(
            CheckId.TRAINING_BLIND, False, f"with other evaluation rows {message}", algorithm
        )
    shutil.copyfile(*(where / TUNING / f"{algorithm}.json" for where in (root, place)))
    _stage(place, "train", algorithm)
    x, seed = _some_rows(root), read_about(root / MODELS / algorithm).shipped

    def scores(where: Path) -> npt.NDArray[np.float64]:
        return np.asarray(
            find_model(algorithm).load(where / MODELS / algorithm / seed).score(x), dtype=np.float64
        )

    gap = score_gap(scores(root), scores(place))
    if 0 < gap <= LAST_BITS:  # a model of another kind of processor: ask one that was trained here
        honest = place / REAL / algorithm
        (honest / TUNING).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(*(where / TUNING / f"{algorithm}.json" for where in (root, honest)))
        _stage(honest, "train", algorithm)
        gap = score_gap(scores(honest), scores(place))
    if gap:
        message = (
            "with other evaluation rows the same seed gives another model: "
            f"scores differ by up to {gap:.2g}"
        )
        return Probe(CheckId.TRAINING_BLIND, False, message, algorithm)
    return Probe(
        CheckId.TRAINING_BLIND,
        True,
        "with nonsense for evaluation rows the search chooses the same, "
        "the same seed gives the same model, to the bit",
        algorithm,
    )


def _stage(place: Path, *args: str) -> None:
    command = [sys.executable, "-m", f"{STAGES}.{args[0]}", *args[1:]]
    done = subprocess.run(
        command,
        cwd=place,
        env=without_overrides(),
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(args)} on scrambled rows: {last_line(done.stderr)}")


def _some_rows(root: Path) -> npt.NDArray[np.float32]:
    train = read_keys(root / SPLIT, ["part"])["part"].to_numpy() == TRAIN
    some = np.zeros_like(train)
    some[np.flatnonzero(train)[::10]] = True
    return read_matrix(root / FEATURES, some, read_categories(root / FEATURES, train))[0]


def keep_parts(root: Path, place: Path) -> None:
    """Split the rows of `place` as those of `root` are.

    A random split gives each class its share, so it must not be made of labels that were drawn
    anew.
    """
    own, rows = read_keys(root / SPLIT), read_keys(place / FEATURES / KEYS)
    at = RowKeys(own).places(RowKeys(rows))
    if (at < 0).any():
        raise RuntimeError(
            f"{int((at < 0).sum())} of {len(at)} rows have another name on scrambled values"
        )
    (place / SPLIT).parent.mkdir(parents=True, exist_ok=True)
    rows.assign(**{name: own[name].to_numpy()[at] for name in ("part", "fold")}).to_parquet(
        place / SPLIT, index=False
    )


def independence(root: Path, place: Path, raw: Raw, algorithms: Sequence[str]) -> list[Probe]:
    """Make evaluation rows nonsense in `place`, run all up to training there, compare with `root`.

    Of `raw` the training rows are needed, and of the others those that `fewer` leaves.
    """
    lay_out(root, place)
    scramble(raw, read_keys(root / EVALUATION, [ENTITY, TIME])).write(place)
    _stage(place, "features")
    if data_settings(root).splits_by == "random":
        keep_parts(root, place)
    else:
        _stage(place, "split")
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda algorithm: train_again(root, place, algorithm), algorithms))
