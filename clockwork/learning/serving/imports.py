"""What a module needs to run: the files of this repository that it imports, and the libraries."""

import ast
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

from clockwork.support.paths import PACKAGES

# Asking the installed packages for these takes half a second.
NAMED = {"yaml": "pyyaml", "sklearn": "scikit-learn"}


def needed(root: Path, modules: Iterable[str]) -> tuple[list[Path], list[str]]:
    """The files below `root` that `modules` run, and the libraries those import, both sorted."""
    files, libraries, waiting = set[Path](), set[str](), list(modules)
    while waiting:
        name = waiting.pop()
        file = _file(root, name)
        if name.partition(".")[0] not in PACKAGES:
            libraries.add(name.partition(".")[0])
        elif file and file not in files:
            files.add(file)
            waiting += [*_imports(root / file, file), name.rpartition(".")[0] or name]
    return sorted(files), sorted(libraries - set(sys.stdlib_module_names))


def _file(root: Path, module: str) -> Path | None:
    place = Path(*module.split("."))
    for file in (place.with_suffix(".py"), place / "__init__.py"):
        if (root / file).is_file():
            return file
    return None


def _imports(path: Path, file: Path) -> Iterator[str]:
    package = file.parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            # What is imported from a package may be a module of it; where it is not, no such file
            # is found.
            yield from [module, *(f"{module}.{alias.name}" for alias in node.names)]


def pinned(libraries: Iterable[str]) -> list[str]:
    """The installed version of each library, as requirements."""
    return sorted({f"{name}=={version(name)}" for name in map(_distribution, libraries)})


def _distribution(library: str) -> str:
    name = NAMED.get(library, library)
    try:
        version(name)
    except PackageNotFoundError:
        return packages_distributions()[library][0]
    return name
