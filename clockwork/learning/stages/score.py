"""score <algorithm>: the evaluation rows -> build/scores/<algorithm>.parquet and build/metrics/<algorithm>.json."""

from pathlib import Path

import numpy as np
import pandas as pd

from clockwork.gate.metrics import METRICS, Rows, Scored
from clockwork.learning.about import read_about
from clockwork.learning.data.split import JUDGE
from clockwork.learning.encoding import Table, encode
from clockwork.learning.keys import TARGET, RowKeys
from clockwork.learning.tables import read_keys, read_matrix, write_json
from clockwork.project import find_model
from clockwork.settings.alerts import threshold
from clockwork.support.errors import BadInput
from clockwork.support.paths import FEATURES, MODELS, SCORES, SPLIT
from clockwork.support.paths import METRICS as METRICS_FOLDER


def main(algorithm: str) -> None:
    """Score this commit's own evaluation rows with each of its models."""
    scored = score_judging(MODELS / algorithm)
    SCORES.mkdir(parents=True, exist_ok=True)
    scored.to_parquet(SCORES / f"{algorithm}.parquet", index=False)
    write_json(METRICS_FOLDER / f"{algorithm}.json", summary(scored, threshold(algorithm)))


def score_judging(folder: Path) -> pd.DataFrame:
    """This commit's own evaluation rows, scored by each model in `folder`."""
    rows = read_keys(SPLIT)
    judge = (rows["part"] == JUDGE).to_numpy()
    x, names = read_matrix(FEATURES, judge, read_about(folder).categories)
    keys = RowKeys(rows[judge]).scored
    return score(folder, keys, x, names)


def score(folder: Path, keys: pd.DataFrame, x: Table, names: list[str]) -> pd.DataFrame:
    """`keys` with a column `score_<seed>` for each model in `folder`, which is named like its algorithm."""
    about = read_about(folder)
    if about.features != names:
        raise BadInput(f"{folder}: trained on other features than these; run `make run`")
    model, matrix = find_model(folder.name), encode(x, about.categories)
    scores = {f"score_{s}": model.load(folder / str(s)).score(matrix) for s in about.seeds}
    return keys.assign(**scores)


def summary(scored: pd.DataFrame, threshold: float) -> dict[str, float]:
    """The mean over seeds of every metric on the scored rows, at the score from which the model alerts."""
    keys = RowKeys(scored)
    cluster = keys.clusters()
    rows = Rows(cluster, scored[TARGET].to_numpy(), int(cluster.max()) + 1, keys.times)
    runs = [Scored(rows, scored[name].to_numpy(), threshold) for name in scored.columns if name.startswith("score_")]
    return {name: float(np.mean([metric.value(run) for run in runs])) for name, metric in METRICS.items()}
