"""The experiment in MLflow, to ask and to mark; what MLflow cannot do is one line for the user."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from clockwork.settings.tracking import TrackingSettings, tracking_settings
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.tracking import links, store
from clockwork.tracking.embedded import SQLITE, database
from clockwork.tracking.record import KEY
from clockwork.tracking.runs import PARENT, troubles

if TYPE_CHECKING:
    from mlflow import MlflowClient

PAGE, MOST = 500, 10_000
NOTHING = "no verdict there yet; run `make regression`"


@dataclass(frozen=True)
class Experiment:
    """The runs of one experiment. `place` is where a browser finds MLflow."""

    client: "MlflowClient"
    id: str
    name: str
    place: str

    def runs(self, wanted: str) -> list[Any]:
        """The finished runs for which the filter `wanted` holds, newest first, `MOST` of them."""
        return list(islice(self.each(wanted), MOST))

    def each(self, wanted: str) -> Iterator[Any]:
        """All finished runs for which the filter `wanted` holds, newest first.

        Others may log into the experiment, too: only runs of verdicts have our key.
        """
        words = " and ".join(filter(None, [wanted, "attributes.status = 'FINISHED'"]))
        found = every(
            self.client.search_runs,
            [self.id],
            words,
            max_results=PAGE,
            order_by=["attributes.start_time DESC"],
        )
        return (run for run in found if KEY in run.data.tags)

    def parents(self, wanted: str) -> list[Any]:
        """As `runs`, without the children."""
        return [run for run in self.runs(wanted) if PARENT not in run.data.tags]

    def parent(self, child: Any) -> Any:
        """The run of the verdict to which the run of an algorithm belongs."""
        return self.client.get_run(child.data.tags[PARENT])

    def page(self, run: Any) -> str:
        """The address of a run's page."""
        return links.run_page(self.place, self.id, run.info.run_id)


@contextmanager
def experiment(
    checkout: Checkout, settings: TrackingSettings | None = None
) -> Iterator[Experiment]:
    """The experiment of `checkout`. Raises `BadInput` where there is none, or MLflow fails."""
    settings = settings or tracking_settings(checkout.root)
    uri = store.uri(checkout.main, settings, os.environ)
    shown = links.without_password(uri)
    store.bound(settings.timeout)
    if uri.startswith(SQLITE) and not database(uri).exists():
        raise BadInput(f"{shown}: {NOTHING}")
    client = store.connect_or_refuse(uri)
    try:
        found = client.get_experiment_by_name(settings.experiment)
        if not found or found.lifecycle_stage != "active":
            raise BadInput(f"experiment '{settings.experiment}' of {shown}: {NOTHING}")
        yield Experiment(
            client, str(found.experiment_id), settings.experiment, links.base(uri, settings.port)
        )
    except troubles() as error:
        raise BadInput(f"MLflow at {shown}: {store.explain(error)}".replace(uri, shown)) from error


def every(search: Callable[..., Any], *args: Any, **options: Any) -> Iterator[Any]:
    """What one of MLflow's searches finds, page by page."""
    token = None
    while True:
        page = search(*args, page_token=token, **options)
        yield from page
        token = page.token
        if not token:
            return


def quoted(text: str) -> str:
    """`text` as a value in a filter of MLflow, whose language knows no way to write a quote.

    One with both kinds loses the double ones.
    """
    return f'"{text.replace(chr(34), "")}"' if "'" in text else f"'{text}'"
