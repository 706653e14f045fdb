"""about.json: what the models of one algorithm were trained with."""

from dataclasses import asdict, dataclass, field
from pathlib import Path

from clockwork.learning.tables import read_json, write_json
from clockwork.settings.models import Params
from clockwork.support.errors import BadInput

FILE = "about.json"


@dataclass(frozen=True)
class About:
    """What one algorithm's models were trained with, one for each of `seeds`; the first ships.

    `features` are the names of the columns, `trained_on` counts the training rows, in all and by
    slice. `categories` are the values that each feature of text had in them, in the order of their
    numbers, `classes` the names of the classes of the target, where it has several.
    """

    seeds: list[int]
    features: list[str] = field(default_factory=list)
    params: Params = field(default_factory=dict)
    seeded: bool = False
    trained_on: dict[str, int] = field(default_factory=dict)
    categories: dict[str, list[str]] = field(default_factory=dict)
    classes: list[str] = field(default_factory=list)

    @property
    def shipped(self) -> str:
        """The folder of the model that ships, below that of the algorithm."""
        return str(self.seeds[0])


def read_about(folder: Path) -> About:
    """What lies beside the models in `folder`.

    Raises `BadInput` where it is missing or names no seed.
    """
    path = folder / FILE
    try:
        document = read_json(path)
        about = About(
            **{name: document[name] for name in About.__dataclass_fields__ if name in document}
        )
        int(about.shipped)
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise BadInput(f"{path} names no model that ships; run `make run` there") from None
    return about


def write_about(folder: Path, about: About) -> None:
    """Write it beside the models in `folder`."""
    write_json(folder / FILE, asdict(about))
