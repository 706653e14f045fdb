"""pool <algorithm>: more seeds of the same training and their scores, so that luck is known better than from a few."""

import os

from pipelines.data.split import JUDGE
from pipelines.models.base import find
from pipelines.paths import FEATURES, POOL, POOL_SCORES, SPLIT
from pipelines.settings.models import training_settings
from pipelines.stages.score import score
from pipelines.stages.tables import read_keys, read_matrix, stage
from pipelines.stages.train import train


def main(algorithm: str) -> None:
    """Train the seeds of the pool on every processor, and score this commit's own judging rows."""
    seeds = training_settings().pool if find(algorithm).seeded else []
    train(algorithm, seeds, POOL / algorithm, workers=os.cpu_count() or 1)
    rows = read_keys(SPLIT)
    judge = (rows["part"] == JUDGE).to_numpy()
    x, names = read_matrix(FEATURES, judge)
    keys = rows.loc[judge, ["entity", "time", "label"]].reset_index(drop=True)
    POOL_SCORES.mkdir(parents=True, exist_ok=True)
    score(POOL / algorithm, keys, x, names).to_parquet(POOL_SCORES / f"{algorithm}.parquet", index=False)


if __name__ == "__main__":
    stage(main)
