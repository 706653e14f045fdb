"""The robust z-score looks at numbers alone."""

import numpy as np

from clockwork.model import fit
from clockwork.project import find_model

from .test_models import colours


def test_an_outlier_is_no_matter_of_categories() -> None:
    x, y = colours()
    x[:, 1] = np.where(x[:, 1] < 7, 0, 7)  # a value that is rare
    scores = fit(find_model("robust_z"), x, y, {"top": 1}, 7, [1]).score(x)
    alone = find_model("robust_z").fit(x[:, :1], y, {"top": 1}, 7).score(x[:, :1])
    assert scores.tobytes() == alone.tobytes()
