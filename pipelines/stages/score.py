"""score <algorithm>: the judging rows -> build/scores/<algorithm>.parquet and build/metrics/<algorithm>.json.

With `--rows DATA KEYS OUT` the rows are another commit's: this commit's code builds features from the raw rows
below DATA, keeps the rows of KEYS and writes scores below OUT. That is how a base is judged on a head's rows.
"""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.data.split import JUDGE
from pipelines.errors import BadInput
from pipelines.gate.metrics import METRICS, Rows
from pipelines.models.base import find
from pipelines.paths import FEATURES, METRICS as METRICS_FOLDER, MODELS, SCORES, SPLIT
from pipelines.stages.tables import read_json, read_keys, read_matrix, stage, write_json


def main(algorithm: str) -> None:
    """Score this commit's own judging rows with each of its models."""
    rows = read_keys(SPLIT)
    judge = (rows["part"] == JUDGE).to_numpy()
    x, names = read_matrix(FEATURES, judge)
    scored = score(algorithm, rows.loc[judge, ["entity", "time", "label"]].reset_index(drop=True), x, names)
    SCORES.mkdir(parents=True, exist_ok=True)
    scored.to_parquet(SCORES / f"{algorithm}.parquet", index=False)
    write_json(METRICS_FOLDER / f"{algorithm}.json", summary(scored))


def score(algorithm: str, keys: pd.DataFrame, x: npt.NDArray[np.float32], names: list[str]) -> pd.DataFrame:
    """`keys` with a column `score_<seed>` for each model of `algorithm` in this checkout."""
    about = read_json(MODELS / algorithm / "about.json")
    if about["features"] != names:
        raise BadInput(f"build/models/{algorithm}: trained on other features than these; run `make run`")
    model = find(algorithm)
    scores = {f"score_{s}": model.load(MODELS / algorithm / str(s)).score(x) for s in about["seeds"]}
    return keys.assign(**scores)


def summary(scored: pd.DataFrame) -> dict[str, float]:
    """The mean over seeds of every metric on the scored rows."""
    entity = pd.factorize(scored["entity"])[0]
    rows = Rows(entity, scored["label"].to_numpy(), int(entity.max()) + 1)
    runs = [scored[name].to_numpy() for name in scored.columns if name.startswith("score_")]
    return {name: float(np.mean([metric.value(rows, run) for run in runs])) for name, metric in METRICS.items()}


def score_foreign(data: Path, keys: Path, out: Path) -> None:
    """Score another commit's judging rows, from its raw rows, with every model of this checkout."""
    from pipelines.data.rows import metric_names, read_rows
    from pipelines.features.build import build_features, feature_names
    from pipelines.settings.data import data_settings
    from pipelines.settings.features import feature_settings

    settings, how = data_settings(), feature_settings()
    rows = read_rows(settings, data)
    metrics = metric_names(list(rows.columns), settings.columns.metrics)
    own, x = build_features(rows, metrics, settings.step, how)
    wanted = read_keys(keys)[["entity", "time", "label"]]
    place = pd.Series(np.arange(len(own)), index=pd.MultiIndex.from_frame(own[["entity", "time"]].astype({"entity": str})))
    at = place.reindex(pd.MultiIndex.from_frame(wanted[["entity", "time"]].astype({"entity": str}))).to_numpy()
    if np.isnan(at).any():
        raise BadInput(f"{int(np.isnan(at).sum())} of the judging rows have no features in this commit")
    out.mkdir(parents=True, exist_ok=True)
    for folder in sorted(MODELS.iterdir()):
        scored = score(folder.name, wanted, x[at.astype(np.int64)], feature_names(metrics, how))
        scored.to_parquet(out / f"{folder.name}.parquet", index=False)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--rows"]:
        stage(lambda _, *paths: score_foreign(*map(Path, paths)))
    stage(main)
