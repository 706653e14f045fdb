"""The field's words: no text people read and no public name says what only this project would say.

What stays is in LEFT, a list that only shrinks.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from clockwork.cli import cli

ROOT = Path(__file__).resolve().parents[3]
# By word and file: titles of verdicts of schema 1.x, a key of configs/training.yaml
# with its stage, a name that tests/regression of earlier commits import.
LEFT = {
    "arms": {"clockwork/verdict/schema_1.py": 4},
    "judging rows": {"clockwork/gate/catalogue.py": 8},
    "luck": {"clockwork/gate/catalogue.py": 1},
    "name ARMS": {"clockwork/compare/team_tests.py": 1},
    "name pool": {
        "clockwork/learning/stages/pool.py": 1,
        "clockwork/settings/models.py": 1,
        "pipelines/stages/pool.py": 1,
    },
}
# What not to say, as a pattern, and what to say.
WORDS = {
    (
        r"judging[\s_-]rows?|who judges|(?:rows|which) (?:that )?judged?|judges? (?:the " r")?rows"
    ): "evaluation rows",
    r"judg(?:e|es|ed|ing) (?:on|by|begins)|train and judge|rows judged": "evaluate, evaluation",
    r"arms?": "head and base (commits), candidate and baseline (models)",
    r"times in 10": "minimum detectable effect (80 % power)",
    r"luck|lucky|by chance": "seed noise, A/A; p-value",
    r"(?:the|two|three|many|more|its) looks": "interim looks",
    r"notif(?:y|ies|ied|ications?)": "alert",
    r"told": "reported, said",
    r"play(?:s|ed|ing)?": "simulate",
    r"parcels?": "artifacts",
    r"sights?": "sensitivity",
    r"doors?": "forge access",
    r"strangers?": "untrusted fork",
    r"manned": "has_workers",
    r"bury|buried": "fail_stale_trials",
    r"pools? of (?:its )?(?:\w+ )?seeds|seeds? pool": "extra seeds",
    r"folded": "collapsible sections",
}
NAMES = {
    r"judging|judge_rows": "evaluation",
    r"arms?|ours|theirs": "head, base, candidate, baseline",
    r"luck|chance": "noise, p_value",
    r"sees": "minimum_detectable",
    r"notifies|notify": "alerts",
    r"told|said|say|words": "report, console, args",
    r"play|played|parcel|sight|door|stranger|manned|bury": (
        "simulate, artifacts, sensitivity, status line"
    ),
    r"pool": "extra_seeds",
}
PROSE = re.compile(
    rf"(?<![\w-])(?:{'|'.join(f'(?:{word})' for word in WORDS)})(?![\w-])", re.IGNORECASE
)
NAME = re.compile(rf"(?:^|_)(?:{'|'.join(f'(?:{word})' for word in NAMES)})(?=_|$)", re.IGNORECASE)
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "clockwork" / "README.md"])
COMMENTED = sorted(
    [
        *ROOT.glob("configs/**/*.yaml"),
        *ROOT.glob(".github/**/*.yml"),
        *(
            ROOT / name
            for name in (
                "Makefile",
                "dvc.yaml",
                "Jenkinsfile",
                "bitbucket-pipelines.yml",
                ".gitlab-ci.yml",
            )
        ),
        *(ROOT / name for name in (".pre-commit-config.yaml", ".github/CODEOWNERS", ".ci/run")),
    ]
)
MODULES = sorted(
    path for folder in ("clockwork", "pipelines") for path in (ROOT / folder).rglob("*.py")
)


def prose(text: str) -> Iterator[str]:
    """The words of `text` that the field has others for."""
    yield from (found[0].lower() for found in PROSE.finditer(text))


def of_page(text: str) -> Iterator[str]:
    """Those of a page: without its code, and without what the program wrote into it."""
    text = re.sub(r"<!-- (audit|bench \w+) -->.*?<!-- end of \w+ -->", "", text, flags=re.DOTALL)
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    yield from prose(re.sub(r"\]\([^)]*\)", "]", re.sub(r"`[^`]+`", "", text)))


def of_module(path: Path) -> Iterator[str]:
    """Those of a module: its text, and its public names."""
    if NAME.search(path.stem):
        yield f"name {path.stem}"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from prose(node.value)
        elif name := public(node):
            yield from [f"name {name}"] if NAME.search(name) else []


def public(node: ast.AST) -> str | None:
    """The name that `node` gives to something others can use.

    None where it gives none, or a private one.
    """
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
            return None if name.startswith("_") else name
        case ast.AnnAssign(target=ast.Name(id=name)):
            return None if name.startswith("_") else name
        case ast.Assign(targets=[ast.Name(id=name)]) if name.isupper():
            return name
    return None


def in_python() -> dict[str, dict[str, int]]:
    """How often which word is in which module."""
    found: dict[str, dict[str, int]] = {}
    for path in MODULES:
        for word, count in Counter(of_module(path)).items():
            found.setdefault(word, {})[path.relative_to(ROOT).as_posix()] = count
    return found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Both arms score the judging rows.", ["arms", "judging rows"]),
        ("The alarm, armed and harmless.", []),
        ("told from luck 8 times in 10", ["told", "luck", "times in 10"]),
        ("`arm` in code, [a link](arm.md)", []),
        ("```\nby luck\n```\n", []),
        ("<!-- audit -->\nby luck\n<!-- end of audit -->", []),
    ],
)
def test_the_words_are_found_in_prose_alone(text: str, words: list[str]) -> None:
    assert list(of_page(text)) == words


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_a_page_says_it_in_the_words_of_the_field(path: Path) -> None:
    assert list(of_page(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", COMMENTED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_comment_says_it_in_the_words_of_the_field(path: Path) -> None:
    comments = re.findall(r"(?:^|\s)(?:#|//)(.*)", path.read_text(encoding="utf-8"))
    assert list(of_page("\n".join(comments))) == []


@pytest.mark.parametrize("verb", cli.commands)
def test_a_help_text_says_it_in_the_words_of_the_field(verb: str) -> None:
    with click.Context(cli) as context:
        assert list(prose(cli.commands[verb].get_help(context))) == []


def test_python_says_it_in_the_words_of_the_field_but_for_a_list_that_shrinks() -> None:
    assert in_python() == LEFT
