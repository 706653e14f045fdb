"""The doctor shows every check on one screen, and says where one could not be made."""

from pathlib import Path

import pytest

from clockwork import doctor
from clockwork.cli import main
from clockwork.doctor.need import Found, Need
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput

NEED = Need("configs/gate.yaml margin", "is too fine", "raise it")


def broken(checkout: Checkout) -> Found:
    """A check that meets a defect of ours."""
    raise KeyError(checkout.root.name)


def refused(checkout: Checkout) -> Found:
    """A check that meets bad input."""
    raise BadInput(f"{checkout.root.name}: not one line")


@pytest.mark.parametrize(
    ("checks", "code", "shown"),
    [
        (
            {"rows": lambda _: Found("42 clusters")},
            0,
            "ok     rows      42 clusters\nnothing to do\n",
        ),
        (
            {"rows": lambda _: Found("", (NEED,))},
            1,
            "to do  rows      configs/gate.yaml margin: is too fine; raise it\n1 to do\n",
        ),
    ],
)
def test_what_needs_doing_ends_with_exit_code_1(
    checks: dict[str, doctor.Check],
    code: int,
    shown: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(doctor, "CHECKS", checks)
    assert main(["doctor"]) == code
    assert capsys.readouterr().out == shown


def test_a_check_that_cannot_be_made_is_never_well_and_stops_no_other() -> None:
    assert doctor.examine(broken, Checkout(Path("here"))).needs[0].what == "KeyError: 'here'"
    assert doctor.examine(refused, Checkout(Path("here"))).needs[0].what == "here: not one line"
