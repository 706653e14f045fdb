"""MLflow costs seconds to import: only what logs, reads or marks runs pays them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
# The one module that MLflow itself runs.
WITHIN = "clockwork.learning.serving.model_code"
EVERY = f"""
import importlib, json, pkgutil, sys
import clockwork
names = [one.name for one in pkgutil.walk_packages(clockwork.__path__, "clockwork.")]
for name in names:
    if name not in ("{WITHIN}", "clockwork.__main__"):
        importlib.import_module(name)
print(json.dumps([len(names), sorted(name for name in sys.modules if name.partition(".")[0] == "mlflow")]))
"""  # noqa: E501
HELP = """
import json, sys
from clockwork.cli import VERBS, main
for verb in VERBS:
    assert main([verb.name, "--help"]) == 0
print("\\n" + json.dumps(["mlflow" in sys.modules, "pandas" in sys.modules, len(VERBS)]))
"""


def last_line(code: str, *, quiet: bool = False) -> list[object]:
    """What `code` prints last, in a fresh process; where `quiet` it must tell no error."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not quiet or done.stderr == ""
    found: list[object] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def test_no_module_imports_mlflow_before_it_is_used() -> None:
    count, found = last_line(EVERY)
    assert found == []
    assert isinstance(count, int)
    assert count > 100


def test_no_verb_needs_mlflow_or_pandas_to_explain_itself() -> None:
    mlflow, pandas, verbs = last_line(HELP)
    assert (mlflow, pandas) == (False, False)
    assert isinstance(verbs, int)
    assert verbs >= 16


@pytest.mark.slow
def test_the_look_finds_mlflow_where_it_is_imported() -> None:
    _, found = last_line(EVERY.replace("import clockwork\n", "import clockwork, mlflow\n"))
    assert found


def test_verbs_that_read_no_run_never_import_mlflow() -> None:
    code = """
import json, sys
from clockwork.cli import main
for verb in ("schema", "outbox"):
    assert main([verb]) == 0
print(json.dumps(["mlflow" in sys.modules]))
"""
    assert last_line(code) == [False]


@pytest.mark.parametrize(("before", "there"), [("", True), ("sys.modules['mlflow'] = None", False)])
def test_mlflow_is_loaded_beside_other_work_without_a_word(
    before: str, there: bool, tmp_path: Path
) -> None:
    (tmp_path / "configs").mkdir()
    for name in ("gate.yaml", "tracking.yaml"):
        shutil.copy(ROOT / "configs" / name, tmp_path / "configs")
    code = f"""
import json, sys
from pathlib import Path
from clockwork.commands.beside import Beside
from clockwork.support.checkout import Checkout
lines = []
{before}
Beside(Checkout(Path({str(tmp_path)!r})), lines.append).begin(None, None)()
print(json.dumps([bool(sys.modules.get("mlflow")), lines]))
"""
    assert last_line(code, quiet=True) == [there, []]
