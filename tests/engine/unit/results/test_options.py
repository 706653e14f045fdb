"""Options of `compare` that cannot be kept are refused, and those that can are."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from clockwork.cli import main
from clockwork.commands.files.compare import judge
from clockwork.commands.files.options import Options

from .conftest import MAKE

Files = Callable[..., tuple[Path, Path]]


@pytest.mark.parametrize(
    ("options", "reported"),
    [
        (["--guardrail=roc_auc=much"], "--guardrail roc_auc=much: write METRIC=MARGIN"),
        (["--guardrail=roc_auc=inf"], "--guardrail roc_auc=inf: write METRIC=MARGIN"),
        (["--two-sided=roc_auc=nan"], "--two-sided roc_auc=nan: write METRIC=MARGIN"),
        (
            ["--guardrail=roc_auc=0.1", "--two-sided=roc_auc=0.2"],
            "there are two margins of roc_auc",
        ),
        (["--primary=roc_auc", "--guardrail=roc_auc=0.001"], "roc_auc: it is the primary metric"),
        (["--primary=alerts_per_day_at_base_rate"], "no metric 'alerts_per_day_at_base_rate'"),
        (["--guardrail=roc_auc_at_base_rate=0.1"], "no metric 'roc_auc_at_base_rate'"),
        (["--margin=inf"], "inf is not in the range"),
        (["--margin=nan"], "nan is not a finite number"),
        (["--threshold=nan"], "nan is not a finite number"),
    ],
)
def test_an_option_that_would_be_ignored_is_bad_input_and_leaves_no_earlier_verdict(
    files: Files,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    reported: str,
) -> None:
    base, head = files("binary", 1.5)
    files_of_others = {"base.csv", "head.parquet", "report.md", "junit.xml"}
    for earlier in ((), ("report.html", "verdict.json")):
        for name in ("report.md", "junit.xml", *earlier):
            (tmp_path / name).write_text("of an earlier run, where a verdict is")
        assert main(["compare", str(base), str(head), f"--out={tmp_path}", *options]) == 2
        assert reported in capsys.readouterr().err
        if "finite" in reported or "range" in reported:  # of the command line itself
            return
        left = {path.name for path in tmp_path.iterdir()}
        assert left == ({"base.csv", "head.parquet"} if earlier else files_of_others)


def test_alerts_may_be_primary(files: Files) -> None:
    def timed(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(time=rows["id"] % 40 * 60, entity=rows["id"] // 40)

    base, head = files("binary", 1.5, timed)
    timed(MAKE["binary"](1.5, range(5))).to_csv(base, index=False)
    found = judge(base, head, Options(resamples=200, primary="alerts_per_day", guardrails={}))[0]
    by_metric = {check.metric: check for check in found.checks if check.metric}
    assert by_metric["alerts_per_day"].gating
    assert not by_metric["alerts_per_day_at_base_rate"].gating
