"""The verdict document reads back as it was written, or says in one line why not."""

import json
import math
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from clockwork.gate.outcome import Check, Estimate, Outcome
from clockwork.support.errors import BadInput
from clockwork.verdict.costs import Cost
from clockwork.verdict.parts import Context, Evaluation
from clockwork.verdict.schema import SCHEMA_VERSION, Verdict, read_verdict, write_verdict
from tests.engine.unit.verdicts import AUDIT, ESTIMATE, RED

MISSING: dict[str, Any] = dict.fromkeys(
    ("head", "delta", "lower", "upper", "minimum_detectable", "p_value"), math.nan
)
HOLED = replace(ESTIMATE, **MISSING)


def verdict(**changes: Any) -> Verdict:
    return RED.model_copy(
        update={"summary": "worse — “quoted”\n| <b>", "audit": [AUDIT], **changes}
    )


def written(tmp_path: Path, one: Verdict) -> Path:
    path = tmp_path / "build" / "verdict.json"
    write_verdict(one, path)
    return path


def test_what_is_written_reads_the_same(tmp_path: Path) -> None:
    assert read_verdict(written(tmp_path, verdict())) == verdict()


def test_the_least_verdict_reads_the_same(tmp_path: Path) -> None:
    least = verdict(
        base=None,
        context=Context(),
        commits={},
        checks=[],
        rules=None,
        evaluation=None,
        findings=[],
        decisions=[],
        audit=[],
        costs=[],
    )
    assert read_verdict(written(tmp_path, least)) == least


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_reads_the_same(tmp_path: Path, outcome: Outcome) -> None:
    one = verdict(outcome=outcome, exit_code=outcome.exit_code, checks=[Check("a", outcome, "b")])
    read = read_verdict(written(tmp_path, one))
    assert read.outcome is outcome
    assert read.checks[0].outcome is outcome


def test_numbers_that_are_missing_are_null_in_the_file_and_missing_when_read(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, verdict(checks=[Check("a", Outcome.INVALID, "b", estimate=HOLED)]))
    document = json.loads(
        path.read_text(encoding="utf-8"), parse_constant=lambda word: pytest.fail(word)
    )
    assert document["checks"][0]["estimate"]["lower"] is None
    estimate = read_verdict(path).checks[0].estimate
    assert estimate is not None
    assert repr(estimate) == repr(HOLED)
    assert (estimate.base, estimate.margin) == (ESTIMATE.base, ESTIMATE.margin)


def test_numbers_without_end_never_make_a_file_that_is_no_json(tmp_path: Path) -> None:
    endless = Estimate(0.5, 0.5, 0.0, -math.inf, math.inf, 0.1, math.inf, math.nan)
    path = written(tmp_path, verdict(checks=[Check("a", Outcome.INVALID, "b", estimate=endless)]))
    json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda word: pytest.fail(word))
    assert read_verdict(path).checks[0].estimate is not None


def test_a_cost_keeps_its_ratio_without_writing_it(tmp_path: Path) -> None:
    path = written(tmp_path, verdict(costs=[Cost("size", "trees", head=20.0, base=10.0)]))
    assert read_verdict(path).costs[0].ratio == 2.0
    assert set(json.loads(path.read_text(encoding="utf-8"))["costs"][0]) == {
        field.name for field in fields(Cost)
    }


def test_a_verdict_replaces_the_last_one_whole_and_leaves_no_draft(tmp_path: Path) -> None:
    path = written(tmp_path, verdict(summary="x" * 10_000))
    write_verdict(verdict(summary="short"), path)
    assert read_verdict(path).summary == "short"
    assert [one.name for one in path.parent.iterdir()] == ["verdict.json"]


def test_a_verdict_that_cannot_be_written_leaves_the_last_one(tmp_path: Path) -> None:
    path = written(tmp_path, verdict(summary="first"))
    (path.parent / "verdict.draft").mkdir()
    with pytest.raises(OSError, match="draft"):
        write_verdict(verdict(summary="second"), path)
    assert read_verdict(path).summary == "first"


def test_no_verdict_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"verdict\.json: no verdict there yet; run `make regression`"
    ):
        read_verdict(tmp_path / "verdict.json")


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": "3.0"},
        {"schema_version": "0.9"},
        {"schema_version": None},
        {"surplus": 1},
        {"outcome": "fine"},
        {"checks": None},
        {"decisions": [{**RED.decisions[0].model_dump(), "kind": "moved"}]},
    ],
    ids=[
        "later",
        "earlier",
        "no schema",
        "a key too many",
        "an unknown outcome",
        "no checks",
        "an unknown kind",
    ],
)
def test_another_schema_is_one_line(tmp_path: Path, change: dict[str, Any]) -> None:
    path = written(tmp_path, verdict())
    document = json.loads(path.read_text(encoding="utf-8")) | change
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(
        BadInput, match=rf"verdict\.json: not a verdict of schema {SCHEMA_VERSION}: "
    ) as error:
        read_verdict(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b'{"checks": [{"estimate": "none"}]}']
)
def test_a_file_that_is_no_verdict_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "verdict.json").write_bytes(content)
    with pytest.raises(BadInput, match="not a verdict"):
        read_verdict(tmp_path / "verdict.json")


def test_algorithms_and_their_checks_are_in_the_order_of_the_gate() -> None:
    assert RED.algorithms() == ["trees", "rule"]
    assert [check.metric for check in RED.checks_of("rule")] == [
        None,
        "average_precision",
        "roc_auc",
    ]
    assert RED.checks_of("oracle") == []


def test_a_part_of_the_verdict_is_never_made_with_a_key_too_many() -> None:
    with pytest.raises(ValueError, match="surplus"):
        Evaluation.model_validate({"surplus": 1})
