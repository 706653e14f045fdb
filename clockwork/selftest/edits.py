"""A change as a short list of edits: in which file, what to find, what to put there."""

from pathlib import Path

from pydantic import Field, field_validator

from clockwork.gate.catalogue import CATALOGUE
from clockwork.settings.strict import Strict, load
from clockwork.support.errors import BadInput

FOLDER = Path(__file__).parents[2] / "seeds" / "defects"  # a project of its own has none


class Edit(Strict):
    """Replace the one place in `file` that reads `find`."""

    file: str
    find: str = Field(min_length=1)
    replace: str


class Recipe(Strict):
    """A YAML file of seeds/defects.

    `caught_by` is the id of the check that must go red; a harmless change has none. `renames` gives
    files another name, once the edits are made. `demo` is the number of the pull request that shows
    it in `make demo`.
    """

    title: str
    why: str
    caught_by: str | None = None
    edits: list[Edit] = Field(min_length=1)
    renames: dict[str, str] = {}
    demo: int | None = None

    @field_validator("caught_by")
    @classmethod
    def _is_a_check(cls, name: str | None) -> str | None:
        if name is not None and name not in CATALOGUE:
            raise ValueError(f"'{name}' is no check; `python -m clockwork checks` lists them")
        return name


class Change(Recipe):
    """A recipe with its name."""

    name: str

    @property
    def harmless(self) -> bool:
        """Whether it must stay green."""
        return self.caught_by is None


def read_change(name: str, folder: Path = FOLDER) -> Change:
    """The change in `folder`/<name>.yaml."""
    recipe = load(folder / f"{name}.yaml", Recipe)
    return Change(name=name, **dict(recipe))


def all_changes(folder: Path = FOLDER) -> list[Change]:
    """Every change of `folder`, by name; none where it is gone."""
    return [read_change(path.stem, folder) for path in sorted(folder.glob("*.yaml"))]


def apply(change: Change, root: Path) -> None:
    """Edit the checkout at `root`. Raises `BadInput` where a text is not there exactly once."""
    for edit in change.edits:
        path = root / edit.file
        text = path.read_text(encoding="utf-8")
        if text.count(edit.find) != 1:
            raise BadInput(
                f"seeds/defects/{change.name}.yaml: "
                f"{edit.file} has {text.count(edit.find)} such places, not 1"
            )
        path.write_text(text.replace(edit.find, edit.replace), encoding="utf-8")
    for old, new in change.renames.items():
        (root / old).rename(root / new)
