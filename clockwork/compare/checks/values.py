"""The same raw data must be read into the same values.

A reader that wraps, rounds or shifts them shows here.
"""

import subprocess
import tempfile
from pathlib import Path

import pandas as pd

from clockwork.compare.built_commit import BuiltCommit
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.learning.data.values import Difference, differences
from clockwork.learning.tables import read_json
from clockwork.settings.data import data_settings
from clockwork.support.errors import BadInput
from clockwork.support.libraries import interpreter
from clockwork.support.paths import VALIDATION
from clockwork.support.pinned import data_hash
from clockwork.support.subprocesses import environment, last_line

KEY = "declared"
# By what every commit has had, so that a base reads its table however old its other modules are.
READ = """
import sys
try:
    from clockwork.project import read_rows
    from clockwork.settings.data import data_settings
except ModuleNotFoundError:  # before the engine had a folder of its own
    from pipelines.data.rows import read_rows
    from pipelines.settings.data import data_settings
read_rows(data_settings()).to_parquet(sys.argv[1], index=False)
"""


def same_values(head: BuiltCommit, base: BuiltCommit) -> Check:
    """Whether head reads the values that base reads, where their data are the same bytes.

    Columns that only one of them reads are left out. Each table is read by its own commit's code.
    """
    if data_hash(head.checkout) != data_hash(base.checkout):
        return Check(
            CheckId.SAME_VALUES,
            Outcome.PASS,
            "the data changed: there are no values to compare one by one",
        )
    of_head, of_base = (
        read_json(commit.root / VALIDATION).get("values", {}) for commit in (head, base)
    )
    both = set(of_head) & set(of_base)
    if both and all(of_head[name] == of_base[name] for name in both):
        return _judged([], {}, len(both))
    with tempfile.TemporaryDirectory(prefix="clockwork-") as place:
        tables = [
            _read(commit.root, Path(place) / f"{name}.parquet")
            for name, commit in (("head", head), ("base", base))
        ]
    declared = data_settings(head.root).declared
    return _judged(differences(*tables), declared, len(set(tables[0]) & set(tables[1])))


def declared_columns(head: BuiltCommit) -> set[str]:
    """The columns whose values configs/data.yaml declares, and which head's reader does read so."""
    read = read_json(head.root / VALIDATION).get("values", {})
    return {
        name
        for name, digest in data_settings(head.root).declared.items()
        if read.get(name) == digest
    }


def _judged(found: list[Difference], declared: dict[str, str], columns: int) -> Check:
    if not found:
        return Check(
            CheckId.SAME_VALUES, Outcome.PASS, f"{columns} columns, each value the same as base's"
        )
    left = [one for one in found if declared.get(one.column) != one.digest]
    if not left:
        named = "; ".join(one.message for one in found)
        return Check(CheckId.SAME_VALUES, Outcome.PASS, f"as configs/data.yaml declares: {named}")
    named = "; ".join(one.message for one in left[:3]) + (
        f"; and {len(left) - 3} more columns" if left[3:] else ""
    )
    line = ", ".join(f"{one.column}: '{one.digest}'" for one in found)
    differ = f"the data are base's, and head reads other values: {named}"
    return Check(
        CheckId.SAME_VALUES,
        Outcome.SUSPICIOUS,
        f"{differ}; if that is meant, set `{KEY}: {{{line}}}` in configs/data.yaml",
    )


def _read(root: Path, out: Path) -> pd.DataFrame:
    words = [interpreter(root), "-c", READ, str(out)]
    done = subprocess.run(
        words, cwd=root, env=environment(words[0]), capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = last_line(done.stderr)
        raise BadInput(f"the raw rows of {root.name} cannot be read again: {last}")
    return pd.read_parquet(out)
