"""train <algorithm>: the training rows and the tuned parameters -> a model for each seed.

The models are in build/models/<algorithm>/.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from clockwork import model
from clockwork.learning.about import About, write_about
from clockwork.learning.data.split import TRAIN
from clockwork.learning.executors import spread
from clockwork.learning.keys import RowKeys
from clockwork.learning.problem import problem_of
from clockwork.learning.tables import (
    category_places,
    read_categories,
    read_json,
    read_keys,
    read_matrix,
)
from clockwork.learning.targets import classes_of, labels_of, task_of
from clockwork.model import Labels, Matrix, Problem
from clockwork.project import find_model
from clockwork.settings.engine import engine_settings
from clockwork.settings.models import training_settings
from clockwork.support.paths import FEATURES, MODELS, SPLIT, TUNING


def main(algorithm: str) -> None:
    """Train once for each seed; once in all where the seed does not matter."""
    seeds = training_settings().seeds
    train(algorithm, seeds if find_model(algorithm).seeded else seeds[:1], MODELS / algorithm)


def train(algorithm: str, seeds: list[int], place: Path, workers: int = 1) -> None:
    """A model for each of `seeds` below `place`, and about.json: what they were trained with.

    In threads, `workers` of them or as many as configs/engine.yaml has: learners work outside of
    Python. Or on the cluster that is named there, where `place` lies in the checkout: workers
    elsewhere see nothing else.
    """
    params, engine = read_json(TUNING / f"{algorithm}.json")["params"], engine_settings()
    rows, x, y, names = training_rows()
    known = read_categories(FEATURES, (read_keys(SPLIT)["part"] == TRAIN).to_numpy())
    if engine.scheduler and place.resolve().is_relative_to(Path.cwd()):
        spread(engine, fit_from_disk, [(algorithm, seed, str(place)) for seed in seeds])
    else:
        with ThreadPoolExecutor(max(workers, engine.workers)) as pool:
            list(pool.map(lambda seed: fit(algorithm, seed, place, x, y, problem_of(rows)), seeds))
    seeded, classes = find_model(algorithm).seeded, list(classes_of(rows))
    write_about(place, About(seeds, names, params, seeded, counts(rows, x, y), known, classes))


def training_rows() -> tuple[pd.DataFrame, Matrix, Labels, list[str]]:
    """Keys, features and labels of the training rows, and the names of the features."""
    rows = read_keys(SPLIT)
    train = (rows["part"] == TRAIN).to_numpy()
    x, names = read_matrix(FEATURES, train)
    return rows[train], x, labels_of(rows[train]), names


def fit_from_disk(algorithm: str, seed: int, place: str) -> None:
    """As `fit`, for a worker elsewhere: it reads the training rows itself."""
    rows, x, y, _ = training_rows()
    fit(algorithm, seed, Path(place), x, y, problem_of(rows))


def fit(algorithm: str, seed: int, place: Path, x: Matrix, y: Labels, problem: Problem) -> None:
    """Train one seed with the tuned parameters, and keep the model below `place`."""
    folder = place / str(seed)
    folder.mkdir(parents=True, exist_ok=True)
    params = read_json(TUNING / f"{algorithm}.json")["params"]
    model.fit(find_model(algorithm), x, y, params, seed, category_places(FEATURES), problem).save(
        folder
    )


def counts(rows: pd.DataFrame, x: Matrix, y: Labels) -> dict[str, int]:
    """How many rows the learner was given, in all, positive or of each class, and of each slice."""
    further = {
        f"{name} {value}": int(count)
        for name in RowKeys(rows).slices
        for value, count in rows[name].value_counts().items()
    }
    of_task = _counts_of_task(rows, y)
    return {"all": len(x), **of_task, **{name: count for name, count in further.items() if count}}


def _counts_of_task(rows: pd.DataFrame, y: Labels) -> dict[str, int]:
    match task_of(rows).name:
        case "multiclass":
            return {
                f"class {name}": int((y == at).sum()) for at, name in enumerate(classes_of(rows))
            }
        case "regression":
            return {}
    return {"positive": int((y > 0).sum())}
