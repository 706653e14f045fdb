"""A record says all about a verdict in MLflow's words, and nothing that MLflow would garble."""

import math
import re
from dataclasses import replace
from datetime import timedelta

from clockwork.compare.checks.experiments import SKIPPED
from clockwork.gate.catalogue import CheckId, title_of
from clockwork.gate.outcome import Outcome
from clockwork.tracking.record import Record, record
from clockwork.verdict.schema import Verdict
from tests.engine.unit.tracking.conftest import NOW
from tests.engine.unit.verdicts import ESTIMATE


def test_slices_and_parameters_whose_names_become_one_are_kept_apart(verdict: Verdict) -> None:
    sliced = next(one for one in verdict.checks if one.slice)
    estimate = replace(ESTIMATE, head=0.25)
    checks = [
        *(replace(sliced, slice=name) for name in ("age <50", "a" * 99 + "bc", "kind=a")),
        *(replace(sliced, slice=name, estimate=estimate) for name in ("age >50", "a" * 99 + "bd")),
    ]
    commit = verdict.commits["head"].model_copy(update={"params": {"boosting": {"a<": 1, "a>": 2}}})
    changed = verdict.model_copy(update={"checks": checks, "commits": {"head": commit}})
    child = record(changed, NOW, "k", "trial").children[0]
    heads = {name: value for name, value in child.metrics.items() if "." not in name}
    assert sorted(heads.values()) == [0.25, 0.25, 0.5, 0.5, 0.5]
    assert "kind_a/precision" in heads
    assert (
        sum(re.fullmatch(r"age _50_[0-9a-f]{6}/precision", name) is not None for name in heads) == 2
    )
    assert max(len(name) for name in heads) <= 100 + len("/precision")
    assert sorted(child.params.values()) == ["1", "2"]


def test_the_parent_is_named_by_pull_request_and_commit(fresh: Record) -> None:
    assert fresh.name == "PR 17 · a1b2c3d · regression"


def test_without_a_pull_request_the_parent_is_named_by_the_commit(verdict: Verdict) -> None:
    alone = verdict.model_copy(
        update={"context": verdict.context.model_copy(update={"pull_request": None})}
    )
    made = record(alone, NOW, "k", "trial")
    assert made.name == "a1b2c3d · regression"
    assert "pr" not in made.tags


def test_the_parent_carries_the_tags_that_people_filter_by(fresh: Record) -> None:
    wanted = {
        "pr": "17",
        "branch": "topic",
        "head": "a1b2c3d" + "0" * 33,
        "base": "b" * 40,
        "data": "d0",
        "lock": "e0",
        "ci": "github",
        "build_url": "https://ci.example/1",
        "verdict": "regression",
        "seed": "101, 102",
        "clockwork.key": fresh.key,
    }
    assert wanted.items() <= fresh.tags.items()


def test_children_are_the_algorithms_with_their_worst_outcome(fresh: Record) -> None:
    assert [
        (child.name, child.tags["verdict"], child.tags["gating"]) for child in fresh.children
    ] == [("boosting", "regression", "yes"), ("linear", "cannot tell", "no")]
    assert all(child.tags["pr"] == "17" for child in fresh.children)


def test_what_is_only_reported_of_a_gating_algorithm_makes_no_verdict_of_it(
    verdict: Verdict,
) -> None:
    checks = [replace(one, outcome=Outcome.PASS) if one.gating else one for one in verdict.checks]
    made = record(verdict.model_copy(update={"checks": checks}), NOW, "k", "trial")
    assert made.children[0].tags["verdict"] == "pass"


def test_a_child_tells_its_numbers_and_what_is_not_green(fresh: Record) -> None:
    note = fresh.children[0].tags["mlflow.note.content"]
    assert title_of(CheckId.DECISIONS) in note
    assert title_of(CheckId.TRAINED_ON) not in note


def test_runs_are_found_by_the_ids_of_the_checks_that_are_not_green(fresh: Record) -> None:
    assert fresh.tags["red.checks"] == fresh.children[0].tags["red.checks"] == CheckId.NO_WORSE


def test_the_table_shows_the_primary_metric_and_the_difference_of_each(fresh: Record) -> None:
    assert fresh.columns[2:] == ["precision", "delta.precision", "delta.auc"]


def test_a_metric_has_heads_value_and_the_difference_under_a_prefix(fresh: Record) -> None:
    metrics = fresh.children[0].metrics
    assert metrics["precision"] == 0.5
    assert metrics["baseline.precision"] == 0.75
    assert metrics["delta.precision"] == -0.25
    assert metrics["delta_low.precision"] == -0.5
    assert metrics["delta_high.precision"] == -0.125


def test_a_slice_does_not_overwrite_the_whole(fresh: Record) -> None:
    assert fresh.children[0].metrics["kind_a/delta_low.precision"] == -0.75


def test_a_number_that_is_none_becomes_a_tag(fresh: Record) -> None:
    linear = fresh.children[1]
    assert "delta_low.precision" not in linear.metrics
    assert linear.tags["missing.delta_low.precision"] == "nan"
    assert all(math.isfinite(value) for child in fresh.children for value in child.metrics.values())


def test_the_parent_repeats_the_primary_metric_of_every_child(fresh: Record) -> None:
    assert fresh.primary == "precision"
    assert fresh.metrics["boosting/delta.precision"] == -0.25
    assert fresh.metrics["linear/precision"] == 0.5
    assert fresh.columns[:2] == ["boosting/delta.precision", "linear/delta.precision"]


def test_hyperparameters_are_short_strings(fresh: Record) -> None:
    assert fresh.children[0].params == {"rate": "0.123457", "depth": "3", "widths": "[5, 15]"}


def test_a_run_lasts_as_long_as_the_regression_did(fresh: Record) -> None:
    assert fresh.ended - fresh.started == 30_500
    assert fresh.ended == (NOW - NOW.fromtimestamp(0, NOW.tzinfo)) / timedelta(milliseconds=1)


def test_a_verdict_without_any_check_on_an_algorithm_is_a_parent_alone(verdict: Verdict) -> None:
    empty = record(verdict.model_copy(update={"checks": [], "commits": {}}), NOW, "k", "trial")
    assert (empty.children, empty.metrics, empty.primary) == ([], {}, None)


def test_a_record_reads_back_as_it_was_written(fresh: Record) -> None:
    assert Record.model_validate_json(fresh.model_dump_json()) == fresh


def test_a_commit_subject_is_not_read_as_markdown(fresh: Record) -> None:
    assert fresh.tags["mlflow.note.content"].startswith(r"Drop a\_column")


def test_the_parent_says_how_the_run_ended_and_what_people_pushed(verdict: Verdict) -> None:
    merge = verdict.model_copy(
        update={"context": verdict.context.model_copy(update={"commit": "c" * 40})}
    )
    tags = record(merge, NOW, "k", "trial").tags
    assert (tags["exit_code"], tags["head"], tags["commit"]) == (
        "1",
        "a1b2c3d" + "0" * 33,
        "c" * 40,
    )
    assert "quick" not in tags


def test_a_quick_run_says_so(verdict: Verdict) -> None:
    quick = verdict.model_copy(update={"checks": [*verdict.checks, SKIPPED]})
    assert record(quick, NOW, "k", "trial").tags["quick"] == "yes"


def test_a_child_takes_the_hashes_of_its_model(fresh: Record) -> None:
    boosting, linear = fresh.with_tags({"boosting": {"served": "s0"}}).children
    assert (boosting.tags["served"], boosting.tags["primary"]) == ("s0", "precision")
    assert "served" not in linear.tags


def test_a_run_stands_on_the_data_and_on_the_judging_rows(fresh: Record) -> None:
    data, rows = fresh.inputs
    assert (data.name, data.digest, data.context) == ("data", "d0", "training")
    assert (rows.context, rows.digest, rows.profile["rows"]) == ("evaluation", "f" * 36, 9000)


def test_a_record_that_an_older_version_left_waiting_is_still_read(fresh: Record) -> None:
    old = fresh.model_dump(exclude={"inputs"})
    assert Record.model_validate(old).inputs == []
