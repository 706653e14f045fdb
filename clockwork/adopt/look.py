"""The files that somebody brings: which, how they are written, and their rows as one table."""

import difflib
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from clockwork.adopt.guess import Given
from clockwork.adopt.sniff import sniff
from clockwork.learning.data.columns import kind_of
from clockwork.learning.data.sources import one_table, read_table
from clockwork.settings.data import DataSettings
from clockwork.settings.strict import parse
from clockwork.support.errors import BadInput

NAMES = {  # what a file ends with, and what the copy does
    ".csv": ".csv",
    ".csv.gz": ".csv.gz",
    ".tsv": ".csv",
    ".txt": ".csv",
    ".tsv.gz": ".csv.gz",
    ".parquet": ".parquet",
    ".pq": ".parquet",
}
FOLDER = "data"


@dataclass(frozen=True)
class Files:
    """Files of one kind: `paths` with the name each gets below data/, and how CSV is written.

    `others` are the names beside them that are not taken.
    """

    paths: Mapping[str, Path]
    csv: Mapping[str, str]
    others: tuple[str, ...] = ()

    @property
    def rows(self) -> str:
        """The pattern that configs/data.yaml names them by."""
        names = list(self.paths)
        return f"{FOLDER}/{names[0]}" if len(names) == 1 else f"{FOLDER}/*{_ending(names[0])}"

    def settings(self, target: str) -> DataSettings:
        """The settings that read all columns of the files."""
        csv = {"csv": dict(self.csv)} if self.csv else {}
        return parse(
            {"rows": self.rows, "target": target, **csv}, DataSettings, "configs/data.yaml"
        )

    def link(self, root: Path) -> None:
        """Links to them below data/ of the folder `root`."""
        (root / FOLDER).mkdir(parents=True)
        for name, path in self.paths.items():
            (root / FOLDER / name).symlink_to(path)

    def unlinked(self, text: str, root: Path) -> str:
        """`text` with the files themselves where it names their links below `root`."""
        for name in sorted(self.paths, key=len, reverse=True):
            text = text.replace(str(root / FOLDER / name), str(self.paths[name]))
        return text

    def copy(self, root: Path) -> None:
        """Copies of them below data/ of the folder `root`, which holds nothing else afterwards."""
        shutil.rmtree(root / FOLDER, ignore_errors=True)
        (root / FOLDER).mkdir(parents=True)
        for name, path in self.paths.items():
            shutil.copyfile(path, root / FOLDER / name)


def find_files(data: Path) -> Files:
    """The file at `data`, or all of the folder there. Raises `BadInput` for none, or two kinds."""
    if not data.exists():
        raise BadInput(
            f"{data}: no such file or folder; name a Parquet or CSV file, or a folder of them"
        )
    given = sorted(data.glob("[!.]*")) if data.is_dir() else [data]
    known = [one for one in given if one.is_file() and _ending(one.name)]
    if not known:
        raise BadInput(
            f"{data}: neither Parquet nor CSV ({', '.join(sorted(set(NAMES)))}); convert it"
        )
    kinds = sorted({NAMES[_ending(one.name)] for one in known})
    if len(kinds) > 1:
        raise BadInput(
            f"{data}: files of several kinds ({', '.join(kinds)}); "
            "give a folder of one kind, or one file"
        )
    if known[0].stat().st_size == 0:
        raise BadInput(f"{known[0]}: an empty file; export it again")
    paths: dict[str, Path] = {}
    for one in known:
        paths[_named(one.name, paths)] = one.resolve()
    csv = sniff(known[0]) if kinds[0].startswith(".csv") else {}
    return Files(paths, csv, tuple(one.name for one in given if one not in known))


def read(files: Files, target: str, root: Path) -> pa.Table:
    """All rows of the files, linked below `root`. Raises `BadInput` where they cannot be read."""
    settings = files.settings(target)
    tables = [read_table(root / FOLDER / name, settings) for name in files.paths]
    for path, table in zip(files.paths.values(), tables, strict=True):
        names = table.column_names
        twice = next((one for one in names if names.count(one) > 1), None)
        if twice is not None:
            raise BadInput(
                f"{path}: {names.count(twice)} columns are called '{twice}'; rename all but one"
            )
        if len(names) == 1 < max(one.num_columns for one in tables):
            raise BadInput(
                f"{path}: one column only ('{names[0]}'), unlike the files beside it; "
                "write all with one separator"
            )
    return one_table(tables, files.rows)


def problems_of(table: pa.Table, given: Given) -> Iterator[str]:
    """What is wrong with the columns that were named, and with those that there are."""
    names = table.column_names
    if table.num_rows == 0:
        yield "the table has no rows; check where the data come from"
    for name, option in {given.target: "target", **given.named}.items():
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
            remedy = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(names[:12])}"
            yield f"--{option} '{name}': there is no such column; {remedy}"
        elif option != "exclude" and _unfit(table.schema.field(name).type, option):
            kind = table.schema.field(name).type
            yield f"--{option} '{name}' is {kind}, no number, date or text; convert the column"
    if len(names) < 2:
        yield (
            f"one column only ('{names[0] if names else ''}'); "
            "is the separator another than , ; | or a tab?"
        )


def _ending(name: str) -> str:
    return next(
        (end for end in sorted(NAMES, key=len, reverse=True) if name.lower().endswith(end)), ""
    )


def _unfit(kind: pa.DataType, option: str) -> bool:
    # Bytes can name a row, and are nothing to be predicted.
    return bool(pa.types.is_nested(kind)) or (option == "target" and kind_of(kind) is None)


def _named(name: str, taken: Collection[str]) -> str:
    # A name that means the same to git, DVC and a pattern, and is not `taken` by another file.
    end = _ending(name)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", name[: len(name) - len(end)]).strip("._") or "rows"
    stems = (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3)))
    return next(one for one in (f"{each}{NAMES[end]}" for each in stems) if one not in taken)
