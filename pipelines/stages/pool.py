"""pool <algorithm>: more seeds of the same training and their scores, so that luck is known better than from a few."""

import os

from pipelines.models.base import find
from pipelines.paths import POOL, POOL_SCORES
from pipelines.settings.models import training_settings
from pipelines.stages.score import score_judging
from pipelines.stages.tables import stage
from pipelines.stages.train import train


def main(algorithm: str) -> None:
    """Train the seeds of the pool on every processor, and score this commit's own judging rows."""
    seeds = training_settings().pool if find(algorithm).seeded else []
    train(algorithm, seeds, POOL / algorithm, workers=os.cpu_count() or 1)
    POOL_SCORES.mkdir(parents=True, exist_ok=True)
    score_judging(POOL / algorithm).to_parquet(POOL_SCORES / f"{algorithm}.parquet", index=False)


if __name__ == "__main__":
    stage(main)
