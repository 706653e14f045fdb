"""The page of a search: what was tried, what came of it, and which parameters mattered.

One file that loads nothing.
"""

import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from clockwork.learning.tuning.best import best_trials
from clockwork.report.pages import drawn, rendered
from clockwork.settings.models import ModelSettings, model_settings
from clockwork.support.paths import TUNING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEWEST = 3  # trials, for a figure to say anything
WIDTH = 9.6
LOOK: Any = {"font.size": 9, "axes.labelsize": 9, "axes.facecolor": "none"}
Drawn = tuple[str, str, Markup]


def write_studies(root: Path, algorithms: list[str]) -> list[Path]:
    """Write the page of each algorithm's last search beside its JSON below `root`.

    A page that fits it stays.
    """
    written = []
    for algorithm in algorithms:
        source = root / TUNING / f"{algorithm}.json"
        target = source.with_suffix(".html")
        if not source.exists() or (
            target.exists() and target.stat().st_mtime >= source.stat().st_mtime
        ):
            continue
        document = json.loads(source.read_text(encoding="utf-8"))
        target.write_text(
            study_page(algorithm, document, model_settings(algorithm, root)), encoding="utf-8"
        )
        written.append(target)
    return written


def study_page(algorithm: str, document: Mapping[str, Any], settings: ModelSettings) -> str:
    """The page of the search that `document` (build/tuning/<algorithm>.json) tells of."""
    return rendered(
        "study.html",
        algorithm=algorithm,
        headline=headline(document),
        best=best_trials(document, 10),
        names=[
            name
            for name in settings.search
            if any(name in trial["params"] for trial in document["trials"])
        ],
        figures=list(_figures(document, settings)),
    )


def headline(document: Mapping[str, Any]) -> str:
    """A search in one sentence."""
    trials = document["trials"]
    if not trials:
        return "Nothing to search: its parameters are fixed."
    pruned = sum(trial["state"] == "pruned" for trial in trials)
    message = (
        f"{len(trials)} trials, {pruned} of them given up early; "
        f"trial {document['taken']} is taken, which scores "
    )
    message += f"{document['score']:.4f}: none is better by more than what counts as noise."
    return (
        f"{message} It ended early: {document['stopped']}." if document.get("stopped") else message
    )


def _figures(document: Mapping[str, Any], settings: ModelSettings) -> Iterator[Drawn]:
    if len(document["trials"]) < FEWEST:
        return
    import matplotlib as mpl  # a second with Optuna's plots, which a search of nothing need not pay

    mpl.use("agg")
    from matplotlib import pyplot
    from matplotlib.figure import Figure
    from optuna.importance import PedAnovaImportanceEvaluator
    from optuna.visualization import matplotlib as plots

    from clockwork.learning.tuning.study import as_study
    from clockwork.report.plots import STYLE, svg

    study = as_study(document["trials"], settings)

    def figure(title: str, says: str, plot: Callable[[Any], Any], height: float) -> Drawn:
        with mpl.rc_context({**STYLE, **LOOK}), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that Optuna's plots are experimental
            whole: Figure = _plain(plot(study))
            whole.set_size_inches(WIDTH, height)
            # That layout has no height for one alone.
            several = title == "Slices" and len(settings.search) > 1
            whole.set_layout_engine("constrained" if several else "tight")
            found = svg(whole, f"{title} of the search")
            pyplot.close(whole)
        return title, says, drawn(found)

    # The default evaluator imports scikit-learn.
    importances = partial(plots.plot_param_importances, evaluator=PedAnovaImportanceEvaluator())
    yield figure("History", HISTORY, plots.plot_optimization_history, 3.4)
    yield figure("Importance", IMPORTANCE, importances, 0.5 * len(settings.search) + 1.2)
    yield figure("Slices", SLICES, plots.plot_slice, 3.2)
    yield figure("Parallel coordinates", PARALLEL, plots.plot_parallel_coordinate, 4.2)


HISTORY = (
    "Every trial and the best so far. "
    "One that was given up early counts, in all figures, as far as it came."
)
IMPORTANCE = (
    "How much of what sets the best quarter of trials apart is due to each parameter (PED-ANOVA)."
)
SLICES = "The score against each parameter; darker trials came later."
PARALLEL = "A line for each trial; darker ones score higher."


def _plain(plot: Any) -> Any:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    # The page has the titles, and a white ground.
    axes: list[Axes] = list(plot.flat) if hasattr(plot, "flat") else [plot]
    for one in axes:
        one.set_title("")
        one.set_title("", loc="left")
        one.grid(alpha=0.3)
    figure = axes[0].figure
    figure.suptitle("")
    for one in figure.axes:
        for axis in [axis for axis in (one.xaxis, one.yaxis) if axis.get_scale() == "log"]:
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.set_minor_locator(NullLocator())
        for collection in one.collections:
            # A colour bar is an image by default, and this page loads none.
            collection.set_rasterized(False)
    return figure
