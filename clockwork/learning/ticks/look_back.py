"""Features that no ring holds: built anew each tick from the longest window's rows. Exact, slower.

A probe of every pull request proves that features need no older rows than those.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.keys import ENTITY, TIME
from clockwork.learning.ticks.cells import Cells, Floats, Slots
from clockwork.project import build_features


class LookBack(Cells):
    """Raw cells and nothing beside them."""

    def features(
        self, slots: Slots, times: npt.NDArray[np.int64], names: npt.NDArray[Any]
    ) -> Floats:
        """The features (rows, features) of the present cell of `slots`.

        Their minutes and entities are given, too.
        """
        cells = np.arange(self.depth - self.late - 1, -1, -1)
        place = (self.at - cells) % self.depth
        row, cell = np.nonzero(self.there[place][:, slots].T)
        frame = pd.DataFrame(self.raw[place[cell], slots[row]], columns=self.metrics)
        entity = pd.Categorical.from_codes(row, categories=pd.Index(names.astype(str)))
        frame.insert(0, ENTITY, pd.Series(entity))
        frame.insert(1, TIME, times[row] - cells[cell] * self.step)
        keys, x = build_features(frame, self.metrics, self.step, self.how)
        present = keys[TIME].to_numpy() == times[keys[ENTITY].cat.codes.to_numpy()]
        whole: Floats = np.asarray(x, dtype=np.float32)
        return np.asarray(whole[present])
