"""How quick the statistics are, against scikit-learn's metric in a bootstrap of scipy's.

That is in processor time, on one core.
"""

import json
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from clockwork.compare.built_commit import built
from clockwork.compare.paired_scores import Evidence
from clockwork.gate.metrics import METRICS, Rows, Scored
from clockwork.gate.noninferiority import measure
from clockwork.gate.places import part_of
from clockwork.gate.resamples import resample

RESAMPLES, METRICS_TIMED, PERIODS = 2000, 8, 3
FEW = 20  # resamples of scipy's, whose time is then scaled


def speed(evidence: Evidence) -> dict[str, float]:
    """Seconds of processor time: all, and average precision alone by this engine and by scipy.

    That is on the evaluation rows and the first run of each algorithm of head.
    """
    rows = evidence.rows()
    pairs = [(runs[0], _slightly_moved(runs[0])) for runs in evidence.head.values()]
    weights = resample(rows.entities, RESAMPLES, 1)
    slices = [*evidence.slices().values(), *_periods(evidence.keys["time"].to_numpy())]

    def everything() -> None:
        for keep in slices:
            part, present = part_of(rows, keep)
            drawn = weights[:, present]
            for pair in pairs:
                for scores in pair:
                    run = Scored(part, scores[keep])
                    for metric in list(METRICS.values())[:METRICS_TIMED]:
                        measure(metric, [run], drawn)

    def own() -> None:
        for scores in pairs[0]:
            measure(METRICS["average_precision"], [Scored(rows, scores)], weights)

    return {
        "everything": _seconds(everything),
        "own": _seconds(own),
        "reference": _seconds(lambda: _scipy(rows, pairs[0])) * RESAMPLES / FEW,
    }


def _slightly_moved(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return scores**1.01  # another run of the same order of size, so that no step is spared


def _periods(time: npt.NDArray[np.int64]) -> list[npt.NDArray[np.bool_]]:
    edges = np.quantile(time, np.linspace(0, 1, PERIODS + 1))
    return [(time >= low) & (time <= high) for low, high in pairwise(edges)]


def _scipy(rows: Rows, pair: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]) -> None:
    from scipy.stats import bootstrap
    from sklearn.metrics import average_precision_score

    order = np.argsort(rows.entity, kind="stable")
    edges = np.searchsorted(rows.entity[order], np.arange(rows.entities + 1))

    def difference(drawn: npt.NDArray[np.intp]) -> float:
        taken = np.concatenate([order[edges[one] : edges[one + 1]] for one in np.ravel(drawn)])
        one, two = (average_precision_score(rows.label[taken], scores[taken]) for scores in pair)
        return float(one - two)

    entities = np.arange(rows.entities)
    bootstrap(
        (entities,), difference, n_resamples=FEW, vectorized=False, method="percentile", rng=1
    )


def _seconds(work: Callable[[], None]) -> float:
    since = time.process_time()
    work()
    return time.process_time() - since


def main() -> None:
    """Time them in the working folder, whose graph has run, and print the seconds as JSON."""
    head = built(Path())
    runs = head.runs(head.evaluation, head.algorithms())
    print(json.dumps(speed(Evidence(head.evaluation, runs, {}))))  # noqa: T201


if __name__ == "__main__":
    main()
