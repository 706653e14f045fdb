"""Which parameters a search chose.

Two commits can be measured at the same choice, so that its cost stands apart.
"""

from pathlib import Path

from clockwork.learning.about import read_about
from clockwork.settings.models import ModelSettings, Params, model_settings
from clockwork.support.errors import BadInput
from clockwork.support.paths import MODELS

ROUNDS = "rounds"


def at_one_choice(head: Path, base: Path, algorithm: str) -> tuple[Params, Params] | None:
    """The parameters of head with what base's search chose, and base's own.

    None where that explains no difference: where the commits fix other parameters, where no search
    ran, where head could not have chosen so, or where both chose the same.
    """
    try:
        of_head, of_base = (model_settings(algorithm, root) for root in (head, base))
        params, chosen = (_params(root, algorithm) for root in (head, base))
    # Its own check names it; here it excuses nothing.
    except (BadInput, OSError, ValueError, KeyError):
        return None
    if (
        not (of_head.search and of_base.search)
        or _fixed(of_head) != _fixed(of_base)
        or set(params) != set(chosen)
    ):
        return None
    wanted = {
        **params,
        **{name: chosen[name] for name in chosen if _could_choose(of_head, name, chosen)},
    }
    return (wanted, chosen) if wanted != params else None


def _params(root: Path, algorithm: str) -> Params:
    return read_about(root / MODELS / algorithm).params


def _fixed(settings: ModelSettings) -> Params:
    # A search may stop before `rounds`, which are then only the most that it may choose.
    return {name: value for name, value in settings.params.items() if name != ROUNDS}


def _could_choose(settings: ModelSettings, name: str, chosen: Params) -> bool:
    if name in settings.search:
        return settings.search[name].holds(chosen[name])
    most, value = settings.params.get(name), chosen[name]
    return name == ROUNDS and (most is None or float(value) <= float(most))
