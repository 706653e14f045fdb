"""split: the kept rows -> which of them train, in which fold, and which judge (build/split/rows.parquet)."""

from pipelines.data.accounts import accounts
from pipelines.data.split import JUDGE, TRAIN, split_rows
from pipelines.paths import FEATURES, JUDGING, SPLIT
from pipelines.settings.data import data_settings
from pipelines.stages.tables import ACCOUNT, KEYS, read_keys, stage, write_json


def main() -> None:
    """Write every row's part and fold, and the keys of the judging rows apart: what both arms are scored on."""
    rows = split_rows(read_keys(FEATURES / KEYS), data_settings().split)
    SPLIT.parent.mkdir(parents=True, exist_ok=True)
    rows.to_parquet(SPLIT, index=False)
    judging = rows[rows["part"] == JUDGE].drop(columns=["part", "fold"])
    judging.to_parquet(JUDGING, index=False)
    made = accounts(rows, {"train": rows["part"] == TRAIN, "evaluate": rows["part"] == JUDGE})
    write_json(SPLIT.parent / ACCOUNT, {name: one.as_dict() for name, one in made.items()})


if __name__ == "__main__":
    stage(main)
