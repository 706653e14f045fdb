"""rescore ROOT KEYS OUT [FOLDER]: score another commit's rows with this one's code and models.

ROOT is the other commit's checkout with its raw rows, KEYS its evaluation rows; scores are written
below OUT, one file for each algorithm that has models in FOLDER. A base is evaluated on a head's
rows this way, so these arguments are a contract between commits: a new commit calls it on an old
one.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.data.rows import feature_columns
from clockwork.learning.keys import RowKeys
from clockwork.learning.stages.score import score
from clockwork.learning.tables import read_keys
from clockwork.project import build_features, feature_names, read_rows
from clockwork.settings.data import data_settings
from clockwork.settings.features import feature_settings
from clockwork.support.entry import run_main
from clockwork.support.errors import BadInput
from clockwork.support.paths import MODELS


def main(root: str, keys: str, out: str, models: str = str(MODELS)) -> None:
    """Build features from the raw rows below `root`, score those of `keys` with all of `models`."""
    settings, how = data_settings(), feature_settings()
    rows = read_rows(settings, Path(root))
    metrics = feature_columns(rows, settings)
    own, x = build_features(rows, metrics, settings.grid, how)
    wanted = RowKeys(read_keys(Path(keys))).scored
    at = places(own, wanted)
    x = x.iloc[at] if isinstance(x, pd.DataFrame) else x[at]
    Path(out).mkdir(parents=True, exist_ok=True)
    for folder in sorted(Path(models).iterdir()):
        scored = score(folder, wanted, x, feature_names(metrics, how))
        scored.to_parquet(Path(out) / f"{folder.name}.parquet", index=False)


def places(own: pd.DataFrame, wanted: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Where each row of `wanted` stands in `own`. Raises `BadInput` where one is not there."""
    at = RowKeys(own).places(RowKeys(wanted))
    if (at < 0).any():
        raise BadInput(
            f"{int((at < 0).sum())} of {len(at)} evaluation rows have no features in this commit"
        )
    return at


if __name__ == "__main__":
    run_main(main)
