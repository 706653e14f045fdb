"""The last audit in the documents: tables between two marks, the numbers as JSON, a picture."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from clockwork.selftest.audit.audit import RESULT
from clockwork.selftest.audit.result import Result
from clockwork.selftest.audit.results_page import (
    BEGIN,
    END,
    PAGE,
    PICTURE,
    power,
    tables,
    write,
    write_example,
)
from clockwork.selftest.examples import KEPT
from clockwork.selftest.simulate import AUTHOR
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.git import git
from clockwork.support.paths import AUDIT
from clockwork.verdict.parts import Audit
from tests.engine.unit.audit.conftest import case, rates, result

BEFORE, AFTER = "# The gate\n\n  odd   spaces | and a bar\n\n", "\n\nMore — of the page.\n"


def quiet(_: str) -> None:
    """Nobody listens."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with a page and an audit."""
    for path in (RESULT, PAGE):
        (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / PAGE).write_text(f"{BEFORE}{BEGIN}\nlast year's\n{END}{AFTER}", encoding="utf-8")
    (tmp_path / RESULT).write_text(result().model_dump_json(indent=1), encoding="utf-8")
    return tmp_path


def test_the_tables_stand_between_the_marks_and_nothing_else_is_touched(root: Path) -> None:
    assert write(Checkout(root), quiet) == 0
    assert (root / PAGE).read_text(
        encoding="utf-8"
    ) == f"{BEFORE}{BEGIN}\n{tables(result())}\n{END}{AFTER}"


def test_writing_twice_is_as_good_as_once(root: Path) -> None:
    files = [root / path for path in (PAGE, PICTURE, AUDIT)]
    write(Checkout(root), quiet)
    once = [path.read_bytes() for path in files]
    write(Checkout(root), quiet)
    assert [path.read_bytes() for path in files] == once


def test_the_numbers_are_those_of_the_audit_and_of_the_verdict_document(root: Path) -> None:
    write(Checkout(root), quiet)
    assert (root / AUDIT).read_bytes() == (root / RESULT).read_bytes()
    read = Result.model_validate_json((root / AUDIT).read_text(encoding="utf-8"))
    assert [Audit.model_validate(one.model_dump()) for one in read.replay] == [rates()]


def test_what_was_written_is_reported(root: Path) -> None:
    reported: list[str] = []
    write(Checkout(root), reported.append)
    assert reported == [
        "docs/gate.md, docs/power.svg and docs/audit.json tell of cccccccccc; commit them"
    ]


@pytest.mark.parametrize("page", ["", BEGIN, END, f"{END}\n{BEGIN}", "audit"])
def test_a_page_without_both_marks_in_their_order_is_refused_and_left_alone(
    root: Path, page: str
) -> None:
    (root / PAGE).write_text(page, encoding="utf-8")
    with pytest.raises(BadInput, match=r"docs/gate\.md: the lines <!-- audit --> and .* are gone"):
        write(Checkout(root), quiet)
    assert (root / PAGE).read_text(encoding="utf-8") == page
    assert not (root / PICTURE).exists()
    assert not (root / AUDIT).exists()


def test_without_an_audit_there_is_nothing_to_write(root: Path) -> None:
    (root / RESULT).unlink()
    with pytest.raises(BadInput, match=r"build/audit/audit\.json: no audit yet; run `make audit`"):
        write(Checkout(root), quiet)


def written(root: Path) -> dict[str, bytes]:
    """Every file of the checkout, to see that none was touched."""
    return {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


WHOLE = result().model_dump_json()
OLDER = result().model_dump_json(exclude={"planted"})
BROKEN = ["", "{", "[]", "null", "{}", '{"commit": "c"}', WHOLE[:-20], "\xff", OLDER]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *((text, "not a whole audit; run `make audit` again") for text in BROKEN),
        (
            result(planted=9).model_dump_json(),
            "2 of 9 changes were simulated; run `make audit`",
        ),
    ],
)
def test_an_audit_that_is_broken_or_of_some_changes_alone_is_refused_and_nothing_is_written(
    root: Path, text: str, message: str
) -> None:
    (root / RESULT).write_text(text, encoding="latin-1")
    before = written(root)
    with pytest.raises(BadInput, match=rf"build/audit/audit\.json: {message}"):
        write(Checkout(root), quiet)
    assert written(root) == before


def test_a_team_without_planted_changes_may_write_its_audit(root: Path) -> None:
    (root / RESULT).write_text(result(matrix=[]).model_dump_json(), encoding="utf-8")
    assert write(Checkout(root), quiet) == 0


def test_the_audit_of_an_example_goes_into_its_readme_and_nowhere_else(root: Path) -> None:
    readme, kept = root / "seeds" / "prices" / "README.md", root / KEPT / "prices"
    (root / "seeds" / "prices" / "project").mkdir(parents=True)
    readme.write_text(f"{BEFORE}{BEGIN}\n{END}{AFTER}", encoding="utf-8")
    for folder in (root, kept):
        folder.mkdir(parents=True, exist_ok=True)
        git(folder, "init", "--quiet")
        for _ in range(2):
            git(folder, *AUTHOR, "commit", "--quiet", "--allow-empty", "--message", "any")
    with pytest.raises(BadInput, match="no audit yet; run `make audit SEED=prices`"):
        write_example(Checkout(root), "prices", quiet)
    measured = result(matrix=[case("one")]).model_copy(
        update={"commit": git(kept, "rev-parse", "HEAD")}
    )
    (kept / RESULT).parent.mkdir(parents=True)
    (kept / RESULT).write_text(measured.model_dump_json(), encoding="utf-8")
    page = (root / PAGE).read_bytes()
    assert write_example(Checkout(root), "prices", quiet) == 0
    expected = tables(measured.model_copy(update={"commit": git(kept, "rev-parse", "HEAD~1")}))
    assert readme.read_text(encoding="utf-8") == f"{BEFORE}{BEGIN}\n{expected}\n{END}{AFTER}"
    assert (root / PAGE).read_bytes() == page
    assert not (root / AUDIT).exists()


def test_every_number_of_the_audit_is_in_the_tables() -> None:
    text = tables(result())
    for expected in (
        "Measured at commit `cccccccccc`.",
        "| trees: 4,000 draws from 20 trainings that differ by the seed alone | share |",
        "| wrongly blocked | 1.50%, at most 2.50% |",
        "| cannot tell with 3 runs against 10 | 20.00% |",
        "| cannot tell with 10 against 10 | 1.00% |",
        "| noise floor: standard deviation of the difference | 0.40% of base |",
        "| minimum detectable effect (80 % power) | 2.11% of base |",
        "| churn floor: alerts that a new seed replaces | 12.3% |",
        "| noise | 4.5% | 50.0% | 0.0% | 0.0% |",
        "| blindness | 15.0% | 0.0% | 0.0% | 100.0% |",
        "2 of 2 planted pull requests ended as they should: 1 of 1 defects were not green, "
        "1 of them by the check that they name; 1 of 1 harmless changes were green.",
        "| worse | no-worse-than-base | regression (1) | no-worse-than-base, a-first-check |",
        "| harmless | nothing | unchanged (0) | none |",
    ):
        assert expected in text.splitlines()


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    for table in tables(result()).split("\n\n"):
        widths = {line.count("|") for line in table.splitlines() if line.startswith("|")}
        assert len(widths) <= 1


def test_an_audit_without_planted_changes_tells_of_none() -> None:
    assert "planted" not in tables(result(matrix=[]))
    bad = result(matrix=[case("one"), case("two", as_it_should=False)])
    expected = (
        "1 of 2 planted pull requests ended as they should: "
        "2 of 2 defects were not green, 1 of them by"
    )
    assert expected in tables(bad)


def test_the_same_power_is_the_same_picture_to_the_byte() -> None:
    one = power(result())
    assert power(result()) == one
    assert ElementTree.fromstring(one).tag.endswith("svg")  # noqa: S314 - our own picture
    assert "trees, blindness" in one
    assert "trees, noise" in one


def test_another_power_is_another_picture() -> None:
    weaker = [one.model_copy(update={"blocked": one.blocked / 2}) for one in rates().power]
    assert power(result([rates(power=weaker)])) != power(result())
