"""Rows that cannot be learnt from.

Each fault is one line with exit code 2, and the graph stops before features.
"""

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from clockwork.learning.stages import validate
from clockwork.support.errors import BadInput

from .conftest import Ended, Project, Projects

PART = "data/part-0.parquet"
Spoil = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(scope="module")
def tiny(project: Projects) -> Project:
    """A project whose data is one small file, so that the stage answers at once."""
    made = project("rows")
    rows = pd.read_parquet(made.root / PART)
    kept = rows.groupby("device").head(200)
    for path in (made.root / "data").glob("*.parquet"):
        path.unlink()
    kept.to_parquet(made.root / PART, index=False)
    return made


@pytest.fixture(scope="module")
def sound(tiny: Project) -> pd.DataFrame:
    """The rows as they should be."""
    return pd.read_parquet(tiny.root / PART)


@pytest.fixture(autouse=True)
def clean(tiny: Project) -> None:
    """Every test starts without a result of validate."""
    (tiny.root / "build" / "validation.json").unlink(missing_ok=True)


# What a file lacks or holds amiss in itself, tests/engine/unit/data has in full.
SPOILT: dict[str, tuple[Spoil, list[str]]] = {
    "a missing metric": (
        lambda rows: rows.drop(columns="cpu"),
        [PART, "'cpu'", "configs/data.yaml"],
    ),
    "a metric of text": (
        lambda rows: rows.assign(cpu=rows["cpu"].astype(str)),
        ["'cpu'", "text", "windows"],
    ),
    "a row twice": (lambda rows: pd.concat([rows[:5], rows[4:]]), ["(row 5)", "twice"]),
    "a row without a time": (
        lambda rows: rows.assign(time=rows["time"].where(np.arange(len(rows)) != 7)),
        ["'time'", "no time"],
    ),
    "only normal rows": (
        lambda rows: rows.assign(label=np.int8(0)),
        ["'label'", "every label is 0", "both classes"],
    ),
}


@pytest.fixture
def refusal(tiny: Project, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """What the stage says, run in this process: one line that comes before any result."""
    monkeypatch.chdir(tiny.root)

    def reported() -> str:
        with pytest.raises(BadInput) as error:
            validate.main()
        assert "\n" not in str(error.value)
        assert not (tiny.root / "build" / "validation.json").exists()
        return str(error.value)

    return reported


@pytest.mark.parametrize("fault", SPOILT)
def test_rows_that_cannot_be_learnt_from_are_reported(
    tiny: Project, sound: pd.DataFrame, refusal: Callable[[], str], fault: str
) -> None:
    spoil, names = SPOILT[fault]
    spoil(sound).to_parquet(tiny.root / PART, index=False)
    message = refusal()
    assert all(name in message for name in names), message
    assert message.startswith(("data/", "configs/")), f"no file: {message}"


def test_the_stage_counts_rows_as_their_file_does_and_not_in_its_own_order(
    tiny: Project, sound: pd.DataFrame, refusal: Callable[[], str]
) -> None:
    shuffled = sound.sample(frac=1, random_state=1, ignore_index=True)
    astray = np.where(shuffled.index == 7, np.timedelta64(5000, "D"), np.timedelta64(0, "D"))
    shuffled["time"] = shuffled["time"] + astray
    shuffled.to_parquet(tiny.root / PART, index=False)
    device = shuffled["device"][7]
    message = refusal()
    assert f"entity '{device}' at" in message
    assert "(row 7) is 14 years away" in message


def test_the_stage_tells_it_in_one_line_and_writes_nothing(
    tiny: Project, sound: pd.DataFrame
) -> None:
    spoil, names = SPOILT["a row twice"]
    spoil(sound).to_parquet(tiny.root / PART, index=False)
    ended = Ended(tiny.python("pipelines.stages.validate"))
    line = ended.refusal
    assert ended.done.stderr == f"{line}\n"
    assert all(name in line for name in names), line
    assert not (tiny.root / "build" / "validation.json").exists()


def test_a_file_that_is_torn_in_the_middle_is_reported_by_name(
    tiny: Project, sound: pd.DataFrame, refusal: Callable[[], str]
) -> None:
    path = tiny.root / PART
    sound.to_parquet(path, index=False)
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + bytes(len(whole) // 2) + whole[100 + len(whole) // 2 :])
    reported = refusal()
    assert PART in reported
    assert "not a readable Parquet file" in reported


def test_parts_that_disagree_on_a_type_are_reported(
    tiny: Project, sound: pd.DataFrame, refusal: Callable[[], str]
) -> None:
    half = len(sound) // 2
    sound[:half].to_parquet(tiny.root / PART, index=False)
    other = tiny.root / "data" / "part-1.parquet"
    sound[half:].assign(time=range(len(sound) - half)).to_parquet(other, index=False)
    try:
        assert "time" in refusal()
    finally:
        other.unlink()


def test_an_expectation_that_does_not_exist_is_reported(
    tiny: Project, sound: pd.DataFrame, refusal: Callable[[], str]
) -> None:
    sound.to_parquet(tiny.root / PART, index=False)
    tiny.edit("configs/expectations.yaml", "column_mean_to_be_between", "column_meen_to_be_between")
    reported = refusal()
    tiny.git("checkout", "--quiet", "configs")
    assert "configs/expectations.yaml" in reported
    assert "'column_meen_to_be_between'" in reported


@pytest.fixture(scope="module")
def strict(project: Projects) -> Project:
    """A project whose head asks of the data what it does not hold."""
    made = project("expectations")
    made.edit(
        "configs/expectations.yaml",
        "min_value: 0.005, max_value: 0.05",
        "min_value: 0.5, max_value: 0.9",
    )
    made.commit("Ask for many anomalies")
    return made


def test_failed_expectations_stop_the_graph_and_are_reported_in_a_table_and_in_the_report(
    strict: Project,
) -> None:
    before = (strict.root / "build" / "features" / "keys.parquet").stat().st_mtime_ns
    ended = strict.call("regression")
    assert "expectations failed (label)" in ended.refusal
    assert not any(line.startswith("features") for line in ended.done.stdout.splitlines())
    keys = strict.root / "build" / "features" / "keys.parquet"
    assert not keys.exists() or keys.stat().st_mtime_ns == before
    table = ended.done.stdout[ended.done.stdout.index("Data that is not as expected") :].partition(
        "\n\n"
    )[0]
    row = next(line for line in table.splitlines() if "column_mean_to_be" in line)
    assert "label" in row
    assert table.count("critical") == 1, "what held is not in the table"
    verdict = strict.verdict()
    assert (verdict["outcome"], verdict["exit_code"]) == ("invalid", 2)
    failed = [
        (one["expectation"], one["column"]) for one in verdict["findings"] if not one["success"]
    ]
    assert failed == [("column_mean_to_be_between", "label")]
    for report in ("report.html", "report.md"):
        text = (
            (strict.root / "build" / report)
            .read_text(encoding="utf-8")
            .replace("\\", "")
            .replace("_", " ")
        )
        assert "column mean to be between" in text, report
    written = json.loads((strict.root / "build" / "validation.json").read_text(encoding="utf-8"))
    assert [one["column"] for one in written["findings"] if not one["success"]] == ["label"]


@pytest.mark.slow
def test_twice_the_same_row_on_head_ends_a_regression_run_with_the_line_of_the_stage(
    strict: Project,
) -> None:
    strict.back_to("main~1")
    part = strict.root / PART
    rows = pd.read_parquet(part)
    part.unlink()
    pd.concat([rows[:5], rows[4:]]).to_parquet(part, index=False)
    strict.pin()
    strict.commit("Add a row twice")
    ended = strict.call("regression", "--base", "main~1")
    assert "twice" in ended.refusal
    assert strict.verdict()["exit_code"] == 2
    assert "twice" in (strict.root / "build" / "report.html").read_text(encoding="utf-8")
