"""Two files of predictions get the verdict that the pipeline's gate would give, in every view."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clockwork.cli import main
from clockwork.commands.files.compare import judge
from clockwork.commands.files.options import Options
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Outcome
from clockwork.support.errors import BadInput
from clockwork.verdict.schema import Verdict, read_verdict

from .conftest import BEST, MAKE, TARGET, WORST

Files = Callable[..., tuple[Path, Path]]
QUICK = Options(resamples=200)


def verdict(
    files: Files,
    task: str,
    skill: float,
    change: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows,
) -> Verdict:
    return judge(
        *files(task, skill, change), Options(resamples=200, target=TARGET[task], margin=0.05)
    )[0]


@pytest.mark.parametrize("task", MAKE)
def test_new_seeds_pass_and_a_lost_skill_is_a_regression(files: Files, task: str) -> None:
    found = verdict(files, task, BEST[task])
    assert found.outcome.green, found.summary
    assert found.checks[0].message.startswith(task)
    assert verdict(files, task, WORST[task]).outcome is Outcome.REGRESSION


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_the_order_of_rows_does_not_matter(files: Files, task: str) -> None:
    mixed = verdict(files, task, BEST[task], lambda rows: rows.sample(frac=1, random_state=3))
    assert mixed.checks == verdict(files, task, BEST[task]).checks


@pytest.mark.parametrize(("threshold", "share"), [(0.5, "87.5%"), (0.8, "0.0%")])
def test_one_run_alone_tells_how_many_alerts_the_threshold_replaces(
    tmp_path: Path, threshold: float, share: str
) -> None:
    rows = pd.DataFrame({"label": np.arange(400) % 2, "prediction": np.linspace(0.1, 0.9, 400)})
    paths = tmp_path / "base.parquet", tmp_path / "head.parquet"
    for path, low in zip(paths, (0.4, 0.6), strict=True):  # on either side of a half
        rows.assign(prediction=rows["prediction"].where(rows["prediction"] > 0.8, low)).to_parquet(
            path
        )
    found, *_ = judge(*paths, Options(resamples=200, threshold=threshold))
    (check,) = [one for one in found.checks if one.id == CheckId.DECISIONS]
    assert check.message == f"{share} of alerts are replaced; base has one run"


def test_every_class_is_a_slice(files: Files) -> None:
    slices = {check.slice for check in verdict(files, "multiclass", 1.5).checks if check.slice}
    assert slices == {"class low", "class mid", "class top"}


def test_columns_named_slice_are_slices_and_others_are_not(files: Files) -> None:
    slices = {check.slice for check in verdict(files, "binary", 1.5).checks if check.slice}
    assert slices == {"kind a", "kind b"}


def test_named_classes_are_judged_by_accuracy(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    true = rng.choice(["a", "b", "c"], 600)
    for name, right in (("base", 0.8), ("head", 0.6)):
        reported = np.where(rng.random(600) < right, true, rng.choice(["a", "b", "c"], 600))
        pd.DataFrame({"id": range(600), "target": true, "prediction": reported}).to_csv(
            tmp_path / f"{name}.csv", index=False
        )
    found = judge(tmp_path / "base.csv", tmp_path / "head.csv", QUICK)[0]
    assert (found.outcome, found.rules and found.rules.primary) == (Outcome.REGRESSION, "accuracy")
    assert "one run a side" in found.checks[0].message


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda rows: rows.iloc[5:], "5 rows are base's alone, such as id 0"),
        (
            lambda rows: rows.assign(id=rows["id"] + 1),
            "1 rows are base's alone, such as id 0; 1 rows head's alone",
        ),
        (
            lambda rows: rows.assign(label=["yes", *rows["label"][1:]]),
            "1 targets differ, first at id 0: no on base, yes on head",
        ),
    ],
    ids=["rows are gone", "rows are others", "a target differs"],
)
def test_other_rows_or_targets_are_not_comparable(
    files: Files, change: Callable[[pd.DataFrame], pd.DataFrame], expected: str
) -> None:
    found = verdict(files, "binary", 1.5, change)
    assert (found.outcome, found.exit_code, found.checks[0].id) == (
        Outcome.NOT_COMPARABLE,
        3,
        CheckId.SAME_ROWS,
    )
    assert expected in found.checks[0].message


def test_fewer_than_thirty_clusters_are_invalid(tmp_path: Path) -> None:
    for name in ("base", "head"):
        MAKE["regression"](1.0, range(2)).head(29).to_csv(tmp_path / f"{name}.csv", index=False)
    found = judge(tmp_path / "base.csv", tmp_path / "head.csv", Options(target="price"))[0]
    assert (found.outcome, found.exit_code) == (Outcome.INVALID, 3)
    assert "29 clusters; fewer than 30 cannot carry a verdict" in found.summary


def test_rows_of_one_cluster_stand_together(files: Files) -> None:
    base, head = files("regression", 1.0, lambda rows: rows.assign(shop=rows["id"] // 10))
    MAKE["regression"](1.0, range(5)).assign(shop=np.arange(1200) // 10).to_csv(base, index=False)
    found = judge(base, head, Options(resamples=200, target="price", cluster="shop"))[0]
    assert found.evaluation
    assert (found.evaluation.clusters, found.evaluation.cluster) == (120, "shop")


def test_items_that_nobody_judged_are_not_comparable_where_head_shows_more_of_them(
    tmp_path: Path,
) -> None:
    rows = MAKE["ranking"](1.0, range(3))
    rows["relevance"] = rows["relevance"].astype(float).where(rows["item"] < 6)
    rows["item"] *= 2
    long = pd.concat([rows, rows.assign(item=rows["item"] + 1)])
    liked = long.assign(
        **{f"prediction_{seed}": long["relevance"].isna() * 9.0 + long["item"] for seed in range(3)}
    )
    long.to_csv(tmp_path / "base.csv", index=False)
    liked.to_csv(tmp_path / "head.csv", index=False)
    checks = judge(tmp_path / "base.csv", tmp_path / "head.csv", QUICK)[0].checks
    (judged,) = [check for check in checks if check.id == CheckId.ITEMS_JUDGED]
    assert judged.outcome is Outcome.NOT_COMPARABLE
    assert "of head's first ten items have a judgement" in judged.message


@pytest.mark.parametrize(
    ("change", "options", "expected"),
    [
        (
            lambda rows: rows,
            {"target": "tarjet"},
            "no column 'tarjet' for --target; there are id, label",
        ),
        (lambda rows: rows.drop(columns="label"), {}, "no column of targets"),
        (lambda rows: rows[["id", "label"]], {}, "no column 'prediction' or 'prediction_<seed>'"),
        (lambda rows: rows.assign(id=0), {}, "id 0 is in rows 0 and 1"),
        (
            lambda rows: rows.assign(label=rows["label"].mask(rows["id"] == 3)),
            {},
            "'label' has no value in row 3",
        ),
        (
            lambda rows: rows.assign(label=rows["label"].replace("yes", "maybe")),
            {},
            "which value of 'label' is the",
        ),
        (
            lambda rows: rows.assign(prediction_1="high"),
            {},
            "column 'prediction_1' is 'high' in row 0, not a number",
        ),
        (
            lambda rows: rows,
            {"primary": "mae"},
            "binary has no metric 'mae', only average_precision",
        ),
        (lambda rows: rows, {"task": "clusters"}, "there is no such task, only binary"),
        (lambda rows: rows.assign(label="no"), {}, "one value only"),
        (lambda rows: rows.assign(slice_id=rows["id"]), {}, "the gate takes 12"),
    ],
)
def test_bad_input_is_one_line_that_names_file_column_and_remedy(
    files: Files,
    change: Callable[[pd.DataFrame], pd.DataFrame],
    options: dict[str, str],
    expected: str,
) -> None:
    base, head = files("binary", 1.5, change)
    change(MAKE["binary"](1.5, range(5))).to_csv(base, index=False)
    with pytest.raises(BadInput) as error:
        judge(base, head, Options(**options))  # type: ignore[arg-type]
    assert expected in str(error.value)


@pytest.mark.parametrize("name", ["missing.csv", "odd.parquet"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "odd.parquet").write_text("no parquet")
    with pytest.raises(BadInput, match=name):
        judge(tmp_path / name, tmp_path / name, QUICK)


def test_scores_of_answers_need_no_target(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for name, right in (("base", 0.8), ("head", 0.6)):
        scores = {f"score_{run}": (rng.random(400) < right) * 1.0 for run in range(2)}
        pd.DataFrame({"id": range(400), **scores}).to_csv(tmp_path / f"{name}.csv", index=False)
    found = judge(
        tmp_path / "base.csv", tmp_path / "head.csv", Options(task="answers", resamples=200)
    )[0]
    assert found.outcome is Outcome.REGRESSION
    assert found.rules
    assert found.rules.primary == "mean_score"


def test_the_command_writes_every_view_and_gives_the_exit_code(
    files: Files, tmp_path: Path
) -> None:
    base, head = files("regression", WORST["regression"])
    out = tmp_path / "out"
    args = [
        "compare",
        str(base),
        str(head),
        "--target=price",
        "--resamples=200",
        f"--out={out}",
        "--guardrail=rmse=0.1",
    ]
    assert main([*args, "--two-sided=predicted_over_observed=0.1"]) == 1
    written = read_verdict(out / "verdict.json")
    assert set(written.rules.guardrails if written.rules else ()) == {
        "rmse",
        "predicted_over_observed",
    }
    cases = ET.parse(out / "junit.xml").getroot().findall(".//testcase")  # noqa: S314 - ours
    assert len(cases) == len(written.checks)
    assert len([case for case in cases if case.find("failure") is not None]) >= 1
    comment, page = (
        (out / name).read_text(encoding="utf-8") for name in ("report.md", "report.html")
    )
    for text in (comment, page):
        assert "REGRESSION" in text.upper()
        assert "make regression" not in text
        assert "with a positive" not in text
    assert json.loads((out / "verdict.json").read_text())["evaluation"]["cases"] == "clusters"
