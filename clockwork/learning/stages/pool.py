"""pool <algorithm>: more seeds of the same training and their scores, to know seed noise better."""

import os

from clockwork.learning.stages.score import score_evaluation
from clockwork.learning.stages.train import train
from clockwork.project import find_model
from clockwork.settings.models import training_settings
from clockwork.support.paths import EXTRA_MODELS, EXTRA_SCORES


def main(algorithm: str) -> None:
    """Train the extra seeds on every processor, and score this commit's own evaluation rows."""
    seeds = training_settings().pool if find_model(algorithm).seeded else []
    train(algorithm, seeds, EXTRA_MODELS / algorithm, workers=os.cpu_count() or 1)
    EXTRA_SCORES.mkdir(parents=True, exist_ok=True)
    score_evaluation(EXTRA_MODELS / algorithm).to_parquet(
        EXTRA_SCORES / f"{algorithm}.parquet", index=False
    )
