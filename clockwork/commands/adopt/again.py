"""A second call, on data that have changed: what configs/ would say otherwise now."""

import difflib
from pathlib import Path

from clockwork.adopt.write import data_yaml
from clockwork.commands.adopt.found import Found
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.errors import printable

COMPARED = ("configs/data.yaml", "configs/expectations.yaml")


def propose_again(checkout: Checkout, found: Found, report: Report) -> None:
    """Show how what is proposed differs from what `checkout` has; nothing is written."""
    proposed = {
        "configs/data.yaml": data_yaml(found.proposal),
        "configs/expectations.yaml": found.expectations,
    }
    lines = [line for name in COMPARED for line in _changed(checkout / name, name, proposed[name])]
    for line in lines:
        report(printable(line))
    if not lines:
        report(
            "configs/data.yaml and configs/expectations.yaml "
            "say the same as these files would have them say"
        )
    report(
        "nothing was written: "
        "take over what is right, put the files below data/, and run `dvc add data`"
    )


def _changed(path: Path, name: str, proposed: str) -> list[str]:
    now = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    both = f"{name} (now)", f"{name} (proposed)"
    return list(difflib.unified_diff(now, proposed.splitlines(), *both, lineterm="", n=0))
