"""train <algorithm>: the training rows and the tuned parameters -> a model for each seed, build/models/<algorithm>/."""

from pipelines.data.split import TRAIN
from pipelines.models.base import find
from pipelines.paths import FEATURES, MODELS, SPLIT, TUNING
from pipelines.settings.models import training_settings
from pipelines.stages.tables import read_json, read_keys, read_matrix, stage, write_json


def main(algorithm: str) -> None:
    """Train once for each seed; once in all where the seed does not matter."""
    model, params = find(algorithm), read_json(TUNING / f"{algorithm}.json")["params"]
    rows = read_keys(SPLIT)
    train = (rows["part"] == TRAIN).to_numpy()
    x, names = read_matrix(FEATURES, train)
    y = rows["label"].to_numpy()[train]
    seeds = training_settings().seeds if model.seeded else training_settings().seeds[:1]
    for seed in seeds:
        folder = MODELS / algorithm / str(seed)
        folder.mkdir(parents=True, exist_ok=True)
        model.fit(x, y, params, seed).save(folder)
    write_json(MODELS / algorithm / "about.json", {"features": names, "params": params, "seeds": seeds})


if __name__ == "__main__":
    stage(main)
