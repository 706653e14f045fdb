"""The parts that a verdict is made of."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """A part of the verdict: immutable, and nothing in it that the schema does not name."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class Context(Document):
    """Where the run happened and for which pull request; all but `ci` may be unknown on a laptop.

    `commit` is the one that people pushed, also where a CI system judged a merge of it; `fork`
    whether it came from another repository.
    """

    model_config = ConfigDict(from_attributes=True)

    ci: str = "local"
    pull_request: str | None = None
    branch: str | None = None
    target: str | None = None
    commit: str | None = None
    fork: bool = False
    build_url: str | None = None


class Evaluation(Document):
    """The rows that both commits were evaluated on.

    `fingerprint` is the SHA-256 of their keys and labels. `positive_clusters` counts the clusters
    that are evidence, which are called `cases`. Where the `task` has no positives, all rows count
    as such.
    """

    fingerprint: str
    rows: int
    positives: int
    clusters: int
    positive_clusters: int
    cluster: str
    cases: str = "clusters with a positive"
    task: str = "binary"


class RowAccount(Document):
    """What a stage did with head's rows.

    It gives counts (before, after), and how many values of a column lost all their rows. A count
    that the stage does not make is null.
    """

    stage: str
    reason: str
    rows: tuple[int | None, int | None]
    entities: tuple[int | None, int | None] | None = None
    positives: tuple[int | None, int | None] | None = None
    lost: dict[str, int] = {}


class SearchTrial(Document):
    """A trial of a search for hyperparameters.

    It is one of the best that ran to their end, by cross-validated score.
    """

    number: int
    score: float
    rounds: int | None = None
    params: dict[str, Any]


class CommitDocument(Document):
    """What one commit trained.

    It has DVC's hashes of data and lock file, its features, and per algorithm the parameters, the
    seeds, the score from which it alerts, and the best trials of the search for the parameters.
    """

    data: str
    dependencies: str
    features: list[str] = []
    params: dict[str, dict[str, Any]]
    seeds: dict[str, list[int]]
    alerts: dict[str, float] = {}
    trials: dict[str, list[SearchTrial]] = {}


class Finding(Document):
    """A data expectation on head's rows."""

    expectation: str
    column: str
    severity: str
    success: bool
    expected: str
    observed: str


class Guardrail(Document):
    """A further metric and the margin within which it must hold."""

    model_config = ConfigDict(from_attributes=True)

    margin: float
    two_sided: bool


class Slices(Document):
    """How slices were judged."""

    model_config = ConfigDict(from_attributes=True)

    margin: float
    alpha: float


class Rules(Document):
    """The rules that the gate applied, from the settings."""

    primary: str
    margin: float
    guardrails: dict[str, Guardrail] = {}
    slices: Slices | None = None
    credible_gain: float
    alpha_pass: float
    alpha_block: float
    resamples: int


class Decision(Document):
    """An evaluation row whose alert differs between commits, of those whose score moved most."""

    algorithm: str
    entity: str
    time: int
    label: int
    base: float
    head: float
    kind: Literal["new error", "fixed error"]


class PowerPoint(Document):
    """How often a head that lost `loss` (share of base's value) was passed, inconclusive, blocked.

    `kind` is how it lost it: by noise everywhere, or by blindness for some entities.
    """

    kind: str
    loss: float
    passed: float
    cannot_tell: float
    blocked: float


class Audit(Document):
    """What `make audit` measured of this gate on this pipeline, in `draws` with seed noise alone.

    Each is of `head_runs` against `base_runs` of the `trainings`. `blocked` is the share that was
    wrongly blocked, `blocked_high` the upper end of its 95 % interval; `cannot_tell_first` is
    before head's further runs. `noise` is the standard deviation of the primary metric's
    difference, `minimum_detectable` the smallest loss found with a power of 80 %, in shares of
    base's value; `churn` is the share of alerts that a new seed replaces. It holds for these `data`
    and `settings`.
    """

    algorithm: str
    data: str
    commit: str
    settings: str
    trainings: int
    head_runs: int
    base_runs: int
    draws: int
    blocked: float
    blocked_high: float
    cannot_tell_first: float
    cannot_tell: float
    noise: float
    churn: float
    minimum_detectable: float
    power: list[PowerPoint]
