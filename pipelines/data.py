"""Raw rows -> one table.

The engine reads what configs/data.yaml names; do here what that file cannot say.

`read_rows(settings, root)` gives a column for `entity`, `time`, `label`, each slice and each
metric, rows of one entity together and in time's order.
"""

from clockwork.learning.data.rows import read_rows

__all__ = ["read_rows"]
