"""The team's tests in the verdict: what fails on base too, what base's tests still hold on head."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clockwork.compare.built_commit import BuiltCommit, built
from clockwork.compare.pytest_run import CHECKOUTS, TESTS, Case, DidNotRun, read_cases
from clockwork.compare.team_tests import (
    MIRROR,
    OWN_RESULTS,
    results_of,
    run_team_tests,
    tried_on_base,
)
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.support.errors import BadInput
from clockwork.support.paths import BUILD, JUNIT

SERVED = "from served import answer\n"
ANSWER = SERVED + "\n\ndef test_answer() -> None:\n    assert answer() == 42\n"
SKIPPED = "import pytest\n" + ANSWER.replace(
    "def test", '@pytest.mark.skip(reason="flaky")\ndef test'
)
XFAIL = "import pytest\n" + ANSWER.replace("def test", "@pytest.mark.xfail(strict=False)\ndef test")
FAILS = "def test_answer() -> None:\n    value = {}\n    assert value == 42\n"
GOLDEN = """
import pytest
from pathlib import Path
from served import answer

@pytest.mark.parametrize("least", [int(one) for one in Path(__file__).with_name("golden.txt").read_text().split()])
def test_golden(least: int) -> None:
    assert answer() >= least
"""  # noqa: E501


def checkout(root: Path, test: str, answer: int = 42, files: dict[str, str] | None = None) -> Path:
    """A checkout whose code answers `answer`, with a regression test and further files."""
    for name, text in {
        "served.py": f"def answer() -> int:\n    return {answer}\n",
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
        f"{TESTS}/test_mine.py": test,
        **(files or {}),
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / BUILD).mkdir(exist_ok=True)
    return root


RESULTS: dict[tuple[str, ...], str] = {}


def keep_results(root: Path) -> BuiltCommit:
    """A base whose own results are known already, as they are after the first pull request on it.

    They are found once for all bases that hold the same files.
    """
    held = tuple(
        f"{path.relative_to(root)}\n{path.read_text()}"
        for path in sorted(root.rglob("*"))
        if path.is_file()
    )
    if held not in RESULTS:
        words = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--junitxml={JUNIT}",
            str(TESTS),
        ]
        subprocess.run(
            words, cwd=root, env={**os.environ, CHECKOUTS: "{}"}, check=False, capture_output=True
        )
        cases = read_cases(root / JUNIT, root)
        RESULTS[held] = json.dumps([{"id": name, **vars(case)} for name, case in cases.items()])
    (root / OWN_RESULTS).write_text(RESULTS[held])
    return built(root)


def judged(head: Path, base: Path, *, of_target: bool = False) -> list[Check]:
    return tried(head, keep_results(base), of_target=of_target)


def tried(head: Path, base: BuiltCommit, *, of_target: bool = False) -> list[Check]:
    """Head's checks, where base is asked for its results as in a comparison."""
    with tried_on_base(base) as on_base:
        return run_team_tests(head, base, on_base, os.environ, of_target=of_target)


def short(checks: list[Check]) -> list[tuple[str, Outcome, bool]]:
    return [(check.id, check.outcome, check.gating) for check in checks]


def test_tests_that_pass_on_both_say_nothing(tmp_path: Path) -> None:
    assert judged(checkout(tmp_path / "head", ANSWER), checkout(tmp_path / "base", ANSWER)) == []


def test_a_new_test_beside_those_of_base_says_nothing(tmp_path: Path) -> None:
    more = ANSWER + "\n\ndef test_more() -> None:\n    assert answer() > 0\n"
    assert judged(checkout(tmp_path / "head", more), checkout(tmp_path / "base", ANSWER)) == []
    assert not (tmp_path / "head" / MIRROR).exists()


@pytest.mark.parametrize(
    "weakened", [SKIPPED, XFAIL, "def test_other() -> None: ...\n", ANSWER.replace("42", "41")]
)
def test_a_defect_is_red_by_the_test_of_base_that_the_pull_request_weakens(
    tmp_path: Path, weakened: str
) -> None:
    checks = judged(
        checkout(tmp_path / "head", weakened, answer=41), checkout(tmp_path / "base", ANSWER)
    )
    assert short(checks) == [(CheckId.BASE_TESTS_HOLD, Outcome.REGRESSION, True)]
    assert checks[0].slice == "test_answer"
    assert checks[0].message.startswith("base's version fails on head: assert 41 == 42")


@pytest.mark.parametrize(
    ("weakened", "reported"),
    [
        (SKIPPED, "head's version is skipped"),
        (XFAIL, "head's version is gone"),
        ("def test_other(): ...\n", "is gone"),
    ],
)
def test_a_test_that_is_taken_away_needs_an_owner_though_the_code_holds_to_it(
    tmp_path: Path, weakened: str, reported: str
) -> None:
    weakened = weakened.replace("test_answer", "test_renamed") if "gone" in reported else weakened
    checks = judged(checkout(tmp_path / "head", weakened), checkout(tmp_path / "base", ANSWER))
    assert short(checks) == [(CheckId.BASE_TESTS_HOLD, Outcome.NOT_COMPARABLE, True)]
    assert reported in checks[0].message


def test_tests_that_settings_leave_out_are_missed(tmp_path: Path) -> None:
    quiet = '[tool.pytest.ini_options]\npythonpath = ["."]\naddopts = "-k other"\n'
    both = ANSWER + "\n\ndef test_other() -> None: ...\n"
    head = checkout(tmp_path / "head", both, answer=41, files={"pyproject.toml": quiet})
    assert short(judged(head, checkout(tmp_path / "base", both))) == [
        (CheckId.BASE_TESTS_HOLD, Outcome.REGRESSION, True)
    ]


def test_a_line_taken_out_of_the_golden_cases_is_missed(tmp_path: Path) -> None:
    base = checkout(tmp_path / "base", GOLDEN, files={f"{TESTS}/golden.txt": "40 42"})
    head = checkout(tmp_path / "head", GOLDEN, answer=41, files={f"{TESTS}/golden.txt": "40"})
    checks = judged(head, base)
    assert short(checks) == [(CheckId.BASE_TESTS_HOLD, Outcome.REGRESSION, True)]
    assert checks[0].slice == "test_golden[42]"


def test_a_test_that_settings_take_away_needs_an_owner_though_no_test_changed(
    tmp_path: Path,
) -> None:
    by_settings = GOLDEN.replace('__file__).with_name("golden.txt"', '"configs/least.txt"')
    head, base = (
        checkout(tmp_path / name, by_settings, files={"configs/least.txt": least})
        for name, least in (("head", "40"), ("base", "40 42"))
    )
    (check,) = judged(head, base)
    assert short([check]) == [(CheckId.BASE_TESTS_HOLD, Outcome.NOT_COMPARABLE, True)]
    assert check.message.startswith("passed on base; it is gone on head: an owner")


def test_the_tests_of_a_file_that_head_cannot_import_have_one_check(tmp_path: Path) -> None:
    head = checkout(tmp_path / "head", ANSWER, files={"served.py": "other = 1\n"})
    checks = judged(head, checkout(tmp_path / "base", ANSWER))
    assert short(checks) == [(CheckId.REGRESSION_TESTS, Outcome.INVALID, True)]


def test_a_test_of_base_that_skips_on_head_by_heads_code_needs_an_owner(tmp_path: Path) -> None:
    test = "import pytest\n" + ANSWER.replace(
        "    assert", "    if answer() < 42:\n        pytest.skip('few')\n    assert"
    )
    checks = judged(checkout(tmp_path / "head", test, answer=41), checkout(tmp_path / "base", test))
    assert short(checks) == [(CheckId.BASE_TESTS_HOLD, Outcome.NOT_COMPARABLE, True)]
    assert (
        checks[0].message
        == "passed on base; it is skipped on head (few): an owner of the tests must look"
    )


def test_bases_version_that_cannot_run_on_head_is_never_green(tmp_path: Path) -> None:
    head = checkout(
        tmp_path / "head", "def test_answer() -> None: ...\n", files={"served.py": "other = 1\n"}
    )
    checks = judged(head, checkout(tmp_path / "base", ANSWER))
    assert short(checks) == [(CheckId.BASE_TESTS_HOLD, Outcome.INVALID, True)]


def test_a_base_that_cannot_run_its_own_tests_excuses_nothing(tmp_path: Path) -> None:
    base = checkout(tmp_path / "base", ANSWER)
    head = checkout(tmp_path / "head", SKIPPED)
    checks = tried(head, built(base))
    assert short(checks) == [(CheckId.BASE_TESTS_HOLD, Outcome.INVALID, True)]
    assert checks[0].message.startswith("base cannot run its own tests: ")


@pytest.mark.parametrize("of_target", [False, True])
def test_a_test_that_fails_on_base_in_the_same_way_is_red_on_the_target_branch_alone(
    tmp_path: Path, of_target: bool
) -> None:
    test = FAILS.format("__import__('served').answer()")
    head, base = (
        checkout(tmp_path / name, test, answer) for name, answer in (("head", 41), ("base", 40))
    )
    (check,) = judged(head, base, of_target=of_target)
    assert (check.id, check.outcome, check.gating) == (
        CheckId.REGRESSION_TESTS,
        Outcome.REGRESSION,
        of_target,
    )
    assert check.message == (
        "assert 41 == 42" if of_target else "fails on base as well: assert 41 == 42"
    )


def test_a_test_that_fails_on_base_in_another_way_stays_red(tmp_path: Path) -> None:
    head = checkout(tmp_path / "head", FAILS.format("None"))
    assert short(judged(head, checkout(tmp_path / "base", FAILS.format("41")))) == [
        (CheckId.REGRESSION_TESTS, Outcome.REGRESSION, True)
    ]


def test_a_file_that_cannot_be_imported_is_excused_where_base_cannot_import_it_either(
    tmp_path: Path,
) -> None:
    files = {f"{TESTS}/test_theirs.py": "import no_such_module\n"}
    head, base = (checkout(tmp_path / name, ANSWER, files=files) for name in ("head", "base"))
    (check,) = judged(head, base)
    assert (check.id, check.outcome, check.gating) == (
        CheckId.REGRESSION_TESTS,
        Outcome.INVALID,
        False,
    )
    assert (
        check.message
        == "fails on base as well: ModuleNotFoundError: No module named 'no_such_module'"
    )


def test_what_a_test_says_has_no_colours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    head = checkout(tmp_path / "head", "import no_such_module\n")
    (check,) = judged(head, checkout(tmp_path / "base", ANSWER))[:1]
    assert check.message == "ModuleNotFoundError: No module named 'no_such_module'"


def test_a_failure_that_base_does_not_have_stays_red(tmp_path: Path) -> None:
    checks = judged(
        checkout(tmp_path / "head", ANSWER, answer=41), checkout(tmp_path / "base", ANSWER)
    )
    assert short(checks) == [(CheckId.REGRESSION_TESTS, Outcome.REGRESSION, True)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("assert 0.51 > 0.9", "assert 0.5 > 0.9", True),
        ("assert [1, 2, 3] == []", "assert [4, 5] == []", True),
        ("<object at 0x7f01>", "<object at 0x7fab>", True),
        ("assert 'camera' in names", "assert 'server' in names", False),
    ],
)
def test_messages_are_the_same_whatever_their_numbers(one: str, other: str, same: bool) -> None:
    assert Case("test", "failure", one).same_way(Case("test", "failure", other)) is same


WAITS = """
import sys, time
from pathlib import Path

until = time.monotonic() + 60
while not Path("at-work").exists() and time.monotonic() < until:
    time.sleep(0.01)
Path(sys.argv[1]).write_text("[]" if Path("at-work").exists() else "late")
"""


def base_that_tries(tmp_path: Path, program: str) -> BuiltCommit:
    """A base whose own program tries its tests."""
    return built(checkout(tmp_path, ANSWER, files={"clockwork/compare/self_test.py": program}))


def test_base_is_tried_while_head_is_built(tmp_path: Path) -> None:
    base = base_that_tries(tmp_path, WAITS)
    with tried_on_base(base) as on_base:
        (tmp_path / "at-work").touch()
        assert on_base() == {}
    assert (tmp_path / OWN_RESULTS).read_text() == "[]"
    assert results_of(base) == {}


def test_with_an_error_of_head_nobody_waits_for_base(tmp_path: Path) -> None:
    endless = WAITS.replace("sys.argv[1]", "'left'").replace("60", "600")
    base = base_that_tries(
        tmp_path, f"import os\nopen('pid', 'w').write(str(os.getpid()))\n{endless}"
    )

    def broken() -> None:
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            time.sleep(0.01)
        raise BadInput("HEAD moved")

    since = time.monotonic()
    with pytest.raises(BadInput, match="HEAD moved"), tried_on_base(base):
        broken()
    assert time.monotonic() - since < 60
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_base_that_cannot_be_tried_stops_no_build_of_head(tmp_path: Path) -> None:
    count = "open('count', 'a').write('once')"
    base = base_that_tries(tmp_path, f"{count}; raise SystemExit('error: no scores')")
    with tried_on_base(base) as on_base:
        for _ in range(2):
            with pytest.raises(DidNotRun, match="base cannot run its own tests: error: no scores"):
                on_base()
    assert (tmp_path / "count").read_text() == "once"


def test_where_base_has_no_tests_nothing_is_tried(tmp_path: Path) -> None:
    base = base_that_tries(tmp_path, "raise SystemExit(1)")
    shutil.rmtree(tmp_path / TESTS)
    with tried_on_base(base) as one, tried_on_base(None) as none:
        assert (one(), none()) == ({}, {})
    assert not tmp_path.with_suffix(".lock").exists()
