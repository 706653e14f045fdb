"""What head costs against base: turn by turn, red where too much, and never waiting for ever."""

import json
import math
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clockwork.compare import compare_builds
from clockwork.compare import costs as cost
from clockwork.compare.choice import at_one_choice
from clockwork.compare.costs import cost_checks, measure
from clockwork.compare.pair import Pair
from clockwork.gate.catalogue import CheckId, title_of
from clockwork.gate.outcome import Outcome
from clockwork.learning.clock import Loaded, answer, thinned, timed
from clockwork.settings.features import FeatureSettings
from clockwork.support.errors import BadInput
from clockwork.verdict.costs import KINDS, Cost
from pipelines.models.robust_z import RobustZ

JOBS = ("features", "score robust_z", "train robust_z")
LIMITS = dict.fromkeys(KINDS, 2.0)
HEARS = """
import os, subprocess, sys, time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

asked = 0
print("ready", flush=True)
for line in sys.stdin:
    asked += 1
    with Path("../asked").open("a") as log:
        log.write(f"{Path.cwd().name} {line}")
    Path("pid").write_text(str(os.getpid()))
"""
A_SECOND = HEARS + "    print(1.0, flush=True)\n"


def checkout(root: Path, clock: str = A_SECOND, size: int = 50_000) -> Path:
    """A checkout with the script `clock` for a clock, and a model of `size` bytes that ships."""
    stages = root / "clockwork" / "learning"
    stages.mkdir(parents=True)
    for folder in (stages.parent, stages):
        (folder / "__init__.py").touch()
    (stages / "clock.py").write_text(clock, encoding="utf-8")
    for seed, length in (("7", size), ("8", 1)):
        shipped = root / "build" / "models" / "robust_z" / seed
        shipped.mkdir(parents=True)
        (shipped / "model.bin").write_bytes(b"x" * length)
    (root / "build" / "models" / "robust_z" / "about.json").write_text(
        '{"seeds": [7, 8]}', encoding="utf-8"
    )
    return root


def asked(place: Path) -> list[str]:
    return (place / "asked").read_text(encoding="utf-8").splitlines()


def ended(pid: int) -> bool:
    """Whether a process is gone, or will be as soon as whoever inherits it looks."""
    status = Path(f"/proc/{pid}/status")
    for _ in range(100):
        if not status.exists() or "State:\tZ" in status.read_text(encoding="utf-8"):
            return True
        time.sleep(0.02)
    return False


def test_the_arms_take_turns_at_every_job_and_train_less_often(tmp_path: Path) -> None:
    measure(checkout(tmp_path / "head"), checkout(tmp_path / "base"), ["robust_z"])
    features = [line.split()[0] for line in asked(tmp_path) if line.endswith("features")]
    assert features == ["head", "base", "base", "head"] * 3 + ["head", "base"]
    jobs = [line.removeprefix("base ") for line in asked(tmp_path) if line.startswith("base ")]
    assert jobs == ["features"] * 7 + ["score robust_z"] * 7 + ["train robust_z"] * 3


def test_the_least_of_the_rounds_counts_and_the_size_is_that_of_the_model_that_ships(
    tmp_path: Path,
) -> None:
    falling = HEARS + "    print(0.5 + abs(asked % 7 - 3), flush=True)\n"
    costs = measure(
        checkout(tmp_path / "head", falling), checkout(tmp_path / "base", size=40_000), ["robust_z"]
    )
    assert costs == [
        Cost("features", None, 0.5, 1.0),
        Cost("scoring", "robust_z", 0.5, 1.0),
        Cost("training", "robust_z", 0.5, 1.0),
        Cost("size", "robust_z", 50_000, 40_000),
    ]
    assert [one.ratio for one in costs] == [0.5, 0.5, 0.5, 1.25]


def test_long_rounds_are_fewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "BUDGET", 0.9)
    slow = HEARS + "    time.sleep(0.1)\n    print(1.0, flush=True)\n"
    measure(checkout(tmp_path / "head", slow), checkout(tmp_path / "base"), ["robust_z"])
    assert 2 <= asked(tmp_path).count("head features") < 7


def test_imports_that_fill_a_first_round_on_a_busy_machine_cost_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "BUDGET", 0.3)
    imports = HEARS + (
        "    time.sleep(0.5 if asked == 1 else 0)\n"
        "    print(9.0 if asked == 1 else 1.0, flush=True)\n"
    )
    costs = measure(checkout(tmp_path / "head", imports), checkout(tmp_path / "base"), ["robust_z"])
    assert (costs[0].head, costs[0].base) == (1.0, 1.0)


def test_a_round_that_takes_the_whole_budget_is_the_only_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "BUDGET", 0.0)
    measure(checkout(tmp_path / "head"), checkout(tmp_path / "base"), ["robust_z"])
    assert asked(tmp_path) == [f"{side} {job}" for job in JOBS for side in ("head", "base")]


@pytest.mark.parametrize(("job", "name"), list(zip(JOBS, KINDS, strict=False)))
def test_a_slow_head_is_red_at_the_job_that_is_slow(tmp_path: Path, job: str, name: str) -> None:
    slow = HEARS + f"    print(3.0 if line.strip() == {job!r} else 1.0, flush=True)\n"
    costs = measure(checkout(tmp_path / "head", slow), checkout(tmp_path / "base"), ["robust_z"])
    red = [check for check in cost_checks(costs, LIMITS) if not check.outcome.green]
    assert [(check.id, check.outcome) for check in red] == [(KINDS[name].check, Outcome.REGRESSION)]
    assert red[0].message == "3.00 times base's processor time, more than 2 times"


def test_a_large_head_is_red(tmp_path: Path) -> None:
    costs = measure(
        checkout(tmp_path / "head", size=110_001), checkout(tmp_path / "base"), ["robust_z"]
    )
    *times, size = cost_checks(costs, LIMITS)
    assert all(check.outcome is Outcome.PASS for check in times)
    assert (size.title, size.outcome) == (
        f"{title_of(CheckId.COST_SIZE)} · robust_z",
        Outcome.REGRESSION,
    )
    assert size.message == "2.20 times base's bytes, more than 2 times"


@pytest.mark.parametrize("name", KINDS)
def test_a_green_check_says_nothing_that_was_measured(name: str) -> None:
    one, other = cost_checks(
        [Cost(name, "logistic", 1.9e6, 1e6), Cost(name, "logistic", 0.9e6, 1e6)], LIMITS
    )
    assert one == other
    assert one.outcome is Outcome.PASS
    assert one.message.startswith("at most 2 times base's ")


@pytest.mark.parametrize("name", KINDS)
def test_each_limit_is_its_own(name: str) -> None:
    costs = [Cost(one, None, 1.5e6, 1e6) for one in KINDS]
    checks = cost_checks(costs, {**LIMITS, name: 1.25})
    assert [check.id for check in checks if check.outcome is Outcome.REGRESSION] == [
        KINDS[name].check
    ]


@pytest.mark.parametrize(
    ("name", "least", "more"),
    [
        ("scoring", 0.0039, 0.0041),
        ("features", 0.0039, 0.0041),
        ("training", 0.2519, 0.2521),
        ("size", 11_999, 12_001),
    ],
)
def test_what_is_too_little_to_judge_is_left_alone(name: str, least: float, more: float) -> None:
    base = 1000 if name == "size" else 0.001
    checks = cost_checks([Cost(name, None, head, base) for head in (least, more)], LIMITS)
    assert [check.outcome for check in checks] == [Outcome.PASS, Outcome.REGRESSION]


@pytest.mark.parametrize("wrong", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("name", KINDS)
def test_a_number_that_is_none_is_invalid_on_either_commit(name: str, wrong: float) -> None:
    checks = cost_checks([Cost(name, None, wrong, 1.0), Cost(name, None, 1.0, wrong)], LIMITS)
    assert [check.outcome for check in checks] == [Outcome.INVALID] * 2
    assert Cost(name, None, 1.0, 0.0).ratio == math.inf


NEVER = "import time; time.sleep(600)"
OUTLIVED = "import subprocess; subprocess.Popen(['sleep', '600'])"  # the child holds the pipe open


@pytest.mark.parametrize(
    ("clock", "side", "job"),
    [
        (NEVER, "head", "start"),
        (HEARS + "    time.sleep(600)", "base", "features"),
        (OUTLIVED, "base", "start"),
    ],
)
def test_nobody_waits_for_a_clock_that_hangs(
    tmp_path: Path, clock: str, side: str, job: str
) -> None:
    roots = [
        checkout(tmp_path / one, clock if one == side else A_SECOND) for one in ("head", "base")
    ]
    since = time.monotonic()
    with pytest.raises(BadInput, match=f"{side}'s timing process was silent for 1.5 s at '{job}'"):
        measure(roots[0], roots[1], ["robust_z"], patience=1.5)
    assert time.monotonic() - since < 30


@pytest.mark.parametrize(
    ("clock", "reported"),
    [
        ("raise SystemExit('error: no data')", "timing process ended at 'start': error: no data"),
        (
            HEARS + "    raise ValueError('broken')",
            "timing process ended at 'features': ValueError: broken",
        ),
        (
            HEARS + "    os.kill(os.getpid(), 9)",
            "timing process ended at 'features': no reason given",
        ),
        (
            "print('ready'); raise SystemExit(3)",
            "timing process ended at 'features': no reason given",
        ),
        ("print('hello')", "timing process answered 'start' with 'hello', not with 'ready'"),
        ("while True: print('x' * 100, end='')", "timing process answered 'start' with 'xxx"),
        (
            HEARS + "    print('error: no such model', flush=True)",
            "with 'error: no such model', not with seconds",
        ),
        (
            HEARS + "    print('nan', flush=True)",
            "timing process answered 'features' with 'nan', not with seconds",
        ),
        (
            HEARS + "    print(-1.0, flush=True)",
            "timing process answered 'features' with '-1.0', not with seconds",
        ),
    ],
)
@pytest.mark.parametrize("side", ["head", "base"])
def test_a_clock_that_goes_wrong_is_reported_in_one_line(
    tmp_path: Path, clock: str, reported: str, side: str
) -> None:
    roots = [
        checkout(tmp_path / one, clock if one == side else A_SECOND) for one in ("head", "base")
    ]
    with pytest.raises(BadInput) as error:
        measure(roots[0], roots[1], ["robust_z"], patience=30)
    assert reported in str(error.value)
    assert str(error.value).startswith(f"{side}'s timing process ")
    assert "\n" not in str(error.value)


def test_a_commit_from_before_there_were_clocks_is_reported(tmp_path: Path) -> None:
    base = checkout(tmp_path / "base")
    (base / "clockwork" / "learning" / "clock.py").unlink()
    with pytest.raises(
        BadInput,
        match=r"base's timing process ended at 'start': .*No module named clockwork",
    ):
        measure(checkout(tmp_path / "head"), base, ["robust_z"])


def test_a_checkout_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match="base's timing process cannot start: No such file or directory"
    ):
        measure(checkout(tmp_path / "head"), tmp_path / "base", [])


@pytest.mark.parametrize("about", [None, "", "{}", "[]", '{"seeds": []}'])
def test_a_model_that_is_not_there_names_the_commit(tmp_path: Path, about: str | None) -> None:
    head, base = checkout(tmp_path / "head"), checkout(tmp_path / "base")
    place = base / "build" / "models" / "robust_z" / "about.json"
    place.unlink() if about is None else place.write_text(about, encoding="utf-8")
    with pytest.raises(
        BadInput, match=r"base's build/models/robust_z/about\.json names no model that ships"
    ):
        measure(head, base, ["robust_z"])


SEARCHED = "params: {rounds: %d, bins: %d}\nsearch:\n  leaves: {low: 2, high: %d}\n"
# A clock whose models take a second, and 1,000 bytes, for each round; those of a slow commit three
# times as much.
BY_ROUNDS = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

place, factor = Path("build/clock/robust_z"), 3 if Path("slow").exists() else 1
print("ready", flush=True)
for line in sys.stdin:
    job, *rest = line.split(maxsplit=2)
    about = place if job.endswith("-with") else Path("build/models/robust_z")
    if job == "train-with":
        (place / "7").mkdir(parents=True, exist_ok=True)
        (place / "about.json").write_text(json.dumps({"seeds": [7], "params": json.loads(rest[1])}))
        (place / "7" / "model.bin").write_bytes(b"x" * json.loads(rest[1])["rounds"] * 1000 * factor)
    params = json.loads((about / "about.json").read_text())["params"] if rest else {"rounds": 1}
    print(float(params["rounds"] * (1 if job == "features" else factor)), flush=True)
"""  # noqa: E501


def searched(
    root: Path, rounds: int, leaves: int = 9, most: int = 120, bins: int = 127, high: int = 63
) -> Path:
    """A checkout whose search chose `rounds` and `leaves`.

    `most` rounds, `bins` and the range up to `high` are set.
    """
    checkout(root, BY_ROUNDS, size=rounds * 1000)
    (root / "configs" / "models").mkdir(parents=True)
    (root / "configs" / "models" / "robust_z.yaml").write_text(
        SEARCHED % (most, bins, high), encoding="utf-8"
    )
    about = {"seeds": [7], "params": {"rounds": rounds, "bins": bins, "leaves": leaves}}
    (root / "build" / "models" / "robust_z" / "about.json").write_text(
        json.dumps(about), encoding="utf-8"
    )
    return root


def too_dear(head: Path, base: Path) -> dict[str, bool]:
    """The costs that are too much, and whether they gate."""
    costs = measure(head, base, ["robust_z"], LIMITS)
    return {
        one.check: check.gating
        for one, check in zip(KINDS.values(), cost_checks(costs, LIMITS), strict=True)
        if not check.outcome.green
    }


MODELS_COSTS = [KINDS[name].check for name in ("scoring", "training", "size")]


@pytest.mark.parametrize("most", [120, 240])
def test_what_the_search_alone_made_dearer_is_reported_and_does_not_gate(
    tmp_path: Path, most: int
) -> None:
    head, base = searched(tmp_path / "head", 100, most=most), searched(tmp_path / "base", 40)
    assert too_dear(head, base) == dict.fromkeys(MODELS_COSTS, False)
    size = cost_checks(measure(head, base, ["robust_z"], LIMITS), LIMITS)[-1]
    assert size.message == (
        "2.50 times base's bytes, more than 2 times, which is the search's choice alone: "
        "1.00 times with the parameters that base's search chose"
    )


def test_code_that_is_dearer_gates_whatever_the_search_chose(tmp_path: Path) -> None:
    head, base = searched(tmp_path / "head", 100), searched(tmp_path / "base", 40)
    (head / "slow").touch()
    assert too_dear(head, base) == dict.fromkeys(MODELS_COSTS, True)


@pytest.mark.parametrize(
    ("what", "settings"),
    [
        ("a fixed parameter", {"bins": 255}),
        ("fewer rounds than base has", {"most": 30}),
        ("nothing", {"rounds": 100}),
    ],
)
def test_settings_that_are_dearer_gate(tmp_path: Path, what: str, settings: dict[str, int]) -> None:
    chosen = {"rounds": 100, **settings}
    base = searched(tmp_path / "base", chosen["rounds"] if what == "nothing" else 40)
    head = searched(tmp_path / "head", **chosen)
    if what == "nothing":
        (head / "slow").touch()
    assert set(too_dear(head, base).values()) == {True}


def test_a_value_that_the_search_of_head_could_not_choose_is_its_settings(tmp_path: Path) -> None:
    head, base = (
        searched(tmp_path / "head", 40, leaves=5, high=8),
        searched(tmp_path / "base", 40, leaves=60),
    )
    assert at_one_choice(head, base, "robust_z") is None
    assert at_one_choice(base, head, "robust_z") == (
        {"rounds": 40, "bins": 127, "leaves": 5},
        {"rounds": 40, "bins": 127, "leaves": 5},
    )


def test_a_base_from_before_a_choice_could_be_measured_excuses_nothing(tmp_path: Path) -> None:
    head, base = searched(tmp_path / "head", 100), searched(tmp_path / "base", 40)
    (base / "clockwork" / "learning" / "clock.py").write_text(
        HEARS + "    print('error: no job' if 'with' in line else 1.0, flush=True)\n",
        encoding="utf-8",
    )
    assert set(too_dear(head, base).values()) == {True}


def test_a_base_that_differs_from_itself_raises_the_limit(tmp_path: Path) -> None:
    swings = HEARS + "    print(1.0 if asked % 2 else 1.2, flush=True)\n"
    slower = HEARS + "    print(2.3, flush=True)\n"
    still = measure(checkout(tmp_path / "head", slower), checkout(tmp_path / "base"), ["robust_z"])
    swung = measure(tmp_path / "head", checkout(tmp_path / "swings", swings), ["robust_z"])
    assert [check.outcome.green for check in cost_checks(still, LIMITS)] == [
        False,
        False,
        False,
        True,
    ]
    assert [check.outcome.green for check in cost_checks(swung, LIMITS)] == [True] * 4


def test_a_limit_is_raised_only_so_far_and_never_lowered() -> None:
    assert [Cost("scoring", None, 1, 1, noise).limit(2.0) for noise in (1.0, 1.25, 9.0)] == [
        2.0,
        2.5,
        3.0,
    ]


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("last", ["print(1.0, flush=True)", "time.sleep(600)"])
def test_no_clock_and_no_child_of_one_outlives_the_measurement(tmp_path: Path, last: str) -> None:
    child = (
        "    child = subprocess.Popen(['sleep', '600']); Path('child').write_text(str(child.pid))\n"
    )
    head, base = (
        checkout(tmp_path / "head", HEARS + child + f"    {last}\n"),
        checkout(tmp_path / "base"),
    )
    try:
        measure(head, base, [], patience=1.5)
    except BadInput:
        assert "sleep" in last
    pids = [
        int(path.read_text())
        for path in (head / "pid", head / "child", base / "pid")
        if path.exists()
    ]
    assert len(pids) >= 2
    assert all(map(ended, pids))


def test_much_talk_on_stderr_blocks_no_clock(tmp_path: Path) -> None:
    loud = HEARS + "    sys.stderr.write('x' * 10**6)\n    print(1.0, flush=True)\n"
    assert (
        len(
            measure(checkout(tmp_path / "head", loud), checkout(tmp_path / "base"), [], patience=30)
        )
        == 1
    )


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """What a clock has loaded, in a checkout with a trained model of two seeds."""
    x, y = np.random.default_rng(1).normal(size=(60, 2)).astype(np.float32), np.arange(60) % 3 == 0
    about, tuned = {"features": ["cpu", "memory"], "seeds": [7, 8]}, {"params": {"top": 1}}
    for place, document in (
        ("models/robust_z/about", about),
        ("tuning/robust_z", tuned),
        ("tuning/absent", tuned),
    ):
        path = tmp_path / "build" / f"{place}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")
    for seed in ("7", "8"):
        (tmp_path / "build" / "models" / "robust_z" / seed).mkdir()
        RobustZ.fit(x, y.astype(np.int8), {}, 7).save(
            tmp_path / "build" / "models" / "robust_z" / seed
        )
    monkeypatch.chdir(tmp_path)
    rows = pd.DataFrame(
        {"entity": pd.Categorical(["a"] * 60), "time": np.arange(60), "cpu": x[:, 0]}
    )
    raw = (rows, ["cpu"], 1, FeatureSettings(every=1, windows={5: ["mean"]}))
    return Loaded(raw, (rows[["entity", "time"]], x, ["cpu", "memory"]), (x, y.astype(np.int8)), [])


@pytest.mark.parametrize(
    ("rows", "kept"), [(400, 100), (100_000, 25_000), (1_000_000, 25_000), (1_000_001, 24_391)]
)
def test_a_training_is_timed_on_every_fourth_row_and_on_25_000_at_most(
    rows: int, kept: int
) -> None:
    assert len(thinned(np.arange(rows))) == kept


WITH = ('train-with robust_z {"top": 2}', "score-with robust_z")


def test_a_model_with_other_parameters_is_kept_apart_from_the_one_that_ships(
    loaded: Loaded,
) -> None:
    shipped = Path("build/models/robust_z/7/model.npz").read_bytes()
    assert all(0 < float(answer(loaded, f"{job}\n")) < 60 for job in WITH)
    assert Path("build/models/robust_z/7/model.npz").read_bytes() == shipped
    assert json.loads(Path("build/clock/robust_z/about.json").read_text())["seeds"] == [7]


@pytest.mark.parametrize("job", JOBS)
def test_a_clock_answers_every_job_with_seconds(loaded: Loaded, job: str) -> None:
    assert 0 < float(answer(loaded, f"{job}\n")) < 60


def test_the_time_to_score_is_that_of_one_model(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([10.0, 14.0])
    monkeypatch.setattr(time, "process_time", lambda: next(clock))
    assert answer(loaded, "score robust_z") == "2.0"


@pytest.mark.parametrize("slow", ["load", "score"])
def test_slowness_anywhere_in_the_serving_path_is_noticed(
    loaded: Loaded, slow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = float(answer(loaded, "score robust_z"))
    whole = getattr(RobustZ, slow)

    def wait(*arguments: object) -> object:
        since = time.process_time()
        while time.process_time() - since < 0.05:
            pass
        return whole(*arguments)

    monkeypatch.setattr(RobustZ, slow, wait)
    assert float(answer(loaded, "score robust_z")) > before + 0.04


@pytest.mark.parametrize(
    ("line", "reported"),
    [
        ("", "error: clock: no job ''; it knows features, score ALGORITHM and train ALGORITHM"),
        ("train", "error: clock: no job 'train'; it knows"),
        ("score absent", "error: build/models/absent/about.json names no model that ships"),
        ("train absent", "error: configs/gate.yaml: no pipelines/models/absent.py"),
    ],
)
def test_a_clock_tells_an_error_on_one_line(loaded: Loaded, line: str, reported: str) -> None:
    assert answer(loaded, line).startswith(reported)
    assert "\n" not in answer(loaded, line)


def test_a_job_that_waits_costs_the_time_that_it_waits() -> None:
    assert timed(lambda: time.sleep(0.8)) >= 0.8


def test_a_job_that_lets_a_child_work_costs_what_the_child_does() -> None:
    work = "sum(i * i for i in range(2_000_000))"
    assert timed(lambda: subprocess.run([sys.executable, "-c", work], check=True)) > 0.05


def test_an_interrupt_beside_the_costs_ends_their_clocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, base = (
        checkout(tmp_path / one, HEARS + "    time.sleep(600)") for one in ("head", "base")
    )
    commits: Any = SimpleNamespace(base=SimpleNamespace(sha="1"), head=SimpleNamespace(sha="2"))
    built: list[Any] = [
        SimpleNamespace(root=one, algorithms=lambda: ["robust_z"]) for one in (head, base)
    ]
    settings = SimpleNamespace(costs=SimpleNamespace(model_dump=lambda: LIMITS))
    found, request = (
        SimpleNamespace(settings=settings, checks=[]),
        SimpleNamespace(checkout=None, quick=False),
    )

    def interrupted(*_: object) -> None:
        while not (head / "pid").exists():
            time.sleep(0.02)
        raise KeyboardInterrupt

    monkeypatch.setattr(compare_builds, "edits_of_the_gate", lambda *_: [])
    monkeypatch.setattr(Pair, "changed", lambda _: ["clockwork"])
    monkeypatch.setattr(Pair, "ask", interrupted)
    since = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        compare_builds._compare(request, commits, found, *built)  # type: ignore[arg-type]
    assert time.monotonic() - since < 15
    assert ended(int((head / "pid").read_text(encoding="utf-8")))
