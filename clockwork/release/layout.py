"""Whose each file of a checkout is: what an upgrade replaces, what it merges, what it leaves alone.

One table for all who ask: the manifest, upgrades, the owners of files, and which tests a pull
request can break. The standard library is enough for it, so that a bare python3 can ask too.
"""

from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Whose a file is, by what an upgrade does with it."""

    ENGINE = "engine"  # replaced as a whole; a project leaves it as it is
    # Replaced where it is: the engine's tests and examples, which an adopted project lacks.
    PROOF = "proof"
    SCAFFOLD = "scaffold"  # merged three ways; what every verb and every CI system rests on
    SHARED = "shared"  # merged three ways; a team extends it like its own code
    PAGES = "pages"  # merged three ways; nothing but people reads it
    PROJECT = "project"  # the team's own; of these only configs/ is migrated
    RESULT = "result"  # measured on the project's own data, and never brought from elsewhere


@dataclass(frozen=True)
class Place:
    """A file, or a folder where `path` ends with a slash.

    `demo`: what ships there is the demo's, not a project's.
    """

    path: str
    owner: Owner
    demo: bool = False

    def holds(self, file: str) -> bool:
        """Whether `file` is this place, or lies in it."""
        if self.path.endswith("/"):
            return file.startswith(self.path) and file != self.path
        return file == self.path


PLACES = (
    Place("clockwork/", Owner.ENGINE),
    Place("tests/engine/", Owner.PROOF),
    Place("seeds/", Owner.PROOF, demo=True),
    Place(".ci/", Owner.SCAFFOLD),
    Place(".dvc/", Owner.SCAFFOLD),
    Place(".dvcignore", Owner.SCAFFOLD),
    Place(".editorconfig", Owner.SCAFFOLD),
    Place(".gitattributes", Owner.SCAFFOLD),
    Place(".github/", Owner.SCAFFOLD),
    Place(".gitignore", Owner.SCAFFOLD),
    Place(".gitlab-ci.yml", Owner.SCAFFOLD),
    Place(".pre-commit-config.yaml", Owner.SCAFFOLD),
    Place("Jenkinsfile", Owner.SCAFFOLD),
    Place("Makefile", Owner.SCAFFOLD),
    Place("bitbucket-pipelines.yml", Owner.SCAFFOLD),
    Place("pyproject.toml", Owner.SCAFFOLD),
    Place("requirements.lock", Owner.SCAFFOLD),
    Place("tests/__init__.py", Owner.SCAFFOLD),
    Place("dvc.yaml", Owner.SHARED),
    Place("pipelines/__init__.py", Owner.SHARED),
    Place("pipelines/models/__init__.py", Owner.SHARED),
    Place("pipelines/stages/", Owner.SHARED),
    Place("tests/regression/", Owner.SHARED),
    Place("tests/unit/__init__.py", Owner.SHARED),
    Place("tests/unit/test_configs.py", Owner.SHARED),
    Place("tests/unit/test_hooks.py", Owner.SHARED),
    Place("tests/unit/test_owners.py", Owner.SHARED),
    Place("tests/unit/test_stages.py", Owner.SHARED),
    Place("CONTRIBUTING.md", Owner.PAGES),
    Place("docs/", Owner.PAGES),
    Place("LICENSE", Owner.PROJECT),
    Place("README.md", Owner.PROJECT, demo=True),
    Place("configs/", Owner.PROJECT),
    Place("configs/data.yaml", Owner.PROJECT, demo=True),
    Place("configs/expectations.yaml", Owner.PROJECT, demo=True),
    Place("configs/schema.lock", Owner.PROJECT, demo=True),
    Place("configs/tuned.json", Owner.PROJECT, demo=True),
    Place("data.dvc", Owner.PROJECT, demo=True),
    Place("dvc.lock", Owner.PROJECT),
    Place("pipelines/", Owner.PROJECT),
    Place("tests/regression/golden.yaml", Owner.PROJECT, demo=True),
    Place("tests/unit/", Owner.PROJECT),
    Place("docs/audit.json", Owner.RESULT, demo=True),
    Place("docs/fleet-day.svg", Owner.RESULT, demo=True),
    Place("docs/power.svg", Owner.RESULT, demo=True),
)
HOUSE = "tests/engine/unit/test_house.py"  # a project's own tests/engine has none such
MERGED = (Owner.SCAFFOLD, Owner.SHARED, Owner.PAGES)
REPLACED = (Owner.ENGINE, Owner.PROOF)


def place_of(file: str) -> Place | None:
    """The narrowest place that holds `file`, a path from the root; None where no place does."""
    return max(
        (place for place in PLACES if place.holds(file)),
        key=lambda place: len(place.path),
        default=None,
    )


def owner_of(file: str) -> Owner | None:
    """Whose `file` is; None for what the table does not know, which a team has added."""
    place = place_of(file)
    return place.owner if place else None


def shipped(file: str) -> bool:
    """Whether releases answer for `file`: the engine's, what upgrades merge, the demo's remains."""
    place = place_of(file)
    return place is not None and (place.demo or place.owner in (*REPLACED, *MERGED))
