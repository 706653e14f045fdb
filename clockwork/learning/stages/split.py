"""split: the kept rows -> which of them train, in which fold, and which evaluate (build/split/rows.parquet)."""

from clockwork.learning.data.accounts import accounts
from clockwork.learning.data.split import JUDGE, TRAIN
from clockwork.learning.tables import ACCOUNT, KEYS, read_keys, write_json
from clockwork.project import split_rows
from clockwork.settings.data import data_settings
from clockwork.support.paths import EVALUATION, FEATURES, SPLIT


def main() -> None:
    """Write every row's part and fold, and the keys of the evaluation rows apart: what both commits are scored on."""
    rows = split_rows(read_keys(FEATURES / KEYS), data_settings().splits)
    SPLIT.parent.mkdir(parents=True, exist_ok=True)
    rows.to_parquet(SPLIT, index=False)
    judging = rows[rows["part"] == JUDGE].drop(columns=["part", "fold"])
    judging.to_parquet(EVALUATION, index=False)
    made = accounts(rows, {"train": rows["part"] == TRAIN, "evaluate": rows["part"] == JUDGE})
    write_json(SPLIT.parent / ACCOUNT, {name: one.as_dict() for name, one in made.items()})
