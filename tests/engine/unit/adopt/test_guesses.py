"""What a table's columns are taken for.

That is task, positive class, time, entity, key, what is left out, split and slices.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml

from clockwork.adopt.guess import Given
from clockwork.adopt.inspect import inspect
from clockwork.adopt.measure import Sensitivity
from clockwork.adopt.propose import Proposal
from clockwork.adopt.write import data_yaml
from clockwork.commands.adopt.found import Found, look
from clockwork.settings.data import DataSettings
from clockwork.settings.strict import parse

from .conftest import ROWS, Bring, customers, days

Look = Callable[..., Found]
EVERY = np.arange(ROWS)
RNG = np.random.default_rng(1)
DAYS = ("%d.%m.%Y", "%m/%d/%Y", "%d %b %Y", "%Y/%m/%d")
MONTHS = ("%Y-%m", "%m/%Y", "%Y %b", "%b %Y")


def of(found: Found) -> Proposal:
    return found.proposal


def test_labels_that_are_text_are_two_classes_and_the_one_that_is_looked_for_is_positive(
    found: Look,
) -> None:
    proposal = of(found(customers()))
    assert (proposal.task, proposal["positive"]) == ("binary", "Yes")
    assert proposal.questions == [
        "are these the groups whose losses matter by themselves: region? (--slices)"
    ]


@pytest.mark.parametrize(
    ("values", "positive"),
    [
        (("stayed", "gone"), "gone"),
        (("good", "poor"), "poor"),
        ((True, False), None),
        ((0, 1), None),
        ((1, 2), 2),
    ],
)
def test_the_positive_one_of_two_values_is_found_by_what_they_mean(
    found: Look, values: tuple[object, object], positive: object
) -> None:
    left = [values[int(at % 10 < 3)] for at in EVERY]
    assert of(found(customers(left=left)))["positive"] == positive


def test_where_neither_value_says_so_the_rarer_is_taken_and_asked_about(found: Look) -> None:
    proposal = of(found(customers(left=np.where(EVERY % 10 < 3, "red", "blue"))))
    assert proposal["positive"] == "red"
    assert (
        proposal.questions[0]
        == "which value of 'left' is looked for, 'blue' or 'red'? (--positive)"
    )


def test_without_time_and_entity_rows_are_drawn_and_both_sides_are_usable(found: Look) -> None:
    proposal = of(found(customers()))
    assert (proposal["time"], proposal["entity"], proposal["split"]["by"]) == (None, None, "random")
    assert proposal.counts.clusters >= 100
    assert proposal.counts.train >= ROWS // 2 - 10


@pytest.mark.parametrize("pattern", [*DAYS, *MONTHS])
@pytest.mark.parametrize("name", ["customers.csv", "customers.parquet"])
def test_days_and_months_as_text_are_the_time_and_later_rows_evaluate(
    found: Look, pattern: str, name: str
) -> None:
    proposal = of(found(customers(booked=days(pattern)), name))
    assert proposal["time"] == "booked"
    assert proposal.dates == {"booked": pattern}
    assert proposal["split"]["by"] == "time"


def test_a_day_that_could_be_a_month_is_asked_about(found: Look) -> None:
    proposal = of(found(customers(booked=[f"0{at % 9 + 1}/0{at % 7 + 1}/2025" for at in EVERY])))
    assert proposal.dates == {"booked": "%d/%m/%Y"}
    assert (
        "'booked' is read as %d/%m/%Y; day and month could be the other way" in proposal.questions
    )


def test_of_dates_in_every_row_that_of_a_birth_is_a_feature(found: Look) -> None:
    proposal = of(found(customers(birth_date=days()[::-1], order_date=days())))
    assert proposal["time"] == "order_date"
    assert proposal.role("birth_date") == "feature"


def test_a_number_of_seconds_since_1970_is_a_time(found: Look) -> None:
    proposal = of(found(customers(timestamp=1_700_000_000 + 3600 * EVERY)))
    assert (proposal["time"], proposal["unit"]) == ("timestamp", "seconds")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("hour", EVERY % 24 + EVERY % 7 / 8),
        ("hour", EVERY % 24),
        ("minute", EVERY % 60),
        ("total_day_minutes", 100 + EVERY),
        ("minutes_of_use", 100 + EVERY / 8),
    ],
)
def test_a_duration_and_a_part_of_a_day_are_no_time(
    found: Look, name: str, values: np.ndarray
) -> None:
    proposal = of(found(customers(**{name: values})))
    assert (proposal["time"], proposal.role(name)) == (None, "feature")


def test_a_time_that_is_given_has_the_unit_of_its_name(found: Look) -> None:
    proposal = of(found(customers(total_minutes=100 + EVERY), time="total_minutes"))
    assert (proposal["time"], proposal["unit"]) == ("total_minutes", "minutes")


@pytest.mark.parametrize("kind", [int, str])
def test_days_as_one_number_are_dates(found: Look, kind: type) -> None:
    proposal = of(found(customers(booked=[kind(day) for day in days("%Y%m%d")])))
    assert (proposal["time"], proposal.dates) == ("booked", {"booked": "%Y%m%d"})


@pytest.mark.parametrize("least", [20_250_000, 20_251_300, 90_000_000])
def test_numbers_of_eight_digits_that_are_no_days_are_numbers(found: Look, least: int) -> None:
    proposal = of(found(customers(stock=least + 128 * EVERY)))
    assert (proposal["time"], proposal.dates) == (None, {})


def test_few_entities_that_come_again_and_again_are_asked_about_and_stay_features(
    found: Look,
) -> None:
    proposal = of(
        found(customers(state=[f"land {at % 40}" for at in EVERY], year=1990 + EVERY // 40))
    )
    assert (proposal["entity"], proposal["key"]) == (None, None)
    assert (proposal.role("state"), proposal.role("year")) == ("feature", "feature")
    assert any(
        "do rows of one 'state' belong together? (--entity state if so" in one
        for one in proposal.questions
    )


def test_few_entities_hide_no_panel_behind_them(found: Look) -> None:
    month = [f"{2010 + at % 10}-{at % 8 // 4 + 1:02d}" for at in EVERY]
    table = customers(
        region=[f"land {at % 30}" for at in EVERY],
        manager=[f"she {at // 8}" for at in EVERY],
        month=month,
    )
    assert of(found(table))["entity"] == "manager"


@pytest.mark.parametrize(
    "name", ["num_workers", "workers", "no_users", "companies", "plants", "customers"]
)
def test_how_many_there_are_is_nobody(found: Look, name: str) -> None:
    proposal = of(found(customers(**{name: EVERY % 89})))
    assert (proposal["entity"], proposal.role(name)) == (None, "feature")


@pytest.mark.parametrize(
    "name", ["worker", "worker_id", "participant no", "IndividualId", "customer_id", "id"]
)
def test_whose_rows_come_again_is_an_entity_and_they_stand_together(found: Look, name: str) -> None:
    proposal = of(found(customers(**{name: EVERY % 89})))
    assert (proposal["entity"], proposal["split"]["by"]) == (name, "entity")


@pytest.mark.parametrize(
    "values", [[np.inf, 1.0], [Decimal(10**30), Decimal(10**30 + 1)], [20010101, 20010201]]
)
def test_numbers_that_are_no_days_stay_as_they_are(values: list[Any]) -> None:
    table = pa.table({"left": [0, 1] * 300, "x": pa.array(values * 300)})
    assert [column.written for column in inspect(table, "left")] == [None, None]


def test_rows_of_one_entity_at_one_time_are_named_by_what_tells_them_apart(found: Look) -> None:
    whose, when = EVERY // 6, EVERY // 6 * 7 + EVERY % 6 // 2
    table = customers(user_id=whose, timestamp=1_700_000_000 + when, film_id=EVERY % 6 + 10)
    proposal = of(found(table))
    assert (proposal["entity"], proposal["time"]) == ("user_id", "timestamp")
    assert proposal["key"] == ["user_id", "film_id"]


def test_rows_of_a_country_and_a_year_that_come_again_are_each_by_itself(found: Look) -> None:
    assert (
        of(found(customers(country=[f"land {at % 75}" for at in EVERY], year=1990 + EVERY % 7)))[
            "entity"
        ]
        is None
    )


@pytest.mark.parametrize(
    ("roles", "fault"),
    [
        ({"entity": "at"}, "'at' has two roles; give each column one"),
        ({"entity": "parts"}, "--entity 'parts' is list<.*>, no number, date or text"),
        ({"key": ("parts",)}, "--key 'parts' is list<.*>, no number, date or text"),
        ({"target": "parts"}, "--target 'parts' is list<.*>, no number, date or text"),
        ({"target": "raw"}, "--target 'raw' is binary, no number, date or text"),
    ],
)
def test_a_column_that_cannot_be_what_it_is_given_for_is_one_line(
    bring: Bring, roles: dict[str, Any], fault: str
) -> None:
    table = customers(at=days(), parts=[[at, at] for at in EVERY], raw=[b"x"] * ROWS)
    problems = bring(table, "customers.parquet", **roles)[1]
    assert len(problems) == 1
    assert re.search(fault, problems[0])


def test_categories_of_their_own_in_each_file_name_rows(tmp_path: Path) -> None:
    table = customers(user_id=EVERY // 2, at=pd.to_datetime(days())).astype({"user_id": str})
    data, staged = tmp_path / "data", tmp_path / "staged"
    for folder in (data, staged):
        folder.mkdir()
    for name, some in (("0", table[:300]), ("1", table[300:])):
        some.astype({"user_id": "category"}).to_parquet(data / f"{name}.parquet", index=False)
    found, problems = look(data, Given("left"), None, staged)
    assert found is not None
    assert (found.proposal["entity"], problems) == ("user_id", [])


def test_rows_that_follow_many_over_some_periods_are_of_these(found: Look) -> None:
    proposal = of(
        found(customers(country=[f"land {at % 75}" for at in EVERY], year=1990 + EVERY // 75))
    )
    assert (proposal["entity"], proposal["key"], proposal["split"]["by"]) == (
        "country",
        ["country", "year"],
        "entity",
    )
    assert "do rows of one 'country' belong together? (--entity none if not)" in proposal.questions


def gaps(none: str | None) -> list[str | None]:
    return [none if at % 10 == 4 else label for at, label in enumerate(customers()["left"])]


@pytest.mark.parametrize("none", [None, " "])
def test_a_target_with_gaps_is_refused_with_its_first_row(bring: Bring, none: str | None) -> None:
    assert bring(customers(left=gaps(none)))[1] == [
        "target 'left': 60 rows have none, the first is row 4; keep labelled rows only, "
        "or leave them out by --unlabelled drop"
    ]


@pytest.mark.parametrize("none", [None, " "])
def test_rows_without_a_target_are_left_out_where_one_says_so(
    found: Look, none: str | None
) -> None:
    proposal = of(found(customers(left=gaps(none)), unlabelled="drop"))
    assert yaml.safe_load(data_yaml(proposal))["unlabelled"] == "drop"
    assert proposal.guesses["unlabelled"].why == "60 of 600 rows have no target"
    assert proposal.counts.train + proposal.counts.evaluate == 540


def test_a_target_that_no_row_has_is_one_line(bring: Bring) -> None:
    problems = bring(customers(left=[" "] * ROWS), unlabelled="drop")[1]
    assert problems == [
        "target 'left': no row has one; bring labelled rows, or take another --target"
    ]


def test_a_target_of_0_and_1_with_gaps_is_of_two_classes(found: Look) -> None:
    left = np.where(EVERY % 10 == 4, np.nan, EVERY % 3 == 0)
    proposal = of(found(customers(left=left), "customers.parquet", unlabelled="drop"))
    assert (proposal.task, proposal["positive"]) == ("binary", None)


def test_a_column_with_blank_text_is_no_slice(found: Look) -> None:
    region = ["" if at % 9 == 1 else "north" if at % 2 else "south" for at in EVERY]
    assert of(found(customers(region=[value or " " for value in region])))["slices"] is None


def test_a_single_entity_is_none(found: Look) -> None:
    proposal = of(found(customers(device="pump-1", at=days())))
    assert proposal["entity"] is None
    assert proposal.exclude["device"].why == "the same in every row"
    assert proposal["split"]["by"] == "time"


def test_an_id_that_is_the_row_number_is_neither_key_nor_feature(found: Look) -> None:
    proposal = of(found(customers(id=EVERY + 1)))
    assert proposal["key"] is None
    assert proposal.exclude["id"].why == "counts the rows"


def test_an_id_that_names_rows_is_the_key(found: Look) -> None:
    assert of(found(customers(order_id=RNG.permutation(10 * ROWS)[:ROWS])))["key"] == ["order_id"]


@pytest.mark.parametrize("kind", ["number", "text", "missing"])
def test_a_column_that_leaks_is_left_out_and_asked_about(found: Look, kind: str) -> None:
    left = customers()["left"] == "Yes"
    noise = RNG.random(ROWS)
    leak = {
        "number": left + 0.4 * noise,
        "text": np.where(left, "closed", np.where(noise < 0.02, "closed", "open")),
        "missing": np.where(left, noise, np.nan),
    }[kind]
    proposal = of(found(customers(refund=leak)))
    assert "alone tells the target" in proposal.exclude["refund"].why
    assert proposal.questions[0].startswith("'refund' alone tells the target")
    assert "refund" in yaml.safe_load(data_yaml(proposal))["exclude"]


def test_names_words_among_numbers_and_empty_columns_are_left_out(found: Look) -> None:
    odd = [str(at) for at in EVERY]
    odd[7] = "n.n."
    proposal = of(
        found(customers(name=[f"person {at}" for at in EVERY], mixed=odd, gone=[None] * ROWS))
    )
    assert set(proposal.exclude) == {"name", "mixed", "gone"}


def test_a_column_of_sentences_counts_by_its_words(found: Look) -> None:
    words = np.array(["slow", "fine", "refund", "thanks", "late", "quick"])
    notes = [" ".join(RNG.choice(words, 5)) for _ in EVERY]
    assert of(found(customers(note=notes))).text == ("note",)


def test_slices_are_columns_whose_every_value_has_enough_that_counts(found: Look) -> None:
    rare = np.where(EVERY % 40 == 0, "vip", "other")
    proposal = of(found(customers(segment=rare)))
    assert proposal["slices"] == ["region"]


def test_what_is_given_is_taken(found: Look) -> None:
    table = customers(customer_id=RNG.integers(0, 300, ROWS), booked=days())
    proposal = of(
        found(table, entity="none", time="none", positive="No", slices=("none",), exclude=("age",))
    )
    document = proposal.document()
    assert (
        document["positive"],
        "entity" in document,
        "time" in document,
        "slices" in document,
    ) == ("No", False, False, False)
    assert document["exclude"] == ["age"]


@pytest.mark.parametrize(
    ("target", "task"),
    [
        (RNG.normal(size=ROWS), "regression"),
        (RNG.choice(["a", "b", "c"], ROWS), "multiclass"),
        (RNG.integers(0, 5, ROWS), "multiclass"),
        (RNG.integers(0, 5000, ROWS), "regression"),
    ],
)
def test_the_task_is_what_the_target_looks_like(bring: Bring, target: object, task: str) -> None:
    what, _ = bring(customers(left=target))
    assert what is not None
    assert what.proposal.task == task


def test_relevance_within_queries_is_a_ranking(bring: Bring) -> None:
    what, _ = bring(customers(left=RNG.integers(0, 4, ROWS), query_id=EVERY // 10))
    assert what is not None
    assert (what.proposal.task, what.proposal["query"]) == ("ranking", "query_id")


def test_every_guess_has_its_reason_beside_it_and_the_file_is_read_back(found: Look) -> None:
    proposal = of(found(customers(id=EVERY, order_date=days("%d.%m.%Y"))))
    text = data_yaml(proposal)
    assert "  - id  # counts the rows\n" in text
    assert all(
        " # " in line
        for line in text.splitlines()[2:]
        if not line.startswith(("rows", "dates", "exclude"))
    )
    assert parse(yaml.safe_load(text), DataSettings, "configs/data.yaml").columns.label == "left"


def test_names_and_values_of_several_lines_stay_names_and_values(found: Look) -> None:
    odd, feature = ["a\nb: 1", "c\u2028d # e\x85"], 'f"\r\n'
    text = np.where(customers()["left"] == "Yes", "yes\nof course", "no")
    table = customers(left=text, **{name: 20 * RNG.random(ROWS) for name in (*odd, feature)})
    what = found(table, "customers.parquet", exclude=tuple(odd))
    made = yaml.safe_load(data_yaml(what.proposal))
    assert (made["positive"], made["exclude"]) == ("yes\nof course", odd)
    assert parse(made, DataSettings, "configs/data.yaml").columns.exclude == odd
    assert len(data_yaml(what.proposal).splitlines()) == 1 + len(made) + len(odd)
    expected = yaml.safe_load(what.expectations)["expectations"]
    assert [one["expect"] for one in expected if feature in one["columns"]] == [
        "column_values_to_not_be_null",
        "column_values_to_be_between",
    ]


def test_margins_are_no_finer_than_an_aa_shows(found: Look) -> None:
    what = found(customers())
    seen = Sensitivity({}, {"average_precision": 0.071, "log_loss": 0.01}, 0.13, {"lightgbm": 0.4})
    gate = yaml.safe_load(what.configs({"lightgbm": "gating"}, seen)["configs/gate.yaml"])
    assert gate["margin"] == 0.08
    assert gate["guardrails"]["log_loss"] == {"margin": 0.05}
    assert gate["slices"]["margin"] == 0.15
    assert gate["min_positive_clusters"] == 30
