"""Who trains and who evaluates.

The engine splits as configs/data.yaml says; do here what that file cannot say.

`split_rows(keys, settings)` gives the keys with two more columns, `part` and `fold`.
"""

from clockwork.learning.data.split import split_rows

__all__ = ["split_rows"]
