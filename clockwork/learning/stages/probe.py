"""probe: experiments on this commit's own code and models -> build/probes.json."""

import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.gate.catalogue import CheckId, former_title
from clockwork.learning.about import read_about
from clockwork.learning.data.parts import read_entities
from clockwork.learning.data.profile import profile
from clockwork.learning.data.rows import feature_columns
from clockwork.learning.data.split import TRAIN
from clockwork.learning.encoding import Table
from clockwork.learning.keys import ENTITY
from clockwork.learning.probes.declaration import declared
from clockwork.learning.probes.elsewhere import elsewhere
from clockwork.learning.probes.features import few, of_features
from clockwork.learning.probes.independence import fewer, independence
from clockwork.learning.probes.parity import parity, pick
from clockwork.learning.probes.probe import Probe, attempt_each
from clockwork.learning.probes.raw import Raw, read_raw
from clockwork.learning.probes.rebuild import rebuilding
from clockwork.learning.probes.repeat import repeat
from clockwork.learning.probes.sample import Sample, sample
from clockwork.learning.probes.served import serving
from clockwork.learning.probes.single_feature import single_feature
from clockwork.learning.stages.train import train
from clockwork.learning.tables import (
    category_places,
    read_keys,
    read_matrix,
    read_part,
    write_json,
)
from clockwork.learning.targets import labels_of, task_of
from clockwork.learning.ticks.way import by_ticks
from clockwork.project import build_features, find_reader
from clockwork.settings.data import DataSettings, data_settings
from clockwork.settings.features import feature_settings
from clockwork.settings.gate import gate_settings
from clockwork.settings.strict import read_yaml
from clockwork.support.paths import EVALUATION, FEATURES, LOCK, MODELS, PROBES, SCORES, SPLIT


def main() -> None:
    """Make every experiment."""
    data, how = data_settings(), feature_settings()
    # All of them: which ones gate is for the gate to say.
    algorithms = list(gate_settings().algorithms)
    rows = read_entities(
        data,
        find_reader(),
        {str(name) for one in algorithms for name in pick(_written(one))[ENTITY]},
    )
    metrics = feature_columns(rows, data)
    some, entities, raw = _raw(data)

    def build(part: pd.DataFrame) -> tuple[pd.DataFrame, Table]:
        return build_features(part, metrics, data.grid, how)

    trains, keys = read_part(SPLIT, TRAIN)
    x, stored = read_matrix(FEATURES, trains)
    found = profile(x, stored)
    with serving(algorithms) as served:
        probes = [
            *of_features(some, rebuilding(how), how.history),
            declared(found, read_yaml(LOCK) if LOCK.exists() else None),
            single_feature(
                x,
                labels_of(keys),
                stored,
                task_of(keys).name,
                category_places(FEATURES),
                keys[ENTITY].astype("category").cat.codes.to_numpy(),
            ),
        ]
        x = x[::10].copy()
        probes += elsewhere(Path(), some.raw, entities, algorithms)
        known = {one: read_about(MODELS / one).categories for one in algorithms}
        ticked = by_ticks(how, data.step, metrics) if data.step else None
        probes += [
            parity(rows, build, _written(one), MODELS / one, one, ticked, known[one])
            for one in algorithms
        ]
        with tempfile.TemporaryDirectory(prefix="clockwork-") as place:
            probes += [again(one, Path(place) / one, x) for one in algorithms]
        with tempfile.TemporaryDirectory(prefix="clockwork-") as place:
            blind = attempt_each(
                CheckId.TRAINING_BLIND,
                algorithms,
                lambda: independence(Path(), Path(place), raw, algorithms),
            )
        probes += [*served(), *blind]
    # An older base's gate, which judges a head that edits the gate, looks for the name.
    write_json(
        PROBES,
        {"probes": [{**probe.as_dict(), "name": former_title(probe.id)} for probe in probes]},
    )


def _written(algorithm: str) -> pd.DataFrame:
    return pd.read_parquet(SCORES / f"{algorithm}.parquet")


def _raw(data: DataSettings) -> tuple[Sample, list[str], Raw]:
    # A few entities for the features and their names, and what is needed to train again.
    raw = read_raw(data)
    entities = few(raw.names(), read_keys(EVALUATION, [ENTITY]))
    return sample(raw, entities), entities, fewer(raw, read_keys(SPLIT, [ENTITY, "part"]))


def again(algorithm: str, place: Path, x: npt.NDArray[np.float32]) -> Probe:
    """Whether `algorithm` trained once more below `place` is the model that ships."""
    seed = read_about(MODELS / algorithm).seeds[0]
    return repeat(
        lambda folder: train(algorithm, [seed], folder), MODELS / algorithm, place, seed, x
    )
