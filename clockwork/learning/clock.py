"""clock: a process that stays and times this commit's own jobs, one for each line that it reads.

It says `ready` once everything is loaded. From then on each line `features`, `score ALGORITHM` or
`train ALGORITHM` is done once and answered with one line, the seconds of processor time or `error:
...`, until the input ends. With `train-with ALGORITHM PARAMS` (JSON) a model is trained with other
parameters and kept below build/clock, and with `score-with ALGORITHM` it scores. A head is timed
against a base this way, so these arguments are a contract between commits: a new commit talks to an
old one.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.about import About, read_about, write_about
from clockwork.learning.data.rows import feature_columns
from clockwork.learning.data.split import JUDGE, TRAIN
from clockwork.learning.keys import ENTITY, RowKeys
from clockwork.learning.probes.truncation import spread
from clockwork.learning.problem import problem_of
from clockwork.learning.stages.score import score
from clockwork.learning.tables import (
    category_places,
    read_categories,
    read_json,
    read_keys,
    read_matrix,
)
from clockwork.learning.targets import labels_of
from clockwork.model import TWO, Labels, Matrix, Problem, fit
from clockwork.project import build_features, find_model, read_rows
from clockwork.settings.data import data_settings
from clockwork.settings.features import FeatureSettings, feature_settings
from clockwork.settings.gate import gate_settings
from clockwork.settings.models import Params
from clockwork.support.entry import run_main
from clockwork.support.errors import BadInput, one_line
from clockwork.support.paths import CLOCK, FEATURES, MODELS, SPLIT, TUNING

# No more of an entity, so that longer data are not taken for slower code.
ENTITIES, ROWS_OF_ONE = 6, 2000
EVALUATION_ROWS, TRAINING_STEP, TRAINING_ROWS = 6000, 4, 25_000
WAITS, LEAST = 5, 0.05  # times its processor time, and seconds, beyond which a job mostly waits


@dataclass(frozen=True)
class Loaded:
    """What the jobs work on: the arguments of `build_features`, of `score` and of `fit`."""

    raw: tuple[pd.DataFrame, list[str], int, FeatureSettings]
    evaluation: tuple[pd.DataFrame, Matrix, list[str]]
    training: tuple[Matrix, Labels]
    categories: list[int]
    problem: Problem = TWO


def main() -> None:
    """Load, say `ready`, then answer every line of the input."""
    # What a library prints must not stand among the answers: it goes to stderr from here on.
    with os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8") as answers:
        os.dup2(2, 1)
        loaded = load()
        for algorithm in gate_settings().algorithms:
            find_model(algorithm)  # its libraries are loaded now, not within the first job
        answers.write("ready\n")
        for line in sys.stdin:
            answers.write(answer(loaded, line) + "\n")


def load() -> Loaded:
    """A few entities' raw rows, some evaluation rows, and every fourth training row or fewer."""
    keys = read_keys(SPLIT)
    part = keys["part"].to_numpy()
    evaluation = np.flatnonzero(part == JUDGE)
    some = (
        np.linspace(0, len(evaluation) - 1, min(EVALUATION_ROWS, len(evaluation)))
        .round()
        .astype(np.int64)
    )
    judges = _mask(len(keys), evaluation[some])
    trains = _mask(len(keys), thinned(np.flatnonzero(part == TRAIN)))
    shown = RowKeys(keys[judges]).scored
    known = read_categories(FEATURES, part == TRAIN)
    x, _ = read_matrix(FEATURES, trains, known)
    training, problem = (x, labels_of(keys[trains])), problem_of(keys[trains])
    judged = (shown, *read_matrix(FEATURES, judges, known))
    return Loaded(_raw(), judged, training, category_places(FEATURES), problem)


def thinned(training: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Every fourth of the `training` rows, or fewer of very many, to keep a training short."""
    return training[:: max(TRAINING_STEP, -(-len(training) // TRAINING_ROWS))]


def _raw() -> tuple[pd.DataFrame, list[str], int, FeatureSettings]:
    data = data_settings()
    rows = read_rows(data)
    some = rows[rows[ENTITY].isin(spread(rows[ENTITY].cat.categories, _several(rows)))]
    some = some.groupby(ENTITY, observed=True).head(ROWS_OF_ONE).reset_index(drop=True)
    return some, feature_columns(rows, data), data.grid, feature_settings()


def _several(rows: pd.DataFrame) -> int:
    # Of entities with few rows, more.
    each = max(len(rows) // max(rows[ENTITY].nunique(), 1), 1)
    return max(ENTITIES, ROWS_OF_ONE // each)


def _mask(length: int, places: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    mask = np.zeros(length, dtype=np.bool_)
    mask[places] = True
    return mask


def answer(loaded: Loaded, line: str) -> str:
    """The seconds of the job that `line` names, or why there are none."""
    try:
        return repr(seconds(loaded, line.split(maxsplit=2)))
    except BadInput as error:
        return one_line(error)
    except Exception as error:  # noqa: BLE001 - whatever a job raises, whoever asked must hear it
        return one_line(BadInput(f"{type(error).__name__}: {error}"))


def seconds(loaded: Loaded, args: list[str]) -> float:
    """The processor time of one job; `score` is given for one model, however many the seeds."""
    match args:
        case ["features"]:
            return timed(lambda: build_features(*loaded.raw))
        case ["score", algorithm]:
            models = len(read_about(MODELS / algorithm).seeds)
            return timed(lambda: score(MODELS / algorithm, *loaded.evaluation)) / models
        case ["train", algorithm]:
            model, params = find_model(algorithm), read_json(TUNING / f"{algorithm}.json")["params"]
            seed = read_about(MODELS / algorithm).seeds[0]
            return timed(
                lambda: fit(
                    model, *loaded.training, params, seed, loaded.categories, loaded.problem
                )
            )
        case ["train-with", algorithm, params]:
            return timed(lambda: train_with(loaded, algorithm, json.loads(params)))
        case ["score-with", algorithm]:
            return timed(lambda: score(CLOCK / algorithm, *loaded.evaluation))
    raise BadInput(
        f"clock: no job '{' '.join(args)}'; it knows features, score ALGORITHM and train ALGORITHM"
    )


def train_with(loaded: Loaded, algorithm: str, params: Params) -> None:
    """Train a seed of `algorithm` with `params`; keep the model where it is scored and weighed."""
    folder, seed = CLOCK / algorithm, read_about(MODELS / algorithm).seeds[0]
    (folder / str(seed)).mkdir(parents=True, exist_ok=True)
    model = fit(
        find_model(algorithm), *loaded.training, params, seed, loaded.categories, loaded.problem
    )
    model.save(folder / str(seed))
    write_about(folder, About([seed], loaded.evaluation[2], classes=list(loaded.problem.classes)))


def timed(job: Callable[[], object]) -> float:
    """The processor seconds `job` takes, of all threads and children; where it waits, how long.

    Waiting is slow as well, but a busy machine makes everybody wait a little: only what is mostly
    waiting counts.
    """
    gc.collect()  # no job pays for the rubbish of the one before,
    gc.freeze()  # and none for walks over what stays
    since, children, start = time.process_time(), os.times(), time.perf_counter()
    job()
    wall, after = time.perf_counter() - start, os.times()
    born = (after.children_user - children.children_user) + (
        after.children_system - children.children_system
    )
    busy = time.process_time() - since + born
    return max(busy, wall) if wall > WAITS * busy + LEAST else busy


if __name__ == "__main__":
    run_main(main)
