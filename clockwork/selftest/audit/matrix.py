"""All of seeds/defects, simulated as pull requests: defects must go red by the check they name."""

import hashlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from clockwork.selftest.audit.result import Case, Red
from clockwork.selftest.edits import Change
from clockwork.selftest.simulate import Simulated, simulate
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.paths import BUILD

PLACE = BUILD / "audit"
AT_ONCE = (
    2  # a pull request waits for imports and single processes: alone it keeps 1.3 of two cores busy
)
JUDGED = (
    "clockwork",
    "pipelines",
    "configs",
    "tests/regression",
    "requirements.lock",
    "dvc.yaml",
    "data.dvc",
)


def simulate_all(main: Checkout, head: str, changes: list[Change], state: str) -> Iterator[Case]:
    """A case for each change on top of `head`, in their order.

    It is from an earlier audit where nothing that counts differs. Changes run two at a time; where
    one cannot run, the one beside it ends and is kept. `state` says all of `head` that a verdict
    depends on.
    """
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        yield from pool.map(
            lambda change: _case_of(main, head, change, key_of(state, change)), changes
        )
    finally:
        pool.shutdown(cancel_futures=True)


def _case_of(main: Checkout, head: str, change: Change, key: str) -> Case:
    known = main / PLACE / "cases" / f"{change.name}.json"
    case = _known(known, key)
    if case is None:
        case = _simulated(main, head, change, key)
        known.parent.mkdir(parents=True, exist_ok=True)
        known.write_text(case.model_dump_json(indent=1, exclude_defaults=True), encoding="utf-8")
    return case


def state_of(checkout: Checkout, head: str) -> str:
    """What a verdict on a change of `head` depends on.

    These are the hashes of code, settings, data and regression tests.
    """
    return checkout.git("ls-tree", head, "--", *JUDGED)


def key_of(state: str, change: Change) -> str:
    """What a case depends on: the state that is changed, and the change."""
    return hashlib.sha256(f"{state}\n{change.model_dump_json()}".encode()).hexdigest()


def _known(path: Path, key: str) -> Case | None:
    try:
        found = Case.model_validate_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # none yet, or one that was cut short
        return None
    return found if found.key == key else None


def _simulated(main: Checkout, head: str, change: Change, key: str) -> Case:
    place, since = main / PLACE, time.monotonic()
    log = place / "logs" / f"{change.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    # What is planted has no place among the runs that people compare.
    apart = {"MLFLOW_TRACKING_URI": f"sqlite:///{place / 'mlflow.db'}"}
    try:
        with log.open("w", encoding="utf-8") as lines:
            reports = PLACE / "reports" / change.name
            simulated = simulate(
                main, head, change, change.name, reports, quick=False, log=lines, variables=apart
            )
    except BadInput as error:
        raise BadInput(f"{change.name}: {error}; see {log.relative_to(main.root)}") from None
    return _case(simulated, key, round(time.monotonic() - since, 1))


def _case(simulated: Simulated, key: str, seconds: float) -> Case:
    change = simulated.change
    return Case(
        key=key,
        name=change.name,
        title=change.title,
        caught_by=change.caught_by,
        outcome=simulated.verdict.outcome,
        exit_code=simulated.exit_code,
        red=[Red.model_validate(one) for one in simulated.red],
        as_it_should=simulated.as_it_should,
        seconds=seconds,
    )
