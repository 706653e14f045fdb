"""Where work runs: in processes of this machine, or on a Dask scheduler's workers.

Whoever has work asks for an `executor` and gets one with the interface of `concurrent.futures`.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from clockwork.settings.engine import EngineSettings
from clockwork.support.errors import BadInput
from clockwork.support.processes import Lost, Processes

PATIENCE = 20.0  # seconds that a scheduler may take to answer and to have a worker
STARTS = 3  # of a call whose process is lost


@contextmanager
def executor(settings: EngineSettings) -> Iterator[Processes]:
    """Where `settings` want work to run, as a `concurrent.futures` executor; calls start here.

    Raises `BadInput` where a scheduler is not reached, or has no worker.
    """
    if settings.scheduler:
        with cluster(settings.scheduler) as client:
            yield Processes(client.get_executor(pure=False), Path(), lambda: _has_workers(client))
    else:
        with ThreadPoolExecutor(settings.workers) as threads:
            yield Processes(threads, Path())


def spread(
    settings: EngineSettings, fn: Callable[..., Any], calls: Sequence[tuple[Any, ...]]
) -> None:
    """Make `calls` of `fn`, side by side; one whose process is lost runs again."""
    left = list(calls)
    for _ in range(STARTS):
        if not left:
            return
        with executor(settings) as pool:
            for call, future in [(call, pool.submit(fn, *call)) for call in left]:
                with suppress(Lost):
                    future.result()
                    left.remove(call)
    if left:
        raise BadInput(
            f"configs/engine.yaml: {len(left)} of {len(calls)} calls "
            f"lost their worker {STARTS} times; look after the workers and run again"
        )


@contextmanager
def cluster(address: str, patience: float = PATIENCE) -> Iterator[Any]:
    """A Dask client of the scheduler at `address`, which has a worker; else raises `BadInput`."""
    try:
        from distributed import Client  # a second, for those alone who have a cluster
    except ImportError:
        raise BadInput(
            f"configs/engine.yaml: scheduler {address} needs Dask; install the extra `scale`"
        ) from None
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what is lost is reported once, by us
    remedy = "start it, or set scheduler to null for this machine"
    try:
        client = Client(  # type: ignore[no-untyped-call]
            address, timeout=patience, set_as_default=False
        )
    except (OSError, ValueError):
        raise BadInput(
            f"configs/engine.yaml: scheduler {address} cannot be reached; {remedy}"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=patience)
        except TimeoutError:
            raise BadInput(
                f"configs/engine.yaml: scheduler {address} has no worker; start one beside it"
            ) from None
        yield client


def _has_workers(client: Any) -> bool:
    try:
        return bool(client.nthreads())
    except Exception:  # noqa: BLE001 - no scheduler has no workers, however it fails to answer
        return False
