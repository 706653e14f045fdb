"""The expectations of configs/expectations.yaml, held against raw rows by Great Expectations."""

import gc
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clockwork.learning.data.float32 import ALIKE, BETWEEN, held, widened
from clockwork.learning.data.parts import Parts, one_part
from clockwork.settings.expectations import Expectation
from clockwork.support.errors import BadInput

MANY = 2_000_000  # rows
ROW_BY_ROW = (
    *ALIKE,
    "column_values_to_be_in_set",
    "column_values_to_not_be_in_set",
    "column_values_to_match_regex",
    "column_values_to_not_match_regex",
    "column_value_lengths_to_be_between",
    "column_value_lengths_to_equal",
)
MEAN, LIMITS = "column_mean_to_be_between", {"min_value", "max_value"}
SUMS = ("element_count", "missing_count", "unexpected_count", "partial_unexpected_list")


@dataclass(frozen=True)
class Finding:
    """One expectation on one column: whether it held, and what was seen where it did not."""

    expectation: str
    column: str
    severity: str
    success: bool
    expected: str
    observed: str

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Seen:
    """What Great Expectations finds for one expectation on so many `rows`, by its own names."""

    rows: int
    success: bool
    result: dict[str, Any]
    exception_info: dict[str, Any]

    def with_more(self, other: "Seen", spec: Expectation) -> "Seen":
        """What it would find on these rows and others after them, where `by_part` holds."""
        if not self.result or not other.result:  # it raised an error
            return self if not self.result else other
        rows, asked = self.rows + other.rows, spec.arguments
        if spec.expect == MEAN:
            mean = (
                sum(round(one.result["observed_value"] * one.rows) for one in (self, other)) / rows
            )
            held = asked.get("min_value", mean) <= mean <= asked.get("max_value", mean)
            return Seen(rows, held, {"observed_value": mean}, self.exception_info)
        total = {
            name: self.result[name] + other.result[name] for name in SUMS if name in self.result
        }
        considered, unexpected = (
            total["element_count"] - total.get("missing_count", 0),
            total["unexpected_count"],
        )
        held = not considered or (considered - unexpected) / considered >= asked.get("mostly", 1)
        share = {"unexpected_percent": unexpected / considered * 100 if considered else None}
        return Seen(rows, held, {**total, **share}, self.exception_info)


def by_part(spec: Expectation, column: "pd.Series[Any]") -> bool:
    """Whether what holds of all rows follows from their parts: of each row, or a mean of counts."""
    if spec.expect == MEAN:
        whole = isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu"
        return whole and set(spec.arguments) <= LIMITS and None not in spec.arguments.values()
    return spec.expect in ROW_BY_ROW and "row_condition" not in spec.arguments


def check_columns(rows: pd.DataFrame, expectations: Sequence[Expectation]) -> None:
    """Raise `BadInput` where a critical expectation names a column that the rows lack."""
    for spec in expectations:
        for name in spec.columns:
            if name not in rows and spec.severity == "critical":
                raise BadInput(
                    f"configs/expectations.yaml: {spec.expect}: "
                    f"no column '{name}' among {list(rows.columns)}, where entity, "
                    "time and label are what configs/data.yaml says they are; rename or drop it"
                )


def check_expectations(rows: pd.DataFrame, expectations: Sequence[Expectation]) -> list[Finding]:
    """Every expectation on every column it names, in the order of the file.

    Raises `BadInput` on a wrong one.
    """
    return check_parts(one_part(rows), expectations)


def check_parts(rows: Parts, expectations: Sequence[Expectation]) -> list[Finding]:
    """The same of rows in parts.

    Great Expectations copies all that it is given, several times. So of rows in parts it is given a
    part at a time, where an expectation is of each row by itself; else of many rows a column at a
    time, where that will do.
    """
    header, many = rows.header, rows.rows > MANY
    _, definition, suite, pairs = _prepare(expectations, header)
    by_row: list[Any] = []
    groups: dict[str, list[Any]] = {}
    for (spec, column), one in zip(pairs, suite.expectations, strict=True):
        alone = column in header and "row_condition" not in spec.arguments
        if rows.count > 1 and alone and by_part(spec, header[column]):
            by_row.append(one)
        else:
            groups.setdefault(column if alone and many else "", []).append(one)
    by_place: dict[int, Seen] = {}
    for part in rows.read(list({one.column: 0 for one in by_row})) if by_row else ():
        for at, seen in _seen(definition, part, by_row).items():
            by_place[at] = by_place[at].with_more(seen, pairs[at][0]) if at in by_place else seen
        gc.collect()  # Great Expectations leaves each part, and copies of it, in circles
    for column, some in groups.items():
        by_place |= _seen(definition, rows.whole([column] if column else None), some)
    return [_finding(spec, column, by_place[at]) for at, (spec, column) in enumerate(pairs)]


def _seen(definition: Any, rows: pd.DataFrame, expectations: list[Any]) -> dict[int, "Seen"]:
    import great_expectations as gx

    batch = definition.get_batch(batch_parameters={"dataframe": widened(rows, expectations)})
    found = batch.validate(
        gx.ExpectationSuite(name="some", expectations=expectations), result_format="BASIC"
    )
    return {
        result.expectation_config.meta["place"]: Seen(
            len(rows), bool(result.success), result.result, result.exception_info
        )
        for result in found.results
    }


def write_data_docs(rows: pd.DataFrame, expectations: Sequence[Expectation], folder: Path) -> Path:
    """Great Expectations' own pages about `rows` below `folder`; gives their first page.

    They load scripts and styles from other hosts, so they are made on request and are no part of
    the report.
    """
    context, definition, suite, _ = _prepare(expectations)
    import great_expectations as gx

    place = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.resolve())}
    site = {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": place,
    }
    context.add_data_docs_site(site_name="docs", site_config=site)
    run = gx.ValidationDefinition(name="rows", data=definition, suite=context.suites.add(suite))
    action = gx.checkpoint.UpdateDataDocsAction(name="docs", site_names=["docs"])
    checkpoint = gx.Checkpoint(
        name="rows",
        validation_definitions=[context.validation_definitions.add(run)],
        actions=[action],
    )
    context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": rows})
    return folder / "index.html"


def _prepare(
    expectations: Sequence[Expectation], header: pd.DataFrame | None = None
) -> tuple[Any, Any, Any, list[tuple[Expectation, str]]]:
    import great_expectations as gx  # three seconds: only the stage that validates pays them
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("rows").add_dataframe_asset("rows")
    pairs = [(spec, column) for spec in expectations for column in (spec.columns or [""])]
    suite = gx.ExpectationSuite(
        name="rows",
        expectations=[
            _build(gx.expectations, spec, _arguments(spec, column, header), at)
            for at, (spec, column) in enumerate(pairs)
        ],
    )
    return context, asset.add_batch_definition_whole_dataframe("all"), suite, pairs


def _arguments(spec: Expectation, column: str, header: pd.DataFrame | None) -> dict[str, Any]:
    found = {**spec.arguments, **({"column": column} if column else {})}
    if header is None or spec.expect != BETWEEN or column not in header:
        return found
    narrow = header[column].dtype == np.float32
    return {
        name: held(value) if narrow and name in LIMITS else value for name, value in found.items()
    }


def _build(library: Any, spec: Expectation, arguments: dict[str, Any], place: int) -> Any:
    name = "Expect" + "".join(part.title() for part in spec.expect.split("_"))
    if not hasattr(library, name):
        raise BadInput(
            f"configs/expectations.yaml: Great Expectations has no '{spec.expect}' (class {name})"
        )
    try:
        return getattr(library, name)(severity=spec.severity, meta={"place": place}, **arguments)
    except (TypeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        for fault in getattr(error, "errors", list)()[:1]:  # of pydantic, whose first line counts
            reason = f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
        raise BadInput(f"configs/expectations.yaml: {spec.expect}: {reason}") from None


def _finding(spec: Expectation, column: str, result: Seen) -> Finding:
    seen = result.result
    share = seen.get("unexpected_percent")
    observed = f"{share:.3g} % of rows differ" if share else str(seen.get("observed_value", ""))
    if not result.success and seen.get("partial_unexpected_list"):
        observed += f", such as {seen['partial_unexpected_list'][:3]}"
    # One for each metric, or one in all.
    for problem in (result.exception_info, *result.exception_info.values()):
        if isinstance(problem, dict) and problem.get("raised_exception"):
            observed = str(problem.get("exception_message"))
    expected = ", ".join(f"{key} {value}" for key, value in spec.arguments.items())
    return Finding(spec.expect, column, spec.severity, result.success, expected, observed)
