"""Two small commits of any task whose graphs have run.

They are parquet files and settings, in a repository of their own.
"""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clockwork.compare.build_verdict import build_verdict
from clockwork.compare.built_commit import built
from clockwork.compare.compare_builds import compare_builds
from clockwork.compare.compared import Compared
from clockwork.compare.first_baseline import without_baseline
from clockwork.compare.request import Commits, Request
from clockwork.learning.data.split import JUDGE, TRAIN
from clockwork.learning.keys import RowKeys
from clockwork.settings.gate import gate_settings
from clockwork.support import paths
from clockwork.support.checkout import Checkout
from clockwork.support.git import Commit
from clockwork.verdict.schema import Verdict
from tests.engine.unit.results.conftest import MAKE, TARGET

ROOT = Path(__file__).parents[4]
AUTHOR = ["-c", "user.name=Tests", "-c", "user.email=tests@localhost"]
ALGORITHMS = {"lightgbm": "gating", "naive": "watched"}
Frame = Callable[[pd.DataFrame], pd.DataFrame]


def frame(task: str, skill: float, seeds: range) -> pd.DataFrame:
    """Keys and scores of evaluation rows as the pipeline keeps them, with no entity and no time."""
    rows = MAKE[task](skill, seeds)
    label = rows[TARGET[task]]
    classes = sorted(label.unique()) if task == "multiclass" else None
    target: object = pd.Categorical(label, categories=classes)
    if task != "multiclass":
        target = (label == "yes").astype(np.int8) if task == "binary" else label.astype(np.float64)
    keys: dict[str, object] = {
        "entity": pd.Categorical([f"row-{at:04}" for at in range(len(rows))]),
        "time": np.zeros(len(rows), dtype=np.int64),
        "label": target,
        "kind": pd.Categorical(np.where(np.arange(len(rows)) // 8 % 2, "camera", "server")),
    }
    if task == "ranking":
        keys["query"] = pd.Categorical(rows["query"].astype(str))
    named = [name for name in map(str, rows.columns) if name.startswith("prediction_")]
    runs = {name.replace("prediction_", "score_"): rows[name] for name in named}
    return pd.DataFrame({**keys, **runs})


def write(
    root: Path, task: str, skill: float, seeds: range, change: Frame = lambda rows: rows
) -> None:
    """What a commit's graph leaves behind, and its settings; `naive` is as bad on both sides."""
    rows = change(frame(task, skill, seeds))
    keys = rows[[str(name) for name in rows if not str(name).startswith("score_")]]
    for folder in (paths.SPLIT.parent, paths.SCORES, paths.EVALUATION.parent):
        (root / folder).mkdir(parents=True, exist_ok=True)
    train = keys.head(40).assign(
        entity=pd.Categorical([f"train-{at}" for at in range(len(rows.head(40)))])
    )
    parts = [keys.assign(part=JUDGE, fold=-1), train.assign(part=TRAIN, fold=0)]
    pd.concat(parts).astype({"entity": "category"}).to_parquet(root / paths.SPLIT)
    keys.to_parquet(root / paths.EVALUATION)
    naive = frame(task, 0.3, range(7, 8)).filter(like="score_").iloc[: len(rows)]
    scored = {"lightgbm": rows.filter(like="score_"), "naive": naive.set_index(rows.index)}
    for name, scores in scored.items():
        pd.concat([RowKeys(keys).scored, scores.reset_index(drop=True)], axis=1).to_parquet(
            root / paths.SCORES / f"{name}.parquet", index=False
        )
        about = {
            "params": {"rate": 0.1},
            "seeds": [*seeds],
            "features": ["x"],
            "trained_on": {"all": 40},
        }
        put(root / paths.MODELS / name / "about.json", about)
    put(root / paths.VALIDATION, {"findings": [], "columns": {}, "values": {"x": "aa"}})
    settings(root, task)


def settings(root: Path, task: str, **data: Any) -> None:
    """The settings of a commit; `data` are further keys of configs/data.yaml."""
    gate = gate_settings(ROOT).model_dump(exclude={"primary", "guardrails"})
    put(
        root / "configs" / "gate.yaml",
        gate | {"algorithms": ALGORITHMS, "resamples": 400, "margin": 0.05},
    )
    query = {"query": "query"} if task == "ranking" else {}
    columns = {"rows": "data/*.csv", "task": task, "target": "y", "slices": ["kind"], **query}
    put(root / "configs" / "data.yaml", columns | data)
    put(root / "configs" / "features.yaml", {})
    put(
        root / "configs" / "expectations.yaml",
        {"expectations": [{"expect": "column_values_to_not_be_null"}]},
    )
    put(root / "configs" / "training.yaml", {"seeds": [1, 2, 3], "pool": []})
    if task == "binary":
        put(root / "configs" / "alerts.yaml", {"thresholds": {}})
    (root / "data.dvc").write_text("outs: [{md5: aa, path: data}]")
    (root / "requirements.lock").write_text("numpy==2.0.0\n")


def put(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def git(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *AUTHOR, *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@dataclass(frozen=True)
class Repository:
    """A repository whose base is a folder beside it.

    `compare` gives the verdict on what is in its working tree.
    """

    root: Path

    @property
    def base(self) -> Path:
        return self.root.with_name("base")

    def commit_base(self) -> None:
        """What lies in the working tree is base."""
        git(self.root, "init", "-q")
        (self.root / ".gitignore").write_text("build/\n")
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "-m", "base")
        shutil.copytree(self.root, self.base)
        shutil.rmtree(self.root / "build")

    def compare_skills(
        self,
        task: str,
        base: float,
        head: float,
        seeds: range = range(4, 7),
        change: Frame = lambda rows: rows,
    ) -> tuple[Verdict, Compared]:
        """The verdict on models of the skill `head`, beside other seeds of the skill `base`."""
        write(self.root, task, base, range(1, 4))
        self.commit_base()
        write(self.root, task, head, seeds, change)
        return self.compare()

    def compare(self) -> tuple[Verdict, Compared]:
        """The verdict on the working tree as head."""
        base = git(self.root, "rev-parse", "HEAD")
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "--allow-empty", "-m", "head")
        head = git(self.root, "rev-parse", "HEAD")
        request = Request(Checkout(self.root), quick=True, report=lambda _: None)
        commits = Commits(Commit(sha=head, subject="head"), Commit(sha=base, subject="base"))
        first = without_baseline(Checkout(self.root), base)
        commits = replace(commits, first=first)
        found = compare_builds(
            request, commits, built(self.root), None if first else built(self.base)
        )
        return build_verdict(request, commits, found), found


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    (tmp_path / "head").mkdir()
    return Repository(tmp_path / "head")
