"""Two files of predictions -> the verdict, its views and the exit code."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.console import Console

from clockwork.commands.files.encode import Encoded, encode, find_task, runs_of, slices_of
from clockwork.commands.files.match import match
from clockwork.commands.files.options import Options
from clockwork.commands.files.question import answers, digest_of, question
from clockwork.commands.files.read import Columns, find_columns, read_table
from clockwork.compare.build_verdict import summarise
from clockwork.compare.paired_scores import Evidence
from clockwork.compare.predictions import evaluation
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome, overall
from clockwork.gate.question import Question
from clockwork.report.html import page
from clockwork.report.junit import junit
from clockwork.report.markdown import comment
from clockwork.report.terminal import render
from clockwork.support.console import Report
from clockwork.support.errors import named
from clockwork.support.git import Commit
from clockwork.support.paths import JUNIT, REPORT_HTML, REPORT_MD, RESULTS, VERDICT
from clockwork.verdict.parts import Context, Evaluation, Rules
from clockwork.verdict.schema import Verdict, write_verdict
from clockwork.verdict.sentences import explained

Further = Callable[[], list[tuple[str, str]]]
Floats = npt.NDArray[np.float64]
WIDTH = 110


def compare(base: Path, head: Path, options: Options, out: Path, report: Report) -> int:
    """Compare two files, write every view below `out`, show the verdict; gives the exit code."""
    verdict, evidence, further = judge(base, head, options)
    write(verdict, evidence, out, further)
    Console(width=WIDTH, markup=False, highlight=False).print(render(verdict))
    names = ", ".join(str(out / path.name) for path in RESULTS)
    report(f"reports: {names}")
    return verdict.exit_code


def judge(base: Path, head: Path, options: Options) -> tuple[Verdict, Evidence | None, Further]:
    """The verdict on two files, the curves' data, and what draws further figures.

    Raises `BadInput` for what cannot be read.
    """
    base_rows, head_rows = read_table(base), read_table(head)
    columns = find_columns(base, base_rows, options)
    matched = match(base_rows, head_rows, columns, (base, head))
    if matched.reason:
        check = Check(CheckId.SAME_ROWS, Outcome.NOT_COMPARABLE, matched.reason)
        return _document([check], base, head, options), None, list
    table = matched.base
    encoded = encode(table, columns, find_task(table, columns, options, base), options, base)
    base_scores = runs_of(table, columns, encoded, base)
    # The targets are equal by value; those of base name the classes of both.
    same = {columns.target: table[columns.target]} if columns.target else {}
    head_columns = find_columns(
        head, matched.head.assign(**same), replace(options, prediction=columns.prediction)
    )
    head_scores = runs_of(matched.head, head_columns, encoded, head)
    asked = question(encoded, columns, options, digest_of(table, columns, encoded))
    checks = answers(
        asked, encoded, head_scores, base_scores, slices_of(table, columns, base), options.name
    )
    checks.insert(
        0,
        Check(
            CheckId.SAME_ROWS,
            Outcome.PASS,
            _rows(table, columns, encoded, len(head_scores), len(base_scores)),
        ),
    )
    evidence = (
        _evidence(encoded, options.name, head_scores, base_scores)
        if encoded.task.name == "binary"
        else None
    )
    verdict = _document(checks, base, head, options, asked, _evaluation(table, columns, encoded))
    return verdict, evidence, lambda: _figures(verdict, encoded, head_scores, base_scores)


def _figures(
    verdict: Verdict, encoded: Encoded, head: Floats, base: Floats
) -> list[tuple[str, str]]:
    if not any(check.estimate for check in verdict.checks):
        return []
    from clockwork.report.by_task import figures  # half a second of matplotlib

    return figures(encoded.task.name, encoded.rows, {"base": base, "head": head})


def _rows(table: pd.DataFrame, columns: Columns, encoded: Encoded, head: int, base: int) -> str:
    by = (
        f"by {', '.join(columns.key)}"
        if columns.key
        else "in their order, for no column is their key"
    )
    few = (
        "; one run a side: what a new seed changes is not in the interval"
        if head == base == 1
        else ""
    )
    positive = f" of '{encoded.positive}'" if encoded.positive else ""
    predicted = named([name for _, names in columns.runs for name in names], 3)
    lost = {name: int(table[name].isna().sum()) for name in columns.slices}
    outside = [f"; {rows} rows have no '{name}'" for name, rows in lost.items() if rows]
    return (
        f"{encoded.task.name}{positive}, {len(table)} rows matched {by}; "
        f"{head} runs against {base} of base, by {predicted}{few}{''.join(outside)}"
    )


def _evaluation(table: pd.DataFrame, columns: Columns, encoded: Encoded) -> Evaluation:
    return evaluation(
        encoded.task, encoded.rows, digest_of(table, columns, encoded), columns.cluster or "row"
    )


def _evidence(encoded: Encoded, name: str, head: object, base: object) -> Evidence:
    rows = encoded.rows
    keys = {"entity": rows.entity if encoded.names is None else encoded.names, "label": rows.label}
    timed = {} if rows.time is None else {"time": rows.time}
    return Evidence(
        pd.DataFrame({**keys, **timed}),
        {name: head},  # type: ignore[dict-item]
        {name: base},  # type: ignore[dict-item]
    )


def _document(
    checks: list[Check],
    base: Path,
    head: Path,
    options: Options,
    asked: Question | None = None,
    evaluation: Evaluation | None = None,
) -> Verdict:
    checks, outcome = [explained(check) for check in checks], overall(checks)
    return Verdict(
        outcome=outcome,
        exit_code=outcome.exit_code,
        summary=summarise(outcome, checks),
        head=_named(head),
        base=_named(base),
        context=Context(),
        rules=_rules(asked) if asked else None,
        evaluation=evaluation,
        checks=checks,
        command=options.command or f"python -m clockwork compare {base} {head}",
    )


def _named(path: Path) -> Commit:
    return Commit(sha=hashlib.sha256(path.read_bytes()).hexdigest(), subject=path.name)


def _rules(asked: Question) -> Rules:
    named = SimpleNamespace(**vars(asked), **vars(asked.rules))
    return Rules.model_validate(named, from_attributes=True)


def write(verdict: Verdict, evidence: Evidence | None, out: Path, further: Further) -> None:
    """The verdict and its views, each whole or not at all."""
    write_verdict(verdict, out / VERDICT.name)
    views = {
        REPORT_MD: comment(verdict),
        REPORT_HTML: page(verdict, evidence, further=further()),
        JUNIT: junit(verdict),
    }
    for path, text in views.items():
        draft = (out / path.name).with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(out / path.name)
