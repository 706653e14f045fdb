"""What of the checkout is the demo's, and how files that stay lose it.

Only files that git tracks are touched, so git has them.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Sequence

from clockwork.adopt.write import flow
from clockwork.support.errors import printable

FOLDERS = ("seeds/", "tests/engine/")
FILES = ("docs/audit.json",)
PICTURES = re.compile(r"docs/[^/]+\.svg")
MODEL = re.compile(
    r"(?:pipelines/models/(\w+)\.py|configs/models/(\w+)\.yaml|tests/unit/models/test_(\w+)\.py)"
)
SHARED = ("__init__", "models")  # of the folders above, for all algorithms
RESULTS = re.compile(r"(?s)(<!-- audit -->\n).*?(<!-- end of audit -->)")
# The section that says where the engine's tests and examples are.
ENGINES = re.compile(r"(?s)\n## The engine itself\n.*?(?=\n## |\Z)")
EXAMPLE = re.compile(r"(?m)^A second example, `seeds/.*\n(?:.+\n)*\n")
PICTURE = re.compile(r"(?m)^!\[.*\]\([\w-]+\.svg\)\n\n?")
UNMEASURED = (
    "Not measured on these data yet: `make audit`, then `python -m clockwork audit --write`.\n"
)
Edit = Callable[[str], str]


def removed(
    tracked: Iterable[str], algorithms: Sequence[str], released: Collection[str]
) -> list[str]:
    """Those of the tracked files that only the demo, or an algorithm that is not used, needs.

    What is not `released` is none of the demo's, whatever folder it lies in.
    """
    return [
        name for name in tracked if (name in released and _demo(name)) or _unused(name, algorithms)
    ]


def _demo(name: str) -> bool:
    return name.startswith(FOLDERS) or name in FILES or PICTURES.fullmatch(name) is not None


def _unused(name: str, algorithms: Sequence[str]) -> bool:
    found = MODEL.fullmatch(name)
    return found is not None and next(filter(None, found.groups())) not in (*algorithms, *SHARED)


def edits(project: str, about: str) -> dict[str, Edit]:
    """How files that stay are changed, by their names."""
    return {
        "Makefile": without_demo,
        "pyproject.toml": lambda text: named(text, project, about),
        "configs/tracking.yaml": lambda text: re.sub(
            r"(?m)^experiment: .*$", f"experiment: {flow(project)}", text
        ),
        "CONTRIBUTING.md": lambda text: ENGINES.sub("", text),
        "docs/fleet.md": lambda text: PICTURE.sub("", text),
        "docs/gate.md": lambda text: RESULTS.sub(
            rf"\1{UNMEASURED}\2", EXAMPLE.sub("", PICTURE.sub("", text))
        ),
    }


def without_demo(makefile: str) -> str:
    """A Makefile without the verb that runs the demo."""
    text = re.sub(r"(?m)^demo: .*\n(?:\t.*\n)+\n?", "", makefile)
    return re.sub(r"(?m)^(\.PHONY:.*) demo\b", r"\1", text)


def named(pyproject: str, project: str, about: str) -> str:
    """A pyproject.toml with another name and description."""
    text = re.sub(r'(?m)^name = ".*"$', lambda _: f'name = "{project}"', pyproject, count=1)
    quoted = json.dumps(printable(" ".join(about.split())), ensure_ascii=False)
    return re.sub(r'(?m)^description = ".*"$', lambda _: f"description = {quoted}", text, count=1)
