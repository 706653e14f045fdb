"""distributed PARTS OUT: LightGBM trained on a Dask cluster from rows that fit on no single machine.

PARTS is a folder of parquet files that every worker can read: a column for each feature, in the order of the
features, and the column `label`. OUT becomes a folder of models laid out as build/models/lightgbm is, and lies beside
the graph: nothing judges it. The trees are close to those of one machine but not the same to the bit: workers bin the
rows that they hold.
"""

import argparse
import itertools
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from clockwork.learning.executors import cluster
from clockwork.learning.tables import read_json, write_json
from clockwork.settings.engine import engine_settings
from clockwork.settings.models import training_settings
from clockwork.support.errors import BadInput, exit_on_bad_input
from clockwork.support.paths import MODELS, POOL, TUNING
from pipelines.models.lightgbm import Lightgbm, train_params

LABEL = "label"
SET_BY_DASK = ("num_threads",)


def fit_parts(parts: Path, params: Mapping[str, Any], seed: int, client: Any) -> Lightgbm:
    """LightGBM's own Dask estimator on the rows of the folder `parts`, on the workers of `client`."""
    from lightgbm.dask import DaskLGBMClassifier

    own, rounds = train_params(params, seed)
    own = {name: value for name, value in own.items() if name not in SET_BY_DASK}
    rows = dealt(read_parts(parts), client)
    learner = DaskLGBMClassifier(client=client, n_estimators=rounds, **own)
    with warnings.catch_warnings(), client.as_current():
        warnings.filterwarnings("ignore", message="Parameter n_jobs will be ignored")
        learner.fit(rows.drop(columns=LABEL), rows[LABEL])
    return Lightgbm(learner.booster_)


def dealt(rows: Any, client: Any) -> Any:
    """The partitions of `rows`, each worker of `client` reading in turn; left alone, one worker may take them all."""
    import dask.dataframe as dd

    workers = sorted(client.scheduler_info(n_workers=-1)["workers"])
    turns = zip(rows.to_delayed(), itertools.cycle(workers), strict=False)
    held = [client.compute(part, workers=[worker], allow_other_workers=True) for part, worker in turns]
    return dd.from_delayed(held, meta=rows._meta)


def read_parts(parts: Path) -> Any:
    """The rows of the parquet files in `parts` as a Dask data frame, a partition for each file, none read yet."""
    import dask.dataframe as dd

    files = [str(path) for path in sorted(parts.resolve().glob("*.parquet"))]
    if not files:
        raise BadInput(f"{parts}: no parquet files; write the training rows there")
    known = pq.read_schema(files[0]).empty_table().to_pandas()
    if LABEL not in known.columns:
        raise BadInput(f"{parts}: no column '{LABEL}' in its files; add it, 0 or 1")
    # Dask's own reader joins small files, and others for features than for labels: rows would lose their labels.
    return dd.from_map(pd.read_parquet, files, meta=known)  # type: ignore[no-untyped-call]


def main(parts: str, out: str) -> int:
    """Train the first seed of configs/training.yaml with the tuned parameters."""
    if {folder.resolve() for folder in (MODELS, POOL)} & {*Path(out).resolve().parents, Path(out).resolve()}:
        raise BadInput(f"{out}: an output of the graph, which its next run overwrites; name another folder")
    settings, seed = engine_settings(), training_settings().seeds[0]
    if settings.scheduler is None:
        raise BadInput("configs/engine.yaml: key 'scheduler' is null; name a Dask scheduler to train on its workers")
    params = read_json(TUNING / "lightgbm.json")["params"]
    (Path(out) / str(seed)).mkdir(parents=True, exist_ok=True)
    with cluster(settings.scheduler) as client:
        fit_parts(Path(parts), params, seed, client).save(Path(out) / str(seed))
        rows = read_parts(Path(parts))
        labels = client.compute(rows[LABEL].value_counts()).result()
    features = [name for name in rows.columns if name != LABEL]
    trained_on = {"all": int(labels.sum()), "positive": int(labels.get(1, 0))}
    about = {"features": features, "params": params, "seeded": True, "seeds": [seed], "trained_on": trained_on}
    write_json(Path(out) / "about.json", about)
    return 0


def read_words() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m clockwork.selftest.distributed", description=__doc__)
    parser.add_argument("parts", metavar="PARTS", help="a folder of parquet files that every worker can read")
    parser.add_argument("out", metavar="OUT", help="the folder of models to write")
    return parser.parse_args()


if __name__ == "__main__":
    words = read_words()
    sys.exit(exit_on_bad_input(lambda: main(**vars(words))))
