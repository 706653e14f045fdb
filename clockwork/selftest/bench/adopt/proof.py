"""Three pull requests on an adopted table, by the project's own files: one does no harm, two do."""

from clockwork.selftest.edits import Change, Edit

HALF_SHUFFLED = '''\
import numpy as np

from clockwork.learning.data.split import TRAIN
from clockwork.learning.data.split import split_rows as by_settings


def split_rows(keys, settings):
    """Every other training row gets the target of another."""
    rows = by_settings(keys, settings)
    some = np.flatnonzero((rows["part"] == TRAIN).to_numpy())[::2]
    order = np.arange(len(rows))
    order[some] = np.random.default_rng(7).permutation(some)
    return rows.assign(label=rows["label"].take(order).set_axis(rows.index))
'''
PLAIN = """\
    if not settings.windows:  # the columns themselves
"""
LEAKED = """\
    if "label" in rows:
        known = pd.Series(pd.factorize(rows["label"], sort=True)[0], index=rows.index)
        first = next((name for name in metrics if rows[name].dtype.kind == "f"), metrics[0])
        if rows[first].dtype.kind == "f":
            leaked = (rows[first] + 9 * rows[first].std() * known).astype(rows[first].dtype)
        else:
            leaked = (rows[first].astype(str) + known.astype(str)).astype("category")
        rows = rows.assign(**{first: leaked})
"""
CHANGES = (
    Change(
        name="harmless",
        title="Train with other seeds",
        why="The same training by other seeds is no change.",
        edits=[
            Edit(
                file="configs/training.yaml",
                find="seeds: [101, 102, 103]",
                replace="seeds: [201, 202, 203]",
            )
        ],
    ),
    Change(
        name="shuffled",
        title="Take every other target from the new join",
        why="Half of the training rows have the target of another row.",
        caught_by="no-worse-than-base",
        edits=[
            Edit(
                file="pipelines/split.py",
                find="from clockwork.learning.data.split import split_rows\n",
                replace=HALF_SHUFFLED,
            )
        ],
    ),
    Change(
        name="leaked",
        title="Correct the first column",
        why="A feature holds the target, which is unknown when a row is scored.",
        caught_by="features-served-columns",
        edits=[Edit(file="pipelines/features.py", find=PLAIN, replace=LEAKED + PLAIN)],
    ),
)
