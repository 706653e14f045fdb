"""A file of predictions as a table, and which of its columns mean what."""

import lzma
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from clockwork.commands.files.options import Options
from clockwork.learning.keys import ENTITY, holds
from clockwork.learning.tasks.multiclass import natural
from clockwork.support.errors import BadInput, named

TARGETS = ("target", "label", "relevance", "y", "y_true", "true")
KEYS = ("key", "id", "row_id")
CLUSTERS = ("cluster", "entity", "group")
QUERIES = ("query", "query_id", "qid")
PREDICTIONS = ("prediction", "score", "y_pred", "pred")
SLICE = "slice_"
ANSWERS = "answers"  # the task that has no targets: what is given are scores already
# In CSV. Other words, such as NA for Namibia, are names, unless all else are numbers.
MISSING = ("", "nan", "NaN")
NO_NUMBERS = ("NA", "<NA>", "#N/A", "N/A", "n/a", "None", "NULL", "null", "-nan", "-NaN")
UNREADABLE = (
    ValueError,
    OSError,
    EOFError,
    ImportError,  # of what unpacks a file
    zipfile.BadZipFile,
    lzma.LZMAError,
    zlib.error,
)


@dataclass(frozen=True)
class Columns:
    """The columns of a file by their meaning.

    Without `cluster` each row stands by itself; answers have no `target`. `runs` are (name,
    columns), which all begin with `prediction`. A run has one column, or one for each of `classes`.
    """

    key: tuple[str, ...]
    target: str | None
    cluster: str | None
    query: str | None
    time: str | None
    slices: tuple[str, ...]
    prediction: str
    runs: tuple[tuple[str, tuple[str, ...]], ...]
    classes: tuple[str, ...] = ()

    @property
    def meaning(self) -> tuple[str, ...]:
        """The columns that both files must share: all but the predictions."""
        named = (*self.key, self.cluster, self.query, self.time, self.target, *self.slices)
        return tuple(dict.fromkeys(name for name in named if name))


def read_table(path: Path) -> pd.DataFrame:
    """The table at `path`: Parquet, or CSV, also compressed. Raises `BadInput` where unreadable."""
    if not path.is_file():
        raise BadInput(f"{path}: no such file; name a Parquet or CSV file of predictions")
    try:
        table, names = _parquet(path) if path.suffix in (".parquet", ".pq") else _csv(path)
    except UNREADABLE as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise BadInput(f"{path}: neither Parquet nor CSV that can be read: {reason:.200}") from None
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice:
        raise BadInput(f"{path}: column '{twice}' is there twice; rename one")
    return table


def _parquet(path: Path) -> tuple[pd.DataFrame, list[str]]:
    # pandas keeps a key that is the index beside the columns.
    table = pd.read_parquet(path)
    levels = [name for name in table.index.names if name is not None and name not in table.columns]
    table = table.reset_index(level=levels).reset_index(drop=True)
    return table, [str(name) for name in table.columns]


def _csv(path: Path) -> tuple[pd.DataFrame, list[str]]:
    # pandas renames a column that is there twice, so the first line is read by itself, too.
    first = pd.read_csv(
        path, encoding="utf-8-sig", header=None, nrows=1, dtype=str, keep_default_na=False
    )
    table = pd.read_csv(
        path, encoding="utf-8-sig", low_memory=False, keep_default_na=False, na_values=MISSING
    )
    for name in table.select_dtypes(exclude="number"):
        table[name] = _as_numbers(table[name])
    return table, first.iloc[0].tolist()


def _as_numbers(column: pd.Series) -> pd.Series:
    none = column.isin(NO_NUMBERS)
    if not none.any():
        return column
    numbers = pd.to_numeric(column.mask(none), errors="coerce")
    same = numbers.notna() | none | column.isna()
    return numbers if same.all() and numbers.notna().any() else column


def find_columns(path: Path, table: pd.DataFrame, options: Options) -> Columns:
    """What columns of `table` mean: by option, else by name. Raises `BadInput` for missing ones."""
    names, scored = [str(name) for name in table.columns], options.task == ANSWERS
    target = _one(path, names, options.target, () if scored else TARGETS, "target")
    if target is None and not scored:
        raise BadInput(
            f"{path}: no column of targets ({', '.join(TARGETS[:4])}); name it with --target"
        )
    query = _one(path, names, options.query, QUERIES, "query")
    cluster = _cluster(path, table, options, query)
    refuse_missing(path, table, filter(None, (query, cluster)))
    prediction, runs, classes = _runs(
        path, names, options, table[target] if target else None, ranking=query is not None
    )
    return Columns(
        key=_key(path, names, options),
        target=target,
        cluster=cluster,
        query=query,
        time=_one(path, names, options.time, ("time",), "time"),
        slices=_slices(path, names, options),
        prediction=prediction,
        runs=runs,
        classes=classes,
    )


def refuse_missing(path: Path, table: pd.DataFrame, names: Iterable[str]) -> None:
    """Raise `BadInput` where a row has no value in one of the columns `names`."""
    for name in names:
        lost = table[name].isna().to_numpy()
        if lost.any():
            raise BadInput(
                f"{path}: column '{name}' has no value in "
                f"row {int(lost.argmax())}; every row needs one"
            )


def _one(
    path: Path, names: Sequence[str], asked: str | None, usual: Sequence[str], meaning: str
) -> str | None:
    if asked is not None and asked not in names:
        raise BadInput(f"{path}: no column '{asked}' for --{meaning}; there are {named(names, 12)}")
    return asked or next((name for name in usual if name in names), None)


def _cluster(path: Path, table: pd.DataFrame, options: Options, query: str | None) -> str | None:
    # The lists of a ranking, unless something such as a user has several of them.
    found = _one(path, list(table.columns), options.cluster, CLUSTERS, "cluster")
    if query is None or found in (None, query):
        return found or query
    lists = table[[found, query]].drop_duplicates()[query]
    again = lists[lists.duplicated()]
    # The pipeline's own entities may be the rows themselves.
    several = found == ENTITY and table[found].duplicated().any()
    if len(again) and (options.cluster or several):
        raise BadInput(
            f"{path}: {query} {again.iloc[0]} is in more than one '{found}'; give lists names of "
            f"their own, or say --cluster {query} where it is one list"
        )
    return found if options.cluster or holds(table, found, query) else query


def _key(path: Path, names: Sequence[str], options: Options) -> tuple[str, ...]:
    for name in options.key:
        _one(path, names, name, (), "key")
    if options.key:
        return options.key
    known = next(((name,) for name in KEYS if name in names), ())
    pairs = (("entity", "time"), ("query", "item"), ("query", "document"))
    return known or next((pair for pair in pairs if set(pair) <= set(names)), ())


def _slices(path: Path, names: Sequence[str], options: Options) -> tuple[str, ...]:
    for name in options.slices or ():
        _one(path, names, name, (), "slices")
    return (
        tuple(name for name in names if name.startswith(SLICE))
        if options.slices is None
        else options.slices
    )


def _runs(
    path: Path, names: Sequence[str], options: Options, target: pd.Series | None, *, ranking: bool
) -> tuple[str, tuple[tuple[str, tuple[str, ...]], ...], tuple[str, ...]]:
    prefixes = PREDICTIONS if options.prediction is None else (options.prediction,)
    for prefix in prefixes:
        suffixes = {
            name: name[len(prefix) :].lstrip("_")
            for name in names
            if re.fullmatch(rf"{re.escape(prefix)}(_.+)?", name)
        }
        if suffixes:
            labels = [] if target is None else _labels(target, options, ranking=ranking)
            runs, classes = _grouped(suffixes, labels)
            if target is not None and any(target.name in run for _, run in runs):
                raise BadInput(
                    f"{path}: column '{target.name}' is a prediction; "
                    "name the column of targets by --target"
                )
            odd = sorted(set(suffixes) - {name for _, run in runs for name in run})
            if odd and target is not None:
                raise BadInput(
                    f"{path}: column '{odd[0]}' is of no class of '{target.name}'; "
                    "rename it or leave it out"
                )
            return prefix, runs, classes
    wanted = options.prediction or PREDICTIONS[0]
    raise BadInput(
        f"{path}: no column '{wanted}' or '{wanted}_<seed>'; name their beginning with --prediction"
    )


def _labels(target: pd.Series, options: Options, *, ranking: bool) -> list[str]:
    # Numbers are classes only where the task says so: they may as well be the seeds in the columns'
    # names.
    numbers = pd.api.types.is_numeric_dtype(target) and not pd.api.types.is_bool_dtype(target)
    several = options.task == "multiclass"
    if not several and (numbers or ranking or options.task not in (None, "binary")):
        return []
    labels = sorted({str(one) for one in target.dropna().unique()}, key=natural)
    return labels if several or len(labels) > 2 or not all(map(str.isdigit, labels)) else []


def _grouped(
    suffixes: dict[str, str], labels: Sequence[str]
) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], tuple[str, ...]]:
    # `prediction_<class>` or `prediction_<seed>_<class>`, where every class has a column; else a
    # column is a run. A class may end as another one does: very_low, low.
    runs: dict[str, dict[str, str]] = {}
    for name, suffix in suffixes.items():
        ends = [one for one in labels if suffix == one or suffix.endswith(f"_{one}")]
        if ends:
            label = max(ends, key=len)
            runs.setdefault(suffix.removesuffix(label).rstrip("_"), {})[label] = name
    if len(labels) > 1 and runs and all(len(one) == len(labels) for one in runs.values()):
        return tuple(
            (run, tuple(one[label] for label in labels)) for run, one in runs.items()
        ), tuple(labels)
    return tuple((suffix, (name,)) for name, suffix in suffixes.items()), ()
