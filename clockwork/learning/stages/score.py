"""score <algorithm>: the evaluation rows -> their scores and metrics.

Those are build/scores/<algorithm>.parquet and build/metrics/<algorithm>.json.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.gate.metrics import Scored
from clockwork.gate.registry import TASKS
from clockwork.gate.tasks.binary import HALF
from clockwork.learning.about import About, read_about
from clockwork.learning.data.split import JUDGE
from clockwork.learning.encoding import Table, encode
from clockwork.learning.keys import RowKeys
from clockwork.learning.scores import runs_of, with_scores
from clockwork.learning.tables import read_keys, read_matrix, write_json
from clockwork.learning.targets import task_of
from clockwork.learning.task_rows import task_rows
from clockwork.project import find_model
from clockwork.settings.alerts import threshold
from clockwork.support.errors import BadInput
from clockwork.support.paths import FEATURES, MODELS, SCORES, SPLIT, model_file
from clockwork.support.paths import METRICS as METRICS_FOLDER


def main(algorithm: str) -> None:
    """Score this commit's own evaluation rows with each of its models."""
    scored = score_evaluation(MODELS / algorithm)
    SCORES.mkdir(parents=True, exist_ok=True)
    scored.to_parquet(SCORES / f"{algorithm}.parquet", index=False)
    at = threshold(algorithm) if TASKS[task_of(scored).name].alerts else HALF
    write_json(METRICS_FOLDER / f"{algorithm}.json", summary(scored, at))


def score_evaluation(folder: Path) -> pd.DataFrame:
    """This commit's own evaluation rows, scored by each model in `folder`."""
    rows = read_keys(SPLIT)
    judge = (rows["part"] == JUDGE).to_numpy()
    x, names = read_matrix(FEATURES, judge, read_about(folder).categories)
    keys = RowKeys(rows[judge]).scored
    return score(folder, keys, x, names)


def score(folder: Path, keys: pd.DataFrame, x: Table, names: list[str]) -> pd.DataFrame:
    """`keys` with what each model in `folder` gives: see `score_columns`.

    `folder` is named like its algorithm.
    """
    about = read_about(folder)
    if about.features != names:
        raise BadInput(f"{folder}: trained on other features than these; run `make run`")
    model, matrix = find_model(folder.name), encode(x, about.categories)
    scores = {
        seed: _checked(model.load(folder / str(seed)).score(matrix), about, folder)
        for seed in about.seeds
    }
    return with_scores(keys, scores, about.classes)


def _checked(
    scores: npt.NDArray[np.float64], about: About, folder: Path
) -> npt.NDArray[np.float64]:
    expected = len(about.classes)
    if scores.ndim != (2 if expected else 1) or (expected and scores.shape[1] != expected):
        shape = f"(rows, {expected})" if expected else "(rows,)"
        raise BadInput(
            f"{model_file(folder.name)}: scores are {scores.shape}, not {shape}; mend `score`"
        )
    return scores


def summary(scored: pd.DataFrame, threshold: float) -> dict[str, float]:
    """Every metric's mean over seeds on the scored rows, at the score from which the model alerts.

    A metric that these rows have no value for, such as one of events without times, is left out.
    """
    task = TASKS[task_of(scored).name]
    rows = task_rows(task, scored)
    runs = [Scored(rows, run, threshold) for run in runs_of(scored)]
    found = {
        name: float(np.mean([metric.value(run) for run in runs]))
        for name, metric in task.metrics.items()
    }
    return {name: value for name, value in found.items() if np.isfinite(value)}
