"""Who judges an edit of the judge.

It is base's gate where it can, and an owner where head was tried by its own copy.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from clockwork.compare.base_gate import BY_BASE, GATE_FILES, OWN, needs_owner
from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.line_up import all_roles
from clockwork.gate.outcome import Outcome
from clockwork.settings.gate import gate_settings
from clockwork.support.checkout import Checkout

ROOT = Path(__file__).parents[3]


def test_an_edit_of_the_gate_is_judged_by_bases_and_reported() -> None:
    check = needs_owner(["configs/gate.yaml", "clockwork/gate/holm.py"])
    assert (check.outcome, check.gating) == (Outcome.PASS, False)
    assert check.message.startswith(
        "configs/gate.yaml changed: the gate and its settings are base's here"
    )


@pytest.mark.parametrize(
    "edited",
    [
        *(f"{place}later.py" if place.endswith("/") else place for place in OWN),
        *(
            path.relative_to(ROOT).as_posix()
            for room in ("compare", "verdict")
            for path in (ROOT / "clockwork" / room).glob("*.py")
            if path.relative_to(ROOT).as_posix() not in BY_BASE
        ),
    ],
)
def test_an_edit_of_what_only_heads_code_does_is_never_green(edited: str) -> None:
    assert edited.startswith(GATE_FILES)
    check = needs_owner(["configs/gate.yaml", edited])
    assert (check.outcome, check.gating) == (Outcome.CANNOT_TELL, True)
    assert check.message.startswith(f"{edited} changed")


def test_what_base_does_by_its_own_copy_is_loaded_by_its_gate() -> None:
    listed = "import sys, clockwork.compare.base_gate; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", listed], cwd=ROOT, capture_output=True, check=True, text=True
    )
    loaded = done.stdout.split()
    for place in BY_BASE:
        assert (ROOT / place).exists()
        assert place.removesuffix(".py").strip("/").replace("/", ".") in loaded
        assert needs_owner([place]).outcome is Outcome.PASS


def test_a_commit_whose_gate_has_a_further_metric_is_still_asked_for_its_algorithms(
    tmp_path: Path,
) -> None:
    text = (ROOT / "configs" / "gate.yaml").read_text(encoding="utf-8")
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "gate.yaml").write_text(
        text.replace("  roc_auc:", "  further:"), encoding="utf-8"
    )
    settings = gate_settings(ROOT)
    assert BuiltCommit(Checkout(tmp_path), tmp_path).algorithms() == sorted(settings.algorithms)
    assert set(all_roles(settings, tmp_path)) == set(settings.algorithms)
