"""The files of an adopted project, as texts: every guess with its reason beside it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from clockwork.adopt.measure import Sensitivity, rung
from clockwork.adopt.propose import KEYS, Proposal
from clockwork.compare.golden import HEADER as GOLDEN_HEADER
from clockwork.gate.registry import TASKS
from clockwork.learning.probes.declaration import HEADER
from clockwork.support.errors import printable

FEW_ROWS = 20_000  # below so many a measured time is mostly noise


class _OneLine(yaml.SafeDumper):
    """Writes text with line breaks in double quotes, which spell them out."""


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if len(text.splitlines()) > 1 or text != text.rstrip("\r\n") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_OneLine.add_representer(str, _quoted)


def flow(value: Any) -> str:
    """`value` as YAML on one line."""
    text = yaml.dump(
        value,
        Dumper=_OneLine,
        default_flow_style=True,
        width=10**9,
        allow_unicode=True,
        sort_keys=False,
    )
    return text.removesuffix("\n").removesuffix("\n...")


def comment(why: str) -> str:
    """`why` as a comment at the end of a line; it may name columns, and these anything."""
    return f"  # {printable(' '.join(why.split()))}" if why else ""


def data_yaml(proposal: Proposal) -> str:
    """configs/data.yaml, with the reason for every guess."""
    document = proposal.document()
    lines = [
        (
            "# Where the rows come from, what their columns mean, "
            "and which rows train and which evaluate."
        )
    ]
    for key, value in document.items():
        if key == "exclude":
            lines += ["exclude:  # no features"]
            lines += [
                f"  - {flow(name)}{comment(guess.why)}" for name, guess in proposal.exclude.items()
            ]
            continue
        why = proposal.guesses[key].why if key in KEYS and key in proposal.guesses else ""
        lines.append(f"{key}: {flow(value)}{comment(why)}")
    return "\n".join(lines) + "\n"


EXPECTATIONS = """\
# What must hold for the raw rows (Great Expectations), written from them with room on either side.
# A failed critical one stops the pipeline; a warning is listed in the report.
expectations:
"""


def expectations_yaml(found: Sequence[Mapping[str, Any]]) -> str:
    """configs/expectations.yaml."""
    return EXPECTATIONS + "".join(f"  - {flow(dict(one))}\n" for one in found)


FEATURES = """\
# How raw rows become features: the columns themselves. `windows` would be trailing ones, \
of rows of an entity in time.
every: 1
missing: keep
"""


def gate_yaml(
    proposal: Proposal, roles: Mapping[str, str], seen: Sensitivity, clusters: int, branch: str
) -> str:
    """configs/gate.yaml, with margins that are no finer than `seen`."""
    task = TASKS[proposal.task]
    margin, slices = rung(0.03, seen.seen.get(task.primary, 0.0)), rung(0.1, seen.slices)
    least, cost = max(10, min(30, clusters)), 3.0 if proposal.counts.train < FEW_ROWS else 2.0
    rails = {name: rung(usual, seen.seen.get(name, 0.0)) for name, usual in task.guardrails.items()}
    shown = seen.seen.get(task.primary)
    seeable = "" if shown is None else f"; these rows can show {shown:.1%}"
    algorithms = "".join(f"  {name}: {role}\n" for name, role in roles.items())
    guardrails = "".join(f"  {name}: {{margin: {value:g}}}\n" for name, value in rails.items())
    return f"""\
# Which algorithms can block a pull request, how much worse a model may get, and how sure the gate must be.
algorithms:
{algorithms}primary: {task.primary}
margin: {margin:g}  # a loss of this share of the base's value is still no regression{seeable}
credible_gain: 0.15  # a gain beyond this share is not believed until a person explains it
alpha_pass: 0.05  # wrongly passed, at a loss of just the margin; for each metric
alpha_block: 0.01  # wrongly blocked, at no loss at all; for each metric
resamples: 2000
min_positive_clusters: {least}  # of {clusters:,} that there are
guardrails:  # each must hold within a margin of its own
{guardrails}slices: {{margin: {slices:g}, alpha: 0.05, min_positive_clusters: {min(20, least)}}}
churn: 0.25  # of the decisions may change beyond what a new seed changes; reported, never red
costs: {{features: {cost}, scoring: {cost}, training: {cost}, size: 2.0}}  # times base's, side by side
cannot_tell: red
target_branch: {flow(branch)}
"""  # noqa: E501


def alerts_yaml(task: str, thresholds: Mapping[str, float]) -> str:
    """configs/alerts.yaml; only two classes have a threshold."""
    if task != "binary":
        return (
            f"# The score from which a model alerts: none does, for the task is {task}.\n"
            "thresholds: {}\n"
        )
    return f"""\
# The score from which an algorithm's model alerts: here as many rows as are positive. An algorithm that
# is not named alerts from `default`, which is 0.5 where it is not given.
thresholds: {flow(dict(thresholds))}
"""  # noqa: E501


def models_yaml(train_rows: int) -> dict[str, str]:
    """configs/models/<name>.yaml of searched algorithms, with spaces for so many training rows."""
    most = min(200, max(20, train_rows // 20))
    least = max(5, most // 10)
    start = min(20, most)
    lightgbm = f"""\
# LightGBM: fixed parameters, the space that is searched, and where the search starts.
params: {{max_bin: 127, bagging_freq: 1, bagging_fraction: 0.8, lambda_l2: 5.0, rounds: 120}}
search:
  num_leaves: {{low: 7, high: 63, log: true}}
  learning_rate: {{low: 0.03, high: 0.2, log: true}}
  min_data_in_leaf: {{low: {least}, high: {most}, log: true}}
  feature_fraction: {{low: 0.4, high: 1.0}}
start:
  - {{num_leaves: 31, learning_rate: 0.1, min_data_in_leaf: {start}, feature_fraction: 0.8}}
"""
    logistic = """\
# Logistic regression on standardised features: the line that a bigger model has to beat.
params: {iterations: 100}
search:
  inverse_penalty: {low: 0.001, high: 10.0, log: true}
  clip: {low: 3.0, high: 10.0, log: true}
start:
  - {inverse_penalty: 0.1, clip: 5.0}
trials: 4
"""
    return {"lightgbm": lightgbm, "logistic": logistic}


GOLDEN = f"{GOLDEN_HEADER}\nincidents: []\nquiet: []\n"
LOCK = f"{HEADER}\n"


def tuned_json(algorithms: Sequence[str]) -> str:
    """configs/tuned.json before any search was kept."""
    return json.dumps({name: {} for name in sorted(algorithms)}, indent=1, sort_keys=True) + "\n"
