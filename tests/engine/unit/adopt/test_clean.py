"""What is the demo's goes, what a project needs stays.

Files that stay lose their parts about the demo.
"""

import re
import tomllib
from pathlib import Path

import yaml

from clockwork.adopt.clean import edits, removed
from clockwork.support.checkout import Checkout

ROOT = Path(__file__).parents[4]
ALGORITHMS = ["lightgbm", "logistic"]


def test_the_demo_goes_and_the_project_stays() -> None:
    files = Checkout(ROOT).tracked(".")
    gone = set(removed(files, ALGORITHMS, files))
    left = set(files) - gone
    assert not [name for name in left if name.startswith(("seeds/", "tests/engine/"))]
    assert {"docs/audit.json", "docs/power.svg", "pipelines/models/robust_z.py"} <= gone
    assert {"configs/models/robust_z.yaml", "tests/unit/models/test_robust_z.py"} <= gone
    for name in (
        "clockwork/__main__.py",
        "dvc.yaml",
        "Makefile",
        "docs/gate.md",
        "tests/unit/models/test_models.py",
    ):
        assert name in left
    assert {
        "pipelines/models/lightgbm.py",
        "configs/models/logistic.yaml",
        "pipelines/models/__init__.py",
    } <= left


def test_what_no_release_brought_stays_in_whatever_folder_it_lies() -> None:
    own = ["seeds/users.sql", "tests/engine/test_motor.py", "docs/arch.svg"]
    assert removed([*own, "seeds/fleet.yaml"], ALGORITHMS, ["seeds/fleet.yaml"]) == [
        "seeds/fleet.yaml"
    ]


def test_nothing_that_stays_imports_what_goes() -> None:
    files = Checkout(ROOT).tracked("*.py")
    gone = {
        name.removesuffix(".py").replace("/", ".") for name in removed(files, ALGORITHMS, files)
    }
    left = [name for name in files if name not in removed(files, ALGORITHMS, files)]
    for name in left:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not [
            module
            for module in gone
            if f"from {module} import" in text or f"import {module}\n" in text
        ], name
        assert not re.search(r"(?m)^\s*(from|import) (seeds|tests\.engine)\b", text), name


def test_the_makefile_the_name_and_the_results_are_the_projects() -> None:
    wanted = edits("2024", 'Says "yes\n".')
    made = {name: edit((ROOT / name).read_text(encoding="utf-8")) for name, edit in wanted.items()}
    assert "demo" not in made["Makefile"].partition("clockwork:")[0].replace("the demo's", "")
    assert "\ntest: $(READY)" in made["Makefile"]
    project = tomllib.loads(made["pyproject.toml"])["project"]
    assert (project["name"], project["description"]) == ("2024", 'Says "yes ".')
    assert yaml.safe_load(made["configs/tracking.yaml"])["experiment"] == "2024"
    assert "labels-late" not in made["docs/gate.md"]
    assert "power.svg" not in made["docs/gate.md"]
    assert "Not measured on these data yet" in made["docs/gate.md"]
    assert not re.search("seeds/prices|make demo", made["docs/gate.md"])


def test_no_page_that_stays_shows_or_links_what_goes() -> None:
    files = Checkout(ROOT).tracked(".")
    gone = set(removed(files, ALGORITHMS, files))
    made = edits("rent", "Rents.")
    for page in (ROOT / "docs").glob("*.md"):
        text = made.get(f"docs/{page.name}", str)(page.read_text(encoding="utf-8"))
        links = [f"docs/{link}" for link in re.findall(r"\]\(([\w.-]+)\)", text)]
        assert not gone & set(links), page.name


def test_who_contributes_to_a_project_is_not_sent_to_what_it_lacks() -> None:
    whole = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    made = edits("rent", "Rents.")["CONTRIBUTING.md"](whole)
    assert "## Before a pull request" in made
    assert made.endswith("characters.\n")
    files = Checkout(ROOT).tracked(".")
    left = set(files) - set(removed(files, ALGORITHMS, files))
    named = [
        place
        for place in re.findall(r"`([\w./]+)`", made)
        if any(name.startswith(place) for name in files)
    ]
    assert len(named) > 5
    assert [place for place in named if not any(name.startswith(place) for name in left)] == []
    assert "tests/engine" in whole
