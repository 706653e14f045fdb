"""Pictures of MLflow's pages, to be looked at: `python -m tests.engine.screenshots DIR [CHECKOUT]`.

The checkout has had `make demo`, and if the registry is to show something, `make promote`. Needs a
Chromium.
"""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clockwork.support.checkout import Checkout
from clockwork.tracking import links
from clockwork.tracking.experiment import Experiment, experiment
from clockwork.tracking.registry import CHAMPION, Registered, model_name

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Nothing but the page: no sandbox, for that needs rights that containers lack; no calls home.
WORDS = (
    *(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-sync",
    ),
    *("--disable-background-networking", "--disable-component-update"),
    *("--window-size=1600,1000", "--virtual-time-budget=20000"),
)


def main(out: Path, checkout: Path) -> int:
    """Take every picture of the store of `checkout` into the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    with served(checkout), experiment(Checkout(checkout)) as there:
        for name, address in pages(there).items():
            shoot(address, out / f"{name}.png")
            print(out / f"{name}.png", address)  # noqa: T201
    return 0


def pages(there: Experiment) -> dict[str, str]:
    """The pages by the names of their pictures."""
    place, parent = there.place, there.parents("")[0]
    children = [
        run.info.run_id for run in there.runs(f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    ]
    found = {
        "experiment": links.runs_page(place, there.id),
        "parent": there.page(parent),
        "children": there.page(there.client.get_run(children[-1])),
        "compare": links.compare_page(place, there.id, children),
        "registry": f"{place}/#/models?{links.MODELS}",
    }
    model = Registered(there.client, model_name(there.name, "lightgbm"))
    champion = model.version(CHAMPION)
    if champion:
        found["model"] = f"{place}/#/models/{model.name}?{links.MODELS}"
        found["version"] = (
            f"{place}/#/models/{model.name}/versions/{champion.version}?{links.MODELS}"
        )
    return found


@contextmanager
def served(checkout: Path) -> Iterator[None]:
    """`make ui` while the body runs."""
    words = [sys.executable, "-m", "clockwork", "ui"]
    server = subprocess.Popen(words, cwd=checkout, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        if not any(re.match(r"MLflow: http", line) for line in server.stdout):
            raise SystemExit("`make ui` does not start here")
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def shoot(address: str, picture: Path) -> None:
    """A picture of one page, as someone sees it who was never there."""
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if not browser:
        raise SystemExit(f"none of {', '.join(NAMES)} is on PATH")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        words = [browser, *WORDS, f"--user-data-dir={profile}", f"--screenshot={picture}", address]
        subprocess.run(
            words, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True, timeout=120
        )


if __name__ == "__main__":
    sys.exit(
        main(Path(sys.argv[1]).resolve(), Path(sys.argv[2] if len(sys.argv) > 2 else ".").resolve())
    )
