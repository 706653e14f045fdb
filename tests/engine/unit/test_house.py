"""Who may import whom: the rings of the engine, and the line between the engine and the project."""

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[3]
# From the innermost outwards: a room imports from its own ring and from those before it.
RINGS = (
    ("support",),
    ("migrations",),
    ("release",),
    ("gate",),
    ("settings",),
    ("model", "project"),
    ("verdict",),
    ("learning",),
    ("fleet",),
    ("compare",),
    ("report",),
    ("tracking", "ci"),
    ("adopt",),
    ("doctor",),
    ("commands",),
    ("selftest",),
    ("cli",),
    ("__main__",),
)
PLACE = {room: at for at, ring in enumerate(RINGS) for room in ring}
ENGINE = sorted((ROOT / "clockwork").rglob("*.py"))
PROJECT = sorted((ROOT / "pipelines").rglob("*.py"))
LISTED = (ROOT / "clockwork" / "README.md").read_text(encoding="utf-8")
PUBLIC = dict(re.findall(r"^\| `(clockwork[\w.]+)` \| (.*) \|$", LISTED, re.MULTILINE))


def imports(path: Path) -> Iterator[str]:
    """The modules that `path` imports, wherever in it; of a package, what is taken out of it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            package = (ROOT / node.module.replace(".", "/")).is_dir()
            yield from (
                f"{node.module}.{alias.name}" if package else node.module for alias in node.names
            )


def room(name: str) -> str:
    """The room of a module of the engine; the engine's own name for what has none."""
    return name.split(".")[1] if "." in name else name


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_every_room_of_the_engine_has_its_ring() -> None:
    assert {room(module(path)) for path in ENGINE} - {"__init__"} == set(PLACE)


def test_the_engine_imports_inwards_only() -> None:
    arrows = [
        (module(path), name)
        for path in ENGINE
        for name in imports(path)
        if name.startswith("clockwork.")
    ]
    assert [
        f"{one} -> {other}" for one, other in arrows if PLACE[room(other)] > PLACE[room(one)]
    ] == []
    apart = [
        (one, other) for one, other in arrows if {room(one), room(other)} == {"tracking", "ci"}
    ]
    assert apart == []


def test_no_files_of_the_engine_import_each_other_in_a_circle() -> None:
    files = {module(path).removesuffix(".__init__"): path for path in ENGINE}
    arrows = {
        name: {other for other in imports(path) if other in files and other != name}
        for name, path in files.items()
    }
    TopologicalSorter(arrows).prepare()  # raises CycleError with those of a circle


def test_the_engine_reaches_the_project_by_name_alone() -> None:
    assert [
        module(path) for path in ENGINE for name in imports(path) if name.startswith("pipelines")
    ] == []


def test_the_project_imports_public_names_only() -> None:
    used = {name for path in PROJECT for name in imports(path) if name.startswith("clockwork")}
    assert used <= set(PUBLIC)
    for name, about in PUBLIC.items():
        text = (ROOT / name.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")
        for listed in re.findall(r"`(\w+)`", about):
            assert (
                re.search(rf"(?m)^(def|class) {listed}\b|^{listed} = ", text) or listed == "every"
            ), (name, listed)


def test_the_readme_of_the_engine_lists_the_rooms_in_the_order_of_their_rings() -> None:
    rows = re.findall(r"(?m)^\| (`[^|]+`) \|", LISTED.partition("## Public names")[0])
    rooms = [tuple(re.findall(r"`(\w+)(?:/|\.py)`", row)) for row in rows]
    assert rooms == [ring for ring in RINGS if ring != ("__main__",)]


def test_nothing_but_the_engines_own_tests_imports_them() -> None:
    others = [
        path
        for folder in ("unit", "regression")
        for path in (ROOT / "tests" / folder).rglob("*.py")
    ]
    seeds = list((ROOT / "seeds").rglob("*.py"))
    assert len(others) > 10
    assert [
        module(path)
        for path in (*ENGINE, *PROJECT, *others, *seeds)
        for name in imports(path)
        if name.startswith("tests.engine")
    ] == []


def test_the_project_is_small_and_its_stages_are_thin() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PROJECT}
    assert sum(lines.values()) <= 1000
    assert all(count <= 15 for path, count in lines.items() if path.parent.name == "stages")
