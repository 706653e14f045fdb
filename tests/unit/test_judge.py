"""Who judges an edit of the judge: base's gate where it can, an owner where head was tried by its own copy."""

import pytest

from clockwork.compare.base_gate import OWN, needs_owner
from clockwork.gate.outcome import Outcome


def test_an_edit_of_the_gate_is_judged_by_bases_and_told() -> None:
    check = needs_owner(["configs/gate.yaml", "clockwork/gate/holm.py"])
    assert (check.outcome, check.gating) == (Outcome.PASS, False)
    assert check.message.startswith("configs/gate.yaml changed: the gate and its settings are base's here")


@pytest.mark.parametrize("place", OWN)
def test_an_edit_of_what_tries_head_is_never_green(place: str) -> None:
    edited = f"{place}parity.py" if place.endswith("/") else place
    check = needs_owner(["configs/gate.yaml", edited])
    assert (check.outcome, check.gating) == (Outcome.CANNOT_TELL, True)
    assert check.message.startswith(f"{edited} changed")
