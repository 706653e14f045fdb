"""A small checkout as its files: rows it split, what it was trained on, its data and libraries."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from clockwork.compare.built_commit import BuiltCommit, built
from clockwork.learning.data.split import JUDGE, TRAIN
from clockwork.support import paths

ROOT = Path(__file__).parents[4]
ROWS = {"all": 1000, "positive": 20, "kind server": 400, "kind camera": 600}
AUTHOR = ["-c", "user.name=Tests", "-c", "user.email=tests@localhost"]
Row = tuple[str, int, int]  # entity, time, label
Make = Callable[..., BuiltCommit]
JUDGING: list[Row] = [("b", 100, 0), ("b", 112, 1), ("c", 100, 0), ("c", 112, 0)]


def table(rows: list[Row]) -> pd.DataFrame:
    """A checkout's row keys; entities with a `c` in their name are cameras, all others servers."""
    frame = pd.DataFrame(rows, columns=["entity", "time", "label"])
    frame["kind"] = ["camera" if "c" in name else "server" for name in frame["entity"]]
    return frame.astype(
        {"entity": "category", "kind": "category", "time": "int64", "label": "int8"}
    )


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Builds a commit; each argument that is left out is the same for all commits."""

    def made(
        name: str,
        *,
        judging: list[Row] = JUDGING,
        train: list[Row] | None = None,
        counts: Any = ROWS,
        data: str = "aa",
        lock: str | None = None,
        windows: str = "{5: [mean], 60: [z]}",
        split: str = "both",
    ) -> BuiltCommit:
        root = tmp_path / name
        (root / paths.SPLIT).parent.mkdir(parents=True)
        trained = train or [("a", 0, 0), ("a", 10, 1)]
        rows = table([*judging, *trained])
        rows.assign(part=[JUDGE] * len(judging) + [TRAIN] * len(trained)).to_parquet(
            root / paths.SPLIT
        )
        rows[: len(judging)].to_parquet(root / paths.EVALUATION)
        (root / paths.MODELS / "lightgbm").mkdir(parents=True)
        about = {
            "params": {},
            "seeds": [1],
            "features": [],
            **({"trained_on": counts} if counts else {}),
        }
        (root / paths.MODELS / "lightgbm" / "about.json").write_text(json.dumps(about))
        (root / "data.dvc").write_text(f"outs: [{{md5: {data}, path: data}}]")
        gate = (ROOT / "configs" / "gate.yaml").read_text()
        (root / "configs").mkdir()
        (root / "configs" / "gate.yaml").write_text(
            re.sub(r"(?m)^  (?!lightgbm)\w+: (gating|watched)\n", "", gate)
        )
        (root / "configs" / "alerts.yaml").write_text("thresholds: {lightgbm: 0.5}")
        (root / "configs" / "features.yaml").write_text(f"every: 4\nwindows: {windows}\n")
        roles = "entity: device\ntime: time\nunit: minutes\ntarget: label\nslices: [kind]\n"
        how = (
            f"{{by: {split}, column: kind, evaluate: [x]}}"
            if split == "column"
            else f"{{by: {split}}}"
        )
        (root / "configs" / "data.yaml").write_text(f"rows: data/*.parquet\n{roles}split: {how}\n")
        if lock is not None:
            commit(root, lock)
        return built(root)

    return made


def commit(root: Path, lock: str) -> None:
    """Make `root` a repository, if it is none, whose last commit holds these libraries."""
    (root / "requirements.lock").write_text(lock)
    for words in (["init", "-q"], ["add", "requirements.lock"], ["commit", "-q", "-m", "one"]):
        subprocess.run(["git", "-C", str(root), *AUTHOR, *words], check=True)
