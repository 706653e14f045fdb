"""What a user may say of two prediction files; the rest is guessed, and the guess is reported."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clockwork.gate.question import Guardrail


@dataclass(frozen=True)
class Options:
    """Names of columns, and how sure to be.

    Margins are shares of base's value; None is for Clockwork to guess.
    """

    task: str | None = None
    target: str | None = None
    key: tuple[str, ...] = ()
    cluster: str | None = None
    query: str | None = None
    time: str | None = None
    slices: tuple[str, ...] | None = None
    positive: str | None = None
    prediction: str | None = None
    primary: str | None = None
    margin: float = 0.03
    guardrails: Mapping[str, Guardrail] | None = None
    slice_margin: float = 0.10
    alpha_pass: float = 0.05
    alpha_block: float = 0.01
    credible_gain: float = 0.15
    resamples: int = 2000
    clusters: int = 30
    slice_clusters: int = 20
    threshold: float = 0.5
    name: str = "model"
    command: str = field(default="", compare=False)
