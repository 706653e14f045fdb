"""train <algorithm>: the training rows and the tuned parameters -> a model for each seed, build/models/<algorithm>/."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from pipelines.data.split import TRAIN
from pipelines.models.base import Labels, Matrix, find
from pipelines.paths import FEATURES, MODELS, SPLIT, TUNING
from pipelines.settings.models import training_settings
from pipelines.stages.tables import read_json, read_keys, read_matrix, stage, write_json


def main(algorithm: str) -> None:
    """Train once for each seed; once in all where the seed does not matter."""
    seeds = training_settings().seeds
    train(algorithm, seeds if find(algorithm).seeded else seeds[:1], MODELS / algorithm)


def train(algorithm: str, seeds: list[int], place: Path, workers: int = 1) -> None:
    """A model for each of `seeds` below `place`, and about.json, which says what they were trained with."""
    model, params = find(algorithm), read_json(TUNING / f"{algorithm}.json")["params"]
    rows = read_keys(SPLIT)
    train = (rows["part"] == TRAIN).to_numpy()
    x, names = read_matrix(FEATURES, train)
    y = rows["label"].to_numpy()[train]

    def fit(seed: int) -> None:
        folder = place / str(seed)
        folder.mkdir(parents=True, exist_ok=True)
        model.fit(x, y, params, seed).save(folder)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(fit, seeds))
    about = {
        "features": names,
        "params": params,
        "seeded": model.seeded,
        "seeds": seeds,
        "trained_on": counts(rows[train], x, y),
    }
    write_json(place / "about.json", about)


def counts(rows: pd.DataFrame, x: Matrix, y: Labels) -> dict[str, int]:
    """How many rows the learner was given, how many of them positive, and how many rows of each slice there were."""
    slices = [name for name in rows.columns if name not in ("entity", "time", "label", "part", "fold")]
    told = {f"{name} {value}": int(count) for name in slices for value, count in rows[name].value_counts().items()}
    return {"all": len(x), "positive": int(y.sum()), **{name: count for name, count in told.items() if count}}


if __name__ == "__main__":
    stage(main)
