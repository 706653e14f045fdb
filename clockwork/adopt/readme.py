"""The README of an adopted project: what is predicted from what, how well, and the commands."""

from clockwork.adopt.measure import Sensitivity
from clockwork.adopt.propose import Proposal
from clockwork.gate.registry import TASKS
from clockwork.support.errors import named

SHOWN = 12

COMMANDS = """\
| command | what it does |
| --- | --- |
| `make run` | the pipeline; what did not change is skipped |
| `make regression [BASE=rev]` | this commit against its merge-base: verdict, reports, MLflow, exit code |
| `make test`, `make check` | the tests; lint, types and hooks |
| `make publish`, `make promote` | the verdict on its pull request; what was tested becomes the champion |
| `make audit` | the gate's own false alarms on these data |
| `make ui` | MLflow on loopback |
"""  # noqa: E501
PLACES = """\
| place | what is there |
| --- | --- |
| `configs/` | one concern per file: what the columns mean, how features are made, who may block, the margins |
| `pipelines/` | reader, features, split, one file for each algorithm: edit them |
| `tests/unit/`, `tests/regression/` | your tests; those in `regression` count in the verdict |
| `data.dvc` | which bytes of `data/` this commit is about; a new version is `dvc add data` |
| `clockwork/` | the engine, which a project leaves as it is |
"""  # noqa: E501


def about(proposal: Proposal) -> str:
    """What is predicted, in a sentence."""
    positive = proposal["positive"]
    what = f"`{proposal['target']}`" + (f" (is it `{positive}`?)" if positive is not None else "")
    count = len(proposal.features)
    return f"Predicts {what} from {count} column{'s' * (count != 1)}, a {proposal.task} task."


def readme(name: str, proposal: Proposal, seen: Sensitivity) -> str:
    """The whole text."""
    names = [f"`{one.name}`" for one in proposal.features]
    parts = [
        f"# {name}",
        about(proposal),
        f"From {named(names, SHOWN)}. `configs/data.yaml` says why.",
        figures(proposal, seen),
        COMMANDS.rstrip(),
        PLACES.rstrip(),
        "Every pull request retrains the models, "
        "compares them with the target branch's on the same rows, and gets a verdict: "
        "[how to read it](docs/pull-requests.md), [how it is decided](docs/gate.md), "
        "[CI](docs/ci.md), [what the data are](docs/data.md), [extending it](docs/extend.md).",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def figures(proposal: Proposal, seen: Sensitivity) -> str:
    """The primary metric of every algorithm at adoption, and the smallest loss that shows."""
    primary = TASKS[proposal.task].primary
    if not seen.values:
        return ""
    title = primary.replace("_", " ")
    rows = [
        f"| {name} | {values[primary]:.3f} |"
        for name, values in seen.values.items()
        if primary in values
    ]
    table = "\n".join([f"| when adopted | {title} |", "| --- | ---: |", *rows])
    split = proposal.guesses["split"].why
    loss = seen.seen.get(primary, 0.0)
    return (
        f"{table}\n\n"
        f"{split[:1].upper()}{split[1:]}. Minimum detectable effect (80 % power): {loss:.1%}."
    )
