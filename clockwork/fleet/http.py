"""HTTP: POST a minute of rows, GET alerts, health and metrics.

Loopback only; whoever reaches it may post, but for the pages of a browser.
"""

import json
import socket
import threading
from collections import deque
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.responses import JSONResponse, PlainTextResponse

from clockwork.fleet.alerts import in_json
from clockwork.fleet.follow import Newer, following
from clockwork.fleet.rows import in_pandas, refusals
from clockwork.fleet.served import Answer
from clockwork.fleet.station import Station
from clockwork.learning.ticks.compiled import Compiled
from clockwork.learning.ticks.look_back import LookBack
from clockwork.settings.columns import Columns
from clockwork.support.console import Report
from clockwork.support.errors import BadInput, one_line

ARROW = "application/vnd.apache.arrow.stream"
HOST = "127.0.0.1"
NULL = np.array(None)  # for NaN, which JSON has not


def app(station: Station) -> FastAPI:
    """The HTTP application of a fleet; one tick at a time, in the order that they come in."""
    lock, taken = threading.Lock(), deque[float](maxlen=1440)
    web = FastAPI(title="fleet", dependencies=[Depends(_no_page)])
    web.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])

    def take(body: bytes, kind: str, minute: int | None) -> Response:
        frame = _frame(body, kind, station.model.data.columns)
        with lock:
            answer = station.take(frame, minute=minute)
            taken.append(answer.seconds)
        return _answer(answer, arrow=kind.startswith(ARROW))

    @web.post("/minute")
    async def minute(request: Request) -> Response:
        now = _whole(request.query_params.get("minute"))
        return await run_in_threadpool(
            take, await request.body(), request.headers.get("content-type", ""), now
        )

    @web.exception_handler(BadInput)
    async def refuse(request: Request, error: BadInput) -> JSONResponse:  # noqa: ARG001
        return JSONResponse(
            {"error": one_line(error).removeprefix("error: ")}, 503 if station.torn else 422
        )

    @web.get("/alerts")
    def alerts() -> dict[str, Any]:
        with lock:
            return station.alerts.document(station.slices)

    @web.get("/health")
    def health() -> dict[str, Any]:
        with lock:
            station.check_whole()
            scored_by = station.model.scored_by or "scores are of the model's own predict"
            return {
                **_health(station),
                "model": station.model.hash,
                "scorer": scored_by,
                "newer": station.newer,
            }

    @web.get("/metrics")
    def metrics() -> PlainTextResponse:
        with lock:
            return PlainTextResponse(
                _metrics(station, taken), media_type="text/plain; version=0.0.4"
            )

    return web


def serve(station: Station, port: int, report: Report, newer: Newer | None = None) -> None:
    """Go on from what lies in the fleet's folder, then answer on loopback until the process ends.

    `newer` gives a model to score with from then on, where one has come.
    """
    import uvicorn

    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise BadInput(f"port {port} of {HOST}: {error}; name another by --port") from None
        again = sum(1 for _ in station.resume())
        place, known = f"http://{HOST}:{listener.getsockname()[1]}", len(station.state.place)
        report(f"{place}: {known} entities, {again} minutes scored again")
        with following(station, newer, report):
            uvicorn.Server(uvicorn.Config(app(station), log_level="warning")).run(
                sockets=[listener]
            )


async def _no_page(origin: Annotated[str | None, Header()] = None) -> None:
    # A browser names the page that asks; any page may ask, and none is ours.
    if origin is not None:
        raise HTTPException(403, "pages of a browser are not answered; send no `Origin`")


def _whole(text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        raise BadInput(
            f"minute '{text}' is no whole number of minutes; leave it out or write one"
        ) from None


def _frame(body: bytes, kind: str, columns: Columns) -> pd.DataFrame:
    try:
        if kind.startswith(ARROW):
            return in_pandas(pa.ipc.open_stream(body).read_all(), columns)
        rows = json.loads(body)
    except (pa.ArrowException, ValueError, RecursionError) as error:
        raise BadInput(
            f"the body is not readable ({error}); send a JSON list of rows, or {ARROW}"
        ) from None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise BadInput(
            'the body is no list of rows; send JSON such as [{"column": value, ...}, ...]'
        )
    return pd.DataFrame(rows, dtype=object)


def _answer(answer: Answer, *, arrow: bool) -> Response:
    scores = answer.scores
    document = {
        "minute": scores.minute,
        "refused": refusals(answer.refused, answer.rows),
        "alerts": [{"entity": name, "time": at, "score": score} for name, at, score in answer.sent],
    }
    if not arrow:
        columns = {
            "entity": scores.entity,
            "time": scores.time,
            "score": np.where(np.isnan(scores.score), NULL, in_json(scores.score)),
            "again": scores.again,
        }
        return JSONResponse(
            {**document, **{name: column.tolist() for name, column in columns.items()}}
        )
    table = answer.log.replace_schema_metadata({"fleet": json.dumps(document)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)
    return Response(sink.getvalue().to_pybytes(), media_type=ARROW)


def _health(station: Station) -> dict[str, Any]:
    state = station.state
    longest = state.how.history
    way = f"built anew from {longest} minutes, slower"
    if state.kind is not LookBack:
        way = "rings of windows" + (", compiled" if state.kind is Compiled else "")
    return {
        "minute": state.minute,
        "entities": len(state.place),
        "features": way,
        "ticks": state.total["ticks"],
    }


def _metrics(station: Station, taken: "deque[float]") -> str:
    state = station.state
    lines = [
        *_one("fleet_entities", "gauge", len(state.place)),
        *_one("fleet_minute", "gauge", state.minute or 0),
        *_one("fleet_state_bytes", "gauge", state.bytes),
        *_one("fleet_alerts_open", "gauge", len(station.alerts.lasting())),
    ]
    for name in ("ticks", "rows", "scored", "late", "vanished"):
        lines += _one(f"fleet_{name}_total", "counter", state.total[name])
    lines.append("# TYPE fleet_refused_total counter")
    refused = {why: count for why, count in state.total.items() if why.startswith("refused: ")}
    lines += [
        f"fleet_refused_total{{reason={json.dumps(why[9:])}}} {count}"
        for why, count in sorted(refused.items())
    ]
    lines.append("# TYPE fleet_tick_seconds summary")
    for share in (0.5, 0.99) if taken else ():
        lines.append(
            f'fleet_tick_seconds{{quantile="{share}"}} {np.quantile(list(taken), share):.6f}'
        )
    return "\n".join(lines) + "\n"


def _one(name: str, kind: str, value: int) -> list[str]:
    return [f"# TYPE {name} {kind}", f"{name} {value}"]
