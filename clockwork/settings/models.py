"""configs/models/<name>.yaml, tuning.yaml and training.yaml: parameters, spaces, budgets, seeds."""

import ast
import math
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from clockwork.settings.strict import Strict, load, shown
from clockwork.support.errors import BadInput
from clockwork.support.paths import CONFIGS, model_file

Value = bool | int | float | str
Params = dict[str, Value]
Seed = Annotated[int, Field(ge=0, lt=2**32)]  # what NumPy and scikit-learn take


class Space(Strict):
    """The values of one parameter: the numbers from `low` to `high`, or one of `choices`.

    Numbers are whole where both ends and the step are; `log` searches by order of magnitude. `when`
    names other parameters of the search and their values: beside any others, this one does not
    exist.
    """

    low: int | float | None = None
    high: int | float | None = None
    log: bool = False
    step: int | float | None = None
    choices: list[Value] | None = None
    when: dict[str, list[Value]] = {}

    @model_validator(mode="before")
    @classmethod
    def _listed(cls, document: Any) -> Any:
        return {"choices": document} if isinstance(document, list) else document

    @model_validator(mode="after")
    def _sound(self) -> "Space":
        if self.choices is not None:
            return self._chosen()
        if self.low is None or self.high is None:
            raise ValueError("a space needs low and high, or choices")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError("low must be below high")
        if self.log and self.low <= 0:
            raise ValueError("a log range needs low above 0")
        if self.step is not None and (self.log or not 0 < self.step <= self.high - self.low):
            raise ValueError(
                "step must be above 0 and fit between low and high, and a log range has none"
            )
        return self

    def _chosen(self) -> "Space":
        choices = self.choices or []
        if any(one is not None for one in (self.low, self.high, self.step)) or self.log:
            raise ValueError("either low and high, or choices; keep one")
        if not choices:
            raise ValueError("choices are empty; name some or take the parameter out")
        if len({float if type(one) is int else type(one) for one in choices}) > 1:
            raise ValueError(
                "choices are of mixed types; "
                "make them all numbers, or all text, or all true and false"
            )
        if len(set(choices)) < len(choices):
            raise ValueError("a choice is there twice; keep one")
        return self

    @property
    def whole(self) -> bool:
        """Whether its numbers are whole ones."""
        return (
            isinstance(self.low, int)
            and isinstance(self.high, int)
            and not isinstance(self.step, float)
        )

    def holds(self, value: Value) -> bool:
        """Whether `value` is one that a search may draw."""
        if self.choices is not None:
            # True is no 1.
            same = [one for one in self.choices if isinstance(one, bool) == isinstance(value, bool)]
            return value in same
        if isinstance(value, bool | str) or (self.whole and not isinstance(value, int)):
            return False
        assert self.low is not None
        assert self.high is not None
        steps = (value - self.low) / self.step if self.step else 0
        return self.low <= value <= self.high and math.isclose(steps, round(steps), abs_tol=1e-9)

    def exists(self, point: Params) -> bool:
        """Whether there is such a parameter beside those of `point`."""
        return all(name in point and point[name] in values for name, values in self.when.items())


class ModelSettings(Strict):
    """An algorithm: fixed `params`, the `search` space over further ones, settings to `start` from.

    `trials` is its own budget, in place of that of configs/tuning.yaml.
    """

    params: Params = {}
    search: dict[str, Space] = {}
    start: list[Params] = []
    trials: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _apart(self) -> "ModelSettings":
        both = sorted(set(self.params) & set(self.search))
        if both:
            raise ValueError(f"'{both[0]}' is both fixed in params and searched; keep one")
        self._grown()
        for name, space in self.search.items():
            self._conditions(name, space)
        ring = sorted(set(self.search) - set(self.ordered))
        if ring:
            raise ValueError(f"'{ring[0]}' waits in `when` for itself; break the ring")
        for point in self.start:
            self._inside(point)
        return self

    def _grown(self) -> None:
        space = self.search.get("rounds", Space(choices=[self.params.get("rounds", 1)]))
        for least in space.choices or [space.low or 0]:
            if not isinstance(least, int | float) or least < 1:
                raise ValueError("'rounds' must be 1 or more: no learner grows in none")

    def _conditions(self, name: str, space: Space) -> None:
        for other, values in space.when.items():
            if other not in self.search:
                raise ValueError(
                    f"'{name}' is there when '{other}' is, which is not searched; fix its `when`"
                )
            if not values or not all(self.search[other].holds(value) for value in values):
                raise ValueError(
                    f"'{name}' is there when '{other}' has values that it never has; fix its `when`"
                )

    def _inside(self, point: Params) -> None:
        expected: Params = {}
        for name, space in self.ordered.items():
            if space.exists(expected) and name in point:
                expected[name] = point[name]
                if not space.holds(point[name]):
                    raise ValueError(
                        f"a point of start sets '{name}' to {point[name]!r}, "
                        "outside its range; move it"
                    )
        needed = sorted(name for name, space in self.search.items() if space.exists(expected))
        if set(point) != set(needed):
            raise ValueError(f"a point of start must set exactly {needed}")

    @property
    def ordered(self) -> dict[str, Space]:
        """The search space, every parameter after those that it depends on."""
        done: dict[str, Space] = {}
        for _ in self.search:
            done |= {
                name: space
                for name, space in self.search.items()
                if name not in done and set(space.when) <= set(done)
            }
        return done


class TuningSettings(Strict):
    """configs/tuning.yaml."""

    trials: int = Field(ge=1)
    seed: Seed
    rounds_per_step: int = Field(
        ge=1, description="boosting rounds between two readings of the learning curve"
    )
    patience: int = Field(
        ge=1, description="steps without a better mean score before a trial stops"
    )
    settle: float = Field(
        ge=0, lt=1, description="within this share of the best score the earliest counts as best"
    )
    startup_trials: int = Field(
        ge=0, description="trials that run to their end before pruning starts"
    )
    pruner: Literal["rise", "none"] = "rise"
    seconds: float | None = Field(
        default=None, gt=0, description="after which no further trial starts"
    )
    stall: int | None = Field(
        default=None, ge=1, description="trials in a row without a better one that end a search"
    )


class TrainingSettings(Strict):
    """configs/training.yaml."""

    seeds: list[Seed] = Field(min_length=1)
    pool: list[Seed]

    @model_validator(mode="after")
    def _distinct(self) -> "TrainingSettings":
        if len({*self.seeds, *self.pool}) < len(self.seeds) + len(self.pool):
            raise ValueError("the same seed twice shows no seed noise; make them distinct")
        return self


def model_settings(algorithm: str, root: Path = Path()) -> ModelSettings:
    """The settings of one algorithm in the checkout at `root`."""
    path = root / CONFIGS / "models" / f"{algorithm}.yaml"
    if not path.exists():
        raise BadInput(
            f"configs/gate.yaml names algorithm '{algorithm}' but {path} does not exist; add it"
        )
    settings = load(path, ModelSettings)
    known = _known(root / model_file(algorithm))
    for name in [*settings.params, *settings.search] if known else []:
        if name not in known:
            raise BadInput(f"{shown(path)}: unknown parameter '{name}'; known: {', '.join(known)}")
    return settings


def _known(path: Path) -> list[str]:
    # Read, not imported: a learner's libraries take a second, and settings are checked before any
    # work.
    if not path.exists():
        return []
    try:
        body = ast.parse(path.read_text(encoding="utf-8")).body
    except (SyntaxError, ValueError) as error:
        raise BadInput(f"{shown(path)}: not readable as Python: {error}; mend it") from None
    for node in body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [
            "KNOWN"
        ]:
            # What only running tells, the learner refuses itself.
            with suppress(ValueError, TypeError):
                return [str(key) for key in ast.literal_eval(node.value)]
    return []


def tuning_settings(root: Path = Path()) -> TuningSettings:
    """The search budget of the checkout at `root`."""
    return load(root / CONFIGS / "tuning.yaml", TuningSettings)


def training_settings(root: Path = Path()) -> TrainingSettings:
    """The training seeds of the checkout at `root`."""
    return load(root / CONFIGS / "training.yaml", TrainingSettings)
