"""Who judges an edit of the judge.

It is base's gate where it can, and an owner where head was tried by its own copy.
"""

from pathlib import Path

import pytest

from clockwork.compare.base_gate import OWN, needs_owner
from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.line_up import all_roles
from clockwork.gate.outcome import Outcome
from clockwork.settings.gate import gate_settings
from clockwork.support.checkout import Checkout

ROOT = Path(__file__).parents[3]


def test_an_edit_of_the_gate_is_judged_by_bases_and_told() -> None:
    check = needs_owner(["configs/gate.yaml", "clockwork/gate/holm.py"])
    assert (check.outcome, check.gating) == (Outcome.PASS, False)
    assert check.message.startswith(
        "configs/gate.yaml changed: the gate and its settings are base's here"
    )


@pytest.mark.parametrize("place", OWN)
def test_an_edit_of_what_tries_head_is_never_green(place: str) -> None:
    edited = f"{place}parity.py" if place.endswith("/") else place
    check = needs_owner(["configs/gate.yaml", edited])
    assert (check.outcome, check.gating) == (Outcome.CANNOT_TELL, True)
    assert check.message.startswith(f"{edited} changed")


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
