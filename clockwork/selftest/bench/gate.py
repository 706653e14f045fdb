"""What the gate costs with many rows, clusters, runs: processor time, memory, on data made here."""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.gate.metric import Metric
from clockwork.gate.metrics import METRICS
from clockwork.gate.pairs import measure_at
from clockwork.gate.places import Place
from clockwork.gate.registry import TASKS
from clockwork.gate.resamples import Resamples
from clockwork.gate.rows import Rows, Scored
from clockwork.selftest.bench.clone import answer, python
from clockwork.selftest.bench.figure import SECONDS, Figure, of
from clockwork.support.console import Report

Floats = npt.NDArray[np.float64]
RESAMPLES, RUNS, SHARE = 2000, 13, 0.04
CLUSTERS, QUERIES, ITEMS = 300_000, 10_000, 20
FEW = 2  # resamples of scikit-learn's, whose time is then scaled
ROWS = 100_000
MEGABYTES, QUICKER = "{:.0f} MB", "{:.0f} x"
GUARDRAILS = {
    "binary": ("roc_auc", "log_loss", "brier", "mean_average_precision", "calibration_error"),
    "multiclass": ("macro_f1", "weighted_f1", "balanced_accuracy", "accuracy", "top_3_accuracy"),
    "regression": ("rmse", "r2", "median_absolute_error", "wape", "poisson_deviance"),
    "ranking": ("mrr", "map", "ndcg_at_5", "recall_at_10", "precision_at_10"),
}


def gate_figures(clone: Path, repeats: int, report: Report) -> list[Figure]:
    """Every case in a process of its own, one thread each."""
    found: dict[str, list[dict[str, float]]] = {}
    for name in ("clusters", "queries", *GUARDRAILS):
        for at in range(repeats):
            report(f"the gate: {name} ({at + 1} of {repeats})")
            one = answer(clone, "clockwork.selftest.bench.gate", name)
            found.setdefault(name, []).append(one)
    lists, rows = found["queries"], found["clusters"]
    size = f"{CLUSTERS:,} clusters, {RUNS} runs, 4 metrics"
    quicker = "the same, against scikit-learn in scipy"
    return [
        Figure(f"{size}: time", of(rows, "seconds"), SECONDS, 60),
        Figure(f"{size}: memory", of(rows, "megabytes"), MEGABYTES, 1024),
        Figure(f"nDCG@10 of {QUERIES:,} queries of {ITEMS}", of(lists, "seconds"), SECONDS, 2),
        Figure(quicker, of(lists, "quicker"), QUICKER, 100, least=True),
        *(
            Figure(
                f"compare, {ROWS:,} rows, 13 runs, {task}", of(found[task], "seconds"), SECONDS, 10
            )
            for task in GUARDRAILS
        ),
    ]


def many_clusters() -> dict[str, float]:
    """Four metrics of many runs, where every row is a cluster."""
    rng = np.random.default_rng(1)
    label = (rng.random(CLUSTERS) < SHARE).astype(np.int8)
    rows = Rows(np.arange(CLUSTERS), label, CLUSTERS)
    runs = [
        Scored(rows, 1 / (1 + np.exp(2 - 2 * label - rng.normal(size=CLUSTERS))))
        for _ in range(RUNS)
    ]
    return _measured(
        [METRICS[name] for name in ("average_precision", "roc_auc", "log_loss", "brier")], runs
    )


def many_queries() -> dict[str, float]:
    """nDCG@10 of one run, by our way and by a loop over scikit-learn's."""
    rng = np.random.default_rng(1)
    query, relevance = (
        np.repeat(np.arange(QUERIES), ITEMS),
        rng.integers(0, 5, QUERIES * ITEMS).astype(float),
    )
    scores = relevance + rng.normal(size=len(query))
    ours = _measured(
        [TASKS["ranking"].metrics["ndcg_at_10"]], [Scored(Rows(query, relevance, QUERIES), scores)]
    )
    theirs = _scikit_learn(relevance.reshape(QUERIES, ITEMS), scores.reshape(QUERIES, ITEMS))
    return {**ours, "quicker": theirs / ours["seconds"]}


def _measured(metrics: Sequence[Metric], runs: Sequence[Scored]) -> dict[str, float]:
    rows, since = runs[0].rows, time.process_time()
    measure_at(
        [Place(metric, None, rows) for metric in metrics],
        runs,
        Resamples(rows.entities, RESAMPLES, 1),
    )
    return {"seconds": time.process_time() - since, "megabytes": _megabytes()}


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _scikit_learn(relevance: Floats, scores: Floats) -> float:
    from scipy.stats import bootstrap
    from sklearn.metrics import ndcg_score

    def mean(drawn: npt.NDArray[np.intp]) -> float:
        return float(
            np.mean([ndcg_score(relevance[[one]], scores[[one]], k=10) for one in np.ravel(drawn)])
        )

    since = time.process_time()
    bootstrap(
        (np.arange(QUERIES),), mean, n_resamples=FEW, vectorized=False, method="percentile", rng=1
    )
    # It asks for the value of the rows as they are, too.
    return (time.process_time() - since) / (FEW + 1) * RESAMPLES


def compared(task: str) -> dict[str, float]:
    """`compare` of two files in a process of its own, its imports with it."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, seeds in (("base", range(10)), ("head", range(20, 23))):
            files.append(Path(folder) / f"{name}.parquet")
            predictions(task, seeds).to_parquet(files[-1])
        guardrails = [f"--guardrail={name}=0.5" for name in GUARDRAILS[task]]
        python(
            Path.cwd(),
            "-m",
            "clockwork",
            "compare",
            *map(str, files),
            f"--out={folder}",
            *guardrails,
        )
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"seconds": spent.ru_utime + spent.ru_stime, "megabytes": spent.ru_maxrss / 1024}


def predictions(task: str, seeds: range) -> pd.DataFrame:
    """A file of predictions with six slices; the same rows for all seeds."""
    rng = np.random.default_rng(1)
    row, noise = np.arange(ROWS), rng.normal(size=(ROWS, 5))
    query = row // ITEMS
    rows = pd.DataFrame(
        {"id": row, "slice_a": np.array(list("abc"))[query % 3], "slice_b": query // 3 % 3}
    )
    own = {seed: 0.2 * np.random.default_rng(seed).normal(size=ROWS) for seed in seeds}
    code = rng.integers(0, 5, ROWS)
    if task == "multiclass":
        return rows.assign(target=np.array(list("abcde"))[code], **_chances(code, noise, own))
    if task == "ranking":
        rows = rows.assign(query=query, relevance=code)
        return rows.assign(
            **{f"prediction_{seed}": code + 2 * noise[:, 0] + one for seed, one in own.items()}
        )
    if task == "regression":
        target = rng.gamma(3, size=ROWS)
        some = {
            f"prediction_{seed}": target * np.exp(0.2 * noise[:, 0] + one)
            for seed, one in own.items()
        }
        return rows.assign(target=target, **some)
    label = rng.random(ROWS) < SHARE
    odds = {
        f"prediction_{seed}": 1 / (1 + np.exp(3 - 2 * label - noise[:, 0] - one))
        for seed, one in own.items()
    }
    return rows.assign(target=label.astype(int), **odds)


def _chances(
    code: npt.NDArray[np.intp], noise: Floats, own: dict[int, Floats]
) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    for seed, one in own.items():
        odds = np.exp(1.5 * np.eye(5)[code] + noise + one[:, None] * np.arange(5))
        odds /= odds.sum(axis=1, keepdims=True)
        found |= {f"prediction_{seed}_{name}": odds[:, at] for at, name in enumerate("abcde")}
    return found


def main(name: str) -> None:
    """Measure one case and print it as JSON."""
    cases: dict[str, Callable[[], dict[str, float]]] = {
        "clusters": many_clusters,
        "queries": many_queries,
    }
    print(json.dumps(cases[name]() if name in cases else compared(name)))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
