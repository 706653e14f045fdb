"""A process of its own imports quickly, and leaves out nothing that a model asks for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clockwork.support.entry import ENTRY

ROOT = Path(__file__).resolve().parents[3]
MAIN = """
import sys

def main(*names):
    import pipelines.models.lightgbm
    print(*names, "sklearn" in sys.modules)
"""


@pytest.mark.parametrize(
    ("model", "loaded"),
    [
        ("import lightgbm\n", "False"),
        ("from lightgbm import LGBMClassifier\n\nLGBMClassifier()\n", "True"),
        ("import lightgbm\n\nlightgbm.cv\n", "True"),
    ],
)
def test_lightgbm_comes_without_scikit_learn_unless_a_model_uses_its_classes(
    tmp_path: Path, model: str, loaded: str
) -> None:
    folder = tmp_path / "pipelines" / "models"
    folder.mkdir(parents=True)
    (folder / "lightgbm.py").write_text(model, encoding="utf-8")
    (folder / ".#lightgbm.py").symlink_to("an editor's lock, which leads nowhere")
    (tmp_path / "asked.py").write_text(MAIN, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", ENTRY, "asked", "lightgbm"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, f"lightgbm {loaded}"), done.stderr
