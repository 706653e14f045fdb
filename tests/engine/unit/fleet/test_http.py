"""The HTTP door scores what it is posted, says what was wrong in one line, and lives on."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clockwork.cli import main
from clockwork.fleet.http import ARROW, app
from clockwork.fleet.model import Model
from clockwork.fleet.station import Station
from tests.engine.unit.fleet.conftest import served
from tests.engine.unit.fleet.test_station import keyed


@pytest.fixture(scope="module")
def model(trained: Path) -> Model:
    return Model.load(trained, "lightgbm")


@pytest.fixture
def station(model: Model, tmp_path: Path) -> Station:
    return Station(tmp_path / "state", model)


@pytest.fixture
def address(station: Station) -> Iterator[str]:
    """Where the door of `station` is."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app(station), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def ask(
    address: str,
    body: bytes | None = None,
    kind: str = "application/json",
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes]:
    sent = {"content-type": kind, **(headers or {})}
    request = urllib.request.Request(address, body, sent)  # noqa: S310
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def arrow(rows: pd.DataFrame) -> bytes:
    table, sink = pa.Table.from_pandas(rows, preserve_index=False), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)
    return bytes(sink.getvalue())


def as_json(rows: pd.DataFrame) -> bytes:
    return (rows.to_json(orient="records", date_format="iso", double_precision=15) or "").encode()


def test_json_and_arrow_give_the_scores_of_the_pipeline(
    address: str, station: Station, minutes: list[pd.DataFrame], expected: pd.DataFrame
) -> None:
    for number, rows in enumerate(minutes[:31]):
        body, kind = ((arrow(rows), ARROW), (as_json(rows), "application/json"))[number % 2]
        code, answer = ask(f"{address}/minute", body, kind)
        assert code == 200
    table = pa.ipc.open_stream(answer).read_all()
    assert table.num_rows == len(minutes[30])
    got = keyed(served(station.folder))
    pd.testing.assert_series_equal(
        got, keyed(expected, "lightgbm")[got.index], check_names=False, check_exact=True
    )
    health = json.loads(ask(f"{address}/health")[1])
    assert health["ticks"] == 31
    assert health["features"].split(",")[0] == "rings of windows"
    metrics = ask(f"{address}/metrics")[1].decode()
    assert "fleet_ticks_total 31\n" in metrics
    assert 'fleet_tick_seconds{quantile="0.99"}' in metrics
    assert json.loads(ask(f"{address}/alerts")[1])["threshold"] == station.model.threshold


GOOD = {"machine": "m", "at": "2026-03-01T00:00:00", "m_heat": 1.0, "m_load": None}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"nonsense", "the body is not readable"),
        (b"{}", "the body is no list of rows"),
        (b"[1]", "the body is no list of rows"),
        ([{**GOOD, "heta": 1}], "column 'heta' is unknown; drop it"),
        ([{"machine": "m", "at": 1, "m_heat": 1}], "column 'm_load' must be there once"),
        ([{**GOOD, "at": None}], "1 of 1 rows refused: no 'at'"),
        ([{**GOOD, "at": "2101-01-01"}], "1 of 1 rows refused: 'at' is in the future"),
    ],
)
def test_a_body_that_cannot_be_scored_is_one_error_and_the_door_stays_open(
    address: str, body: Any, words: str
) -> None:
    code, answer = ask(
        f"{address}/minute", body if isinstance(body, bytes) else json.dumps(body).encode()
    )
    assert code == 422
    assert words in json.loads(answer)["error"]
    assert ask(f"{address}/minute?minute=now", b"[]")[0] == 422
    assert ask(f"{address}/minute?minute=1790000000", json.dumps([GOOD]).encode())[0] == 422
    code, answer = ask(
        f"{address}/minute", json.dumps([GOOD, {**GOOD, "m_heat": "hot"}, GOOD]).encode()
    )
    assert code == 200
    assert len(json.loads(answer)["score"]) == 1
    assert json.loads(answer)["refused"] == [
        "1 of 3 rows refused: 'm_heat' is no number (first: row 1)",
        "1 of 3 rows refused: there already (first: row 2)",
    ]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Host": "localhost"}, 200),
        ({"Host": "evil.example"}, 400),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_no_page_of_a_browser_reaches_the_fleet(
    address: str, station: Station, headers: dict[str, str], code: int
) -> None:
    body = json.dumps([GOOD]).encode()
    assert ask(f"{address}/minute", body, "text/plain", headers)[0] == code
    assert ask(f"{address}/alerts", headers=headers)[0] == code
    assert station.state.total["ticks"] == (code == 200)


def test_a_score_that_is_no_number_is_null(address: str, station: Station) -> None:
    station.state.score = lambda x: np.full(len(x), np.nan)
    code, answer = ask(f"{address}/minute", json.dumps([GOOD]).encode())
    assert (code, json.loads(answer)["score"]) == (200, [None])


def test_an_infinite_score_alerts_with_the_largest_number(address: str, station: Station) -> None:
    station.state.score = lambda x: np.full(len(x), np.inf)
    code, answer = ask(f"{address}/minute", json.dumps([GOOD]).encode())
    largest = float(np.finfo(np.float64).max)
    document = json.loads(answer)
    assert (code, document["score"], document["alerts"][0]["score"]) == (200, [largest], largest)
    assert json.loads(ask(f"{address}/alerts")[1])["open"] == 1


def test_a_fleet_with_a_minute_half_scored_is_not_healthy(address: str, station: Station) -> None:
    station.torn = True
    for code, answer in (ask(f"{address}/health"), ask(f"{address}/minute", b'[{"machine": 1}]')):
        assert code == 503
        assert "restart, then the journal is scored again" in json.loads(answer)["error"]


def test_fifty_clients_at_once_lose_nothing(
    address: str, station: Station, minutes: list[pd.DataFrame]
) -> None:
    rows = pd.concat([minutes[0].iloc[[0]].assign(machine=f"m{number}") for number in range(50)])
    bodies = [as_json(rows.iloc[[number]]) for number in range(50)]
    with ThreadPoolExecutor(50) as clients:
        answers = list(clients.map(lambda body: ask(f"{address}/minute", body), bodies))
    assert {code for code, _ in answers} == {200}
    assert sorted(served(station.folder)["entity"]) == sorted(rows["machine"])


def test_a_port_in_use_is_one_line(
    address: str,
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(trained)
    assert (
        main(["serve", "--port", address.rpartition(":")[2], "--state", str(tmp_path / "other")])
        == 2
    )
    assert "Address already in use; name another by --port" in capsys.readouterr().err
