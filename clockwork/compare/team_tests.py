"""Run tests/regression with pytest, and take what it found into the verdict.

That is what failed there and what base's tests lost on head.
"""

import filecmp
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from clockwork.compare.built_commit import BuiltCommit, FailedBuild
from clockwork.compare.pytest_run import CHECKOUTS as CHECKOUTS
from clockwork.compare.pytest_run import TESTS, Case, Cases, DidNotRun, run_tests
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.learning.tables import read_json
from clockwork.support import paths
from clockwork.support.lock import locked
from clockwork.support.subprocesses import last_line, run_module

ARMS = CHECKOUTS  # the name by which tests/regression of earlier commits ask for it
UNTRIED = Check(CheckId.REGRESSION_TESTS, Outcome.INVALID, "they have not run yet")
# What decides which tests run.
CONFIGURED = ("conftest.py", "pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg")
OWN_RESULTS = paths.BUILD / "regression-tests.json"
MIRROR = paths.BUILD / "base-tests"
OWNER = "an owner of the tests must look"

OnBase = Callable[[], Cases]


def run_team_tests(
    root: Path,
    base: BuiltCommit | None,
    on_base: OnBase,
    environment: Mapping[str, str],
    *,
    of_target: bool,
) -> list[Check]:
    """A check for each failed test of a team, and for each that passed on base and not on head.

    One that fails on base in the same way, as `on_base` tells, gates only where head is a commit
    `of_target`, the target branch itself. Writes build/junit.xml. A pytest that did not run is a
    check that is never green.
    """
    if not (root / TESTS).is_dir():
        had = base is not None and (base.root / TESTS).is_dir()
        return [Check(CheckId.REGRESSION_TESTS, Outcome.INVALID, f"{TESTS} is gone")] if had else []
    tested = {
        "head": root,
        "base": base.root if base else None,
        "scores": base.scores if base else None,
    }
    try:
        cases = run_tests(root, tested, environment, root / paths.JUNIT)
    except DidNotRun as error:
        return [Check(CheckId.REGRESSION_TESTS, Outcome.INVALID, str(error))]
    checks = failures(cases, on_base, of_target=of_target)
    if base is None or not (base.root / TESTS).is_dir():
        return checks
    try:
        return checks + lost(
            root, base, cases, on_base, lambda: _bases_tests(root, base, tested, environment)
        )
    except DidNotRun as error:
        return [*checks, Check(CheckId.BASE_TESTS_HOLD, Outcome.INVALID, str(error))]


def failures(cases: Cases, on_base: OnBase, *, of_target: bool) -> list[Check]:
    """The tests that failed or could not run.

    One that does so on base in the same way gates `of_target` alone.
    """
    checks = []
    for name, case in cases.items():
        if not case.broken:
            continue
        outcome = Outcome.REGRESSION if case.ending == "failure" else Outcome.INVALID
        known = not of_target and _fails_alike(case, name, on_base)
        message = f"fails on base as well: {case.message}" if known else case.message
        checks.append(
            Check(CheckId.REGRESSION_TESTS, outcome, message, gating=not known, slice=case.name)
        )
    return checks


def _fails_alike(case: Case, name: str, on_base: OnBase) -> bool:
    try:
        known = on_base()
    except DidNotRun:  # then nothing excuses a test that fails
        return False
    return name in known and case.same_way(known[name])


def lost(
    root: Path, base: BuiltCommit, cases: Cases, on_base: OnBase, bases_tests: Callable[[], Cases]
) -> list[Check]:
    """A check for each test that passed on base and that head fails, skips or lacks.

    There is none where all of them hold. `bases_tests` runs base's own version of the tests on
    head, which is asked for where the tests differ. Where they are the same, `cases` are its
    result: one may still be gone, where settings or code say which there are.
    """
    changed = differ(root, base.root)
    passed = {name: case for name, case in on_base().items() if case.ending == "passed"}
    held = bases_tests() if changed and passed else cases
    # The tests of a file that head cannot import have a check already.
    files = [case.name for case in cases.values() if case.unread and not changed]
    unread = tuple(f"{name}{end}" for name in files for end in ("::", "."))
    found = [
        _lost(case, cases.get(name), held.get(name), changed=changed)
        for name, case in passed.items()
        if not name.startswith(unread)
    ]
    return [check for check in found if check]


def _lost(before: Case, own: Case | None, held: Case | None, *, changed: bool) -> Check | None:
    """What became of a test that passed on base: in head's `own` version, and `held` to base's."""
    if held is not None and held.broken:
        if not changed:  # head's own failure, which has a check already
            return None
        outcome = Outcome.REGRESSION if held.ending == "failure" else Outcome.INVALID
        return Check(
            CheckId.BASE_TESTS_HOLD,
            outcome,
            f"base's version fails on head: {held.message}",
            slice=before.name,
        )
    for case, whose in ((held, "base's version" if changed else "it"), (own, "head's version")):
        if case is None:
            return _loss(before, f"passed on base; {whose} is gone on head: {OWNER}")
        if case is not None and case.ending == "skipped":
            return _loss(
                before, f"passed on base; {whose} is skipped on head ({case.message}): {OWNER}"
            )
    return None


def _loss(before: Case, message: str) -> Check:
    return Check(CheckId.BASE_TESTS_HOLD, Outcome.NOT_COMPARABLE, message, slice=before.name)


@contextmanager
def tried_on_base(base: BuiltCommit | FailedBuild | None) -> Iterator[OnBase]:
    """Run base's tests on base itself beside the block; what it is given waits for their results.

    It raises `DidNotRun` where there are none, however often it is asked. Tests that still run when
    the block ends are killed.
    """
    if not isinstance(base, BuiltCommit) or not (base.root / TESTS).is_dir():
        yield dict
        return
    ended = Event()
    with ThreadPoolExecutor(max_workers=1) as pool:
        try:
            yield pool.submit(results_of, base, ended).result
        finally:
            ended.set()


def results_of(base: BuiltCommit, ended: Event | None = None) -> Cases:
    """How base's tests ended on base itself, by its own code.

    They run once for each commit, and how they ended is kept beside its build. Raises `DidNotRun`
    where that cannot be found out, or where `ended` is set before.
    """
    place = base.root / OWN_RESULTS
    with locked(base.root.with_suffix(".lock")):
        if not place.exists():
            draft = place.with_suffix(".draft")
            words = "clockwork.compare.self_test", str(draft.resolve())
            done = run_module(base.root, *words, ended=ended)
            if done.returncode or not draft.exists():
                reason = last_line(done.stderr)
                raise DidNotRun(f"base cannot run its own tests: {reason}")
            draft.rename(place)
    return {one.pop("id"): Case(**one) for one in read_json(place)}


def differ(root: Path, base: Path) -> bool:
    """Whether two checkouts differ in regression tests, or files that decide which run and how."""
    of_head, of_base = (_files(one) for one in (root, base))
    return of_head != of_base or any(
        not filecmp.cmp(root / one, base / one, shallow=False) for one in of_head
    )


def _files(root: Path) -> set[Path]:
    tests = [*(root / TESTS.parent).glob("*.py"), *(root / TESTS).rglob("*")]
    found = [path for path in [*tests, *(root / name for name in CONFIGURED)] if path.is_file()]
    return {path.relative_to(root) for path in found if "__pycache__" not in path.parts}


def _bases_tests(
    root: Path, base: BuiltCommit, tested: Mapping[str, Path | None], environment: Mapping[str, str]
) -> Cases:
    """How base's version of the tests ends on head's code and models."""
    mirror = mirrored(root, base.root)
    try:
        cases = run_tests(mirror, tested, environment, root / MIRROR.with_suffix(".xml"))
    except DidNotRun as error:
        raise DidNotRun(f"base's version of the tests does not run on head: {error}") from None
    finally:
        shutil.rmtree(mirror, ignore_errors=True)
    unread = next((case for case in cases.values() if case.unread), None)
    if unread:
        raise DidNotRun(f"base's version of {unread.name} does not run on head: {unread.message}")
    return cases


def mirrored(root: Path, base: Path) -> Path:
    """A folder that is head's checkout by links, but with base's tests.

    What decides which of the tests run is base's, too. pytest takes its settings, and Python its
    modules, from the folder that the tests lie in.
    """
    mirror, own = root.resolve() / MIRROR, {TESTS.parts[0], *CONFIGURED}
    shutil.rmtree(mirror, ignore_errors=True)
    mirror.mkdir(parents=True)
    for path in root.resolve().iterdir():
        if path.name not in own and path.name != ".git":
            (mirror / path.name).symlink_to(path)
    _copy(base, mirror, own)
    return mirror


def _copy(base: Path, mirror: Path, names: Iterable[str]) -> None:
    for name in names:
        if (base / name).is_dir():
            shutil.copytree(
                base / name, mirror / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        elif (base / name).exists():
            shutil.copy2(base / name, mirror / name)
