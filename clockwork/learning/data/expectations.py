"""The expectations of configs/expectations.yaml, held against the raw rows by Great Expectations."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from clockwork.settings.expectations import Expectation
from clockwork.support.errors import BadInput

MANY = 2_000_000  # rows


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


def check_columns(rows: pd.DataFrame, expectations: Sequence[Expectation]) -> None:
    """Raise `BadInput` where a critical expectation names a column that the rows lack."""
    for spec in expectations:
        for name in spec.columns:
            if name not in rows and spec.severity == "critical":
                raise BadInput(
                    f"configs/expectations.yaml: {spec.expect}: no column '{name}' among {list(rows.columns)}, "
                    "where entity, time and label are what configs/data.yaml says they are; rename or drop it"
                )


def check_expectations(rows: pd.DataFrame, expectations: Sequence[Expectation]) -> list[Finding]:
    """Every expectation on every column it names, in the order of the file. Raises `BadInput` on a wrong one.

    Great Expectations copies all that it is given, several times: of many rows it is given a column at a time, where
    that will do.
    """
    _, definition, suite, pairs = _prepare(expectations)
    import great_expectations as gx

    groups: dict[str, list[Any]] = {}
    for (spec, column), one in zip(pairs, suite.expectations, strict=True):
        alone = len(rows) > MANY and column in rows.columns and "row_condition" not in spec.arguments
        groups.setdefault(column if alone else "", []).append(one)
    by_place: dict[int, Any] = {}
    for column, some in groups.items():
        batch = definition.get_batch(batch_parameters={"dataframe": rows[[column]] if column else rows})
        found = batch.validate(gx.ExpectationSuite(name="some", expectations=some), result_format="BASIC")
        by_place |= {result.expectation_config.meta["place"]: result for result in found.results}
    return [_finding(spec, column, by_place[at]) for at, (spec, column) in enumerate(pairs)]


def write_data_docs(rows: pd.DataFrame, expectations: Sequence[Expectation], folder: Path) -> Path:
    """Great Expectations' own pages about `rows` below `folder`; gives their first page.

    They load scripts and styles from other hosts, so they are made on request and are no part of the report.
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
        name="rows", validation_definitions=[context.validation_definitions.add(run)], actions=[action]
    )
    context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": rows})
    return folder / "index.html"


def _prepare(expectations: Sequence[Expectation]) -> tuple[Any, Any, Any, list[tuple[Expectation, str]]]:
    import great_expectations as gx  # three seconds: only the stage that validates pays them
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("rows").add_dataframe_asset("rows")
    pairs = [(spec, column) for spec in expectations for column in (spec.columns or [""])]
    suite = gx.ExpectationSuite(
        name="rows",
        expectations=[_build(gx.expectations, spec, column, at) for at, (spec, column) in enumerate(pairs)],
    )
    return context, asset.add_batch_definition_whole_dataframe("all"), suite, pairs


def _build(library: Any, spec: Expectation, column: str, place: int) -> Any:
    name = "Expect" + "".join(part.title() for part in spec.expect.split("_"))
    if not hasattr(library, name):
        raise BadInput(f"configs/expectations.yaml: Great Expectations has no '{spec.expect}' (class {name})")
    arguments = {**spec.arguments, **({"column": column} if column else {})}
    try:
        return getattr(library, name)(severity=spec.severity, meta={"place": place}, **arguments)
    except (TypeError, ValueError) as error:
        raise BadInput(f"configs/expectations.yaml: {spec.expect}: {str(error).splitlines()[0]}") from None


def _finding(spec: Expectation, column: str, result: Any) -> Finding:
    seen = result.result
    share = seen.get("unexpected_percent")
    observed = f"{share:.3g} % of rows differ" if share else str(seen.get("observed_value", ""))
    if not result.success and seen.get("partial_unexpected_list"):
        observed += f", such as {seen['partial_unexpected_list'][:3]}"
    for problem in (result.exception_info, *result.exception_info.values()):  # one for each metric, or one in all
        if isinstance(problem, dict) and problem.get("raised_exception"):
            observed = str(problem.get("exception_message"))
    expected = ", ".join(f"{key} {value}" for key, value in spec.arguments.items())
    return Finding(spec.expect, column, spec.severity, bool(result.success), expected, observed)
