"""How MLflow shows the experiment: tags its pages read, for want of other defaults on a server."""

import json

VIEW = "clockwork"
SHARED_VIEW = f"mlflow.sharedViewState.{VIEW}"
NOTE = (
    "One run for each verdict, a child for each algorithm. A metric's plain name is the value "
    "of the pull request (head), `baseline.` that of the commit it is compared with. `delta.` "
    "is the difference, turned so that higher is better, and `delta_low.` and `delta_high.` are "
    "its bounds. The parent repeats the primary metric of every child as `<algorithm>/<metric>`."
)


def experiment_tags(primary: str | None, metrics: list[str]) -> dict[str, str]:
    """The tags of an experiment, by which its table of runs shows `metrics`.

    Its charts begin with `primary`. The tags open it as an experiment of models, not of language
    models, and hold the view of its runs that `links.runs_page` opens.
    """
    tags = {"mlflow.experimentKind": "custom_model_development", "mlflow.note.content": NOTE}
    if primary:
        tags["mlflow.experiment.primaryMetric.name"] = primary
        tags[SHARED_VIEW] = json.dumps(_view(metrics))
    return tags


def _view(metrics: list[str]) -> dict[str, object]:
    leading = ["tags.`verdict`", "tags.`pr`"]
    selected = [
        *leading,
        *(f"metrics.`{name}`" for name in metrics),
        "tags.`branch`",
        "attributes.`Version`",
    ]
    order = ["attributes.`Run Name`", *selected]
    return {
        "searchFilter": "",
        "orderByKey": "attributes.start_time",
        "orderByAsc": False,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": selected,
        "columnOrder": order,
        "columnWidths": {name: _width(name) for name in order},
    }


def _width(column: str) -> int:
    # In pixels: wide enough for the header, which else ends before the name of the metric does.
    return 300 if "Run Name" in column else 30 + 7 * len(column.partition(".")[2])
