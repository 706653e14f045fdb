"""data.dvc pins what the recipe grows: the same bytes with the lock file's libraries, anywhere."""

import hashlib
import json
from pathlib import Path

import pytest
import yaml

from seeds.fleet import load, write

ROOT = Path(__file__).parents[4]


def folder_hash(folder: Path) -> str:
    """DVC's hash of a folder: MD5 of the list of its files with theirs."""
    files = [
        {
            "md5": hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest(),
            "relpath": path.name,
        }
        for path in sorted(folder.iterdir())
    ]
    listed = json.dumps(files, sort_keys=True).encode()
    return hashlib.md5(listed, usedforsecurity=False).hexdigest() + ".dir"


def test_the_recipe_grows_exactly_the_pinned_bytes(tmp_path: Path) -> None:
    if "entity: device" not in (ROOT / "configs" / "data.yaml").read_text(encoding="utf-8"):
        pytest.skip("data.dvc pins other data than the demo's")
    write(load(ROOT / "seeds" / "fleet.yaml"), tmp_path / "data")
    pinned = yaml.safe_load((ROOT / "data.dvc").read_text(encoding="utf-8"))["outs"][0]["md5"]
    assert folder_hash(tmp_path / "data") == pinned
