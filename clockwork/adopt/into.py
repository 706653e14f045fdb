"""A repository already there: what of it is in the way, and where files go whose names it has."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

# What tools find by its name. By a lock of theirs `make` would set up too few libraries.
OWN = (
    "clockwork",
    "pipelines",
    "configs",
    "data",
    ".dvc",
    "dvc.yaml",
    "dvc.lock",
    "data.dvc",
    "requirements.lock",
)
JOINED = (".gitignore", ".gitattributes", ".dvcignore")  # lists, to which lines are added
BESIDE = ".clockwork"


def place(name: str, known: Collection[str]) -> str:
    """Where `name` goes in a repository that tracks `known`: beside a file of that name, if any."""
    return name if name in JOINED or name not in known else f"{name}{BESIDE}"


def joined(text: str, more: str) -> str:
    """A list with those lines of `more` that it lacks at its end."""
    lines = text.splitlines()
    new = [line for line in more.splitlines() if line not in lines]
    return "\n".join([*lines, *new]) + "\n"


def plan(names: Iterable[str], known: Collection[str]) -> Iterator[str]:
    """A line for each folder and each file that comes to a repository that tracks `known`."""
    names = sorted(names)
    both = [name for name in names if name in known]
    counts = Counter(
        name.partition("/")[0] + "/" * ("/" in name) for name in names if name not in both
    )
    for folder, count in counts.items():
        yield f"new: {folder}" + (f" ({count} files)" if folder.endswith("/") else "")
    for name in both:
        yield (
            f"lines are added: {name}"
            if name in JOINED
            else f"stays: {name}; new beside it: {place(name, known)}"
        )
