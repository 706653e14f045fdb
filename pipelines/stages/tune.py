"""tune <algorithm>: a search over the folds of the training rows -> build/tuning/<algorithm>.json."""

from dataclasses import asdict

from pipelines.data.split import TRAIN
from pipelines.paths import FEATURES, SPLIT, TUNING
from pipelines.settings.models import ModelSettings, model_settings, tuning_settings
from pipelines.stages.tables import read_keys, read_matrix, stage, write_json


def main(algorithm: str) -> None:
    """Search where there is a space to search, else hand on the fixed parameters."""
    settings = model_settings(algorithm)
    found = _search(algorithm, settings) if settings.search else {"params": settings.params, "trials": []}
    write_json(TUNING / f"{algorithm}.json", found)


def _search(algorithm: str, settings: ModelSettings) -> dict[str, object]:
    from sklearn.metrics import average_precision_score  # only a search pays for these imports

    from pipelines.models.base import Folds, find
    from pipelines.tuning.curves import curve
    from pipelines.tuning.study import search

    rows, budget = read_keys(SPLIT), tuning_settings()
    train = (rows["part"] == TRAIN).to_numpy()
    x, _ = read_matrix(FEATURES, train)
    folds = Folds(x, rows["label"].to_numpy()[train], rows["fold"].to_numpy()[train])
    model = find(algorithm)
    found = search(
        settings,
        budget,
        lambda params: curve(model, folds, params, budget.seed, budget.rounds_per_step, average_precision_score),
        lambda done, best: print(f"trial {done}/{budget.trials} best {best:.4f}", flush=True),  # noqa: T201
    )
    return asdict(found)


if __name__ == "__main__":
    stage(main)
