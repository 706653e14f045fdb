"""What a module needs to run: the files of this repository that it imports, and the libraries."""

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

from clockwork.support.errors import BadInput
from clockwork.support.paths import PACKAGES

# Asking the installed packages for these takes half a second.
NAMED = {"yaml": "pyyaml", "sklearn": "scikit-learn"}
MISSED = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
UNRUN = ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def needed(root: Path, modules: Iterable[str]) -> tuple[list[Path], list[str]]:
    """The files below `root` that `modules` run, and the libraries those import, both sorted.

    A library that is not installed is left out where its import is tried; elsewhere it raises
    `BadInput`.
    """
    files, libraries, waiting = set[Path](), set[str](), [(name, "", False) for name in modules]
    while waiting:
        name, by, tried = waiting.pop()
        file, first = _file(root, name), name.partition(".")[0]
        if first not in PACKAGES:
            if first in sys.stdlib_module_names or first in libraries:
                continue
            if _distribution(first):
                libraries.add(first)
            elif not tried:
                raise BadInput(
                    f"{by} imports '{first}', which is neither installed nor below pipelines/; "
                    "move it there, or add it to the lock file"
                )
        elif file and file not in files:
            files.add(file)
            waiting += [(one, str(file), tried) for one, tried in _imports(root / file, file)]
            waiting.append((name.rpartition(".")[0] or name, str(file), False))
    return sorted(files), sorted(libraries)


def _file(root: Path, module: str) -> Path | None:
    place = Path(*module.split("."))
    for file in (place.with_suffix(".py"), place / "__init__.py"):
        if (root / file).is_file():
            return file
    return None


def _imports(path: Path, file: Path) -> Iterator[tuple[str, bool]]:
    # What the file at `path` imports, and whether it goes on where that is not installed.
    package = file.parent.parts
    for node, tried in _run(ast.parse(path.read_text(encoding="utf-8")), tried=False):
        if isinstance(node, ast.Import):
            yield from ((alias.name, tried) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            # What is imported from a package may be a module of it; where it is not, no such file
            # is found.
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
            yield from ((name, tried) for name in names)


def _run(node: ast.AST, *, tried: bool) -> Iterator[tuple[ast.AST, bool]]:
    # All that may run in `node`, and whether a missing library is caught there.
    if isinstance(node, ast.Try):
        tried = tried or any(MISSED & _caught(handler) for handler in node.handlers)
    yield node, tried
    unrun = isinstance(node, ast.If) and ast.unparse(node.test) in UNRUN
    for part in node.orelse if isinstance(node, ast.If) and unrun else ast.iter_child_nodes(node):
        yield from _run(part, tried=tried)


def _caught(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return MISSED
    return {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}


def pinned(libraries: Iterable[str]) -> list[str]:
    """The installed version of each library, as requirements."""
    return sorted({f"{name}=={version(name)}" for name in map(_distribution, libraries)})


@cache
def _distribution(library: str) -> str:
    # The name that it is installed by; empty where it is not.
    name = NAMED.get(library, library)
    try:
        version(name)
    except PackageNotFoundError:
        return packages_distributions().get(library, [""])[0]
    return name
