"""Base's scores of head's evaluation rows, where data or rows differ: by base's code and models."""

import shutil
from dataclasses import replace
from pathlib import Path

from clockwork.compare.built_commit import BuiltCommit, extra_scores
from clockwork.support import paths
from clockwork.support.errors import BadInput
from clockwork.support.lock import locked
from clockwork.support.subprocesses import last_line


def on_rows_of(base: BuiltCommit, head: BuiltCommit, key: str) -> BuiltCommit:
    """`base` with scores for head's evaluation rows, made from head's raw rows by base's own code.

    `key` names the rows, so that the same question is answered once. Raises `BadInput` where base
    cannot.
    """
    out = base.root / paths.BUILD / "foreign" / key[:16]
    with locked(base.root.with_suffix(".lock")):
        _rescore(base, head, out, paths.MODELS)
        if base.pooled:
            _rescore(base, head, extra_scores(out), paths.EXTRA_MODELS)
    return replace(base, scores=out)


def _rescore(base: BuiltCommit, head: BuiltCommit, out: Path, models: Path) -> None:
    wanted = [folder.name for folder in (base.root / models).iterdir()]
    if all((out / f"{name}.parquet").exists() for name in wanted):
        return
    draft = out.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    words = [head.root.resolve(), (head.root / paths.EVALUATION).resolve(), draft, models]
    done = base.checkout.run("clockwork.learning.rescore", *map(str, words))
    if done.returncode:
        raise BadInput(f"base cannot read head's rows: {last_line(done.stderr)}")
    shutil.rmtree(out, ignore_errors=True)
    draft.rename(out)
