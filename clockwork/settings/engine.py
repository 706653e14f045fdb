"""configs/engine.yaml: where work runs, and where a study is kept."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from clockwork.settings.strict import Strict, load
from clockwork.support.errors import BadInput
from clockwork.support.paths import CONFIGS

FILE = "engine.yaml"
ADDRESS = re.compile(r"(tcp|tls|ws|wss)://[^\s/:]+(\.[^\s/:]+)*:\d{1,5}")
URL = re.compile(r"(postgresql|mysql|mariadb)(\+\w+)?://\S+")
PLAIN = re.compile("^postgres(ql)?://")
VARIABLES = {"scheduler": "CLOCKWORK_SCHEDULER", "storage": "CLOCKWORK_STORAGE"}


class EngineSettings(Strict):
    """configs/engine.yaml.

    The environment's CLOCKWORK_SCHEDULER and CLOCKWORK_STORAGE win over it.
    """

    workers: int = Field(ge=1, le=1024, description="processes for one study or training")
    folds: int = Field(
        default=1, ge=1, le=64, description="threads of each, for the folds of a trial"
    )
    scheduler: str | None = Field(description="a Dask scheduler's address; null is this machine")
    storage: str | None = Field(description="URL of an Optuna storage; null is a journal file")


def without_overrides(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`environment` without what wins over the file: for a process that must do as it says."""
    return {key: value for key, value in environment.items() if key not in VARIABLES.values()}


def engine_settings(
    root: Path = Path(), environment: Mapping[str, str] = os.environ
) -> EngineSettings:
    """The settings of the checkout at `root`, under what `environment` says."""
    path = root / CONFIGS / FILE
    settings = load(path, EngineSettings)
    given = {
        key: environment[variable]
        for key, variable in VARIABLES.items()
        if environment.get(variable)
    }
    storage = given.get("storage", settings.storage)
    # The driver that the lock file has, for a URL that names none.
    driven = storage and PLAIN.sub("postgresql+psycopg://", storage)
    settings = settings.model_copy(update={**given, "storage": driven})
    where = {key: VARIABLES[key] if key in given else f"{path}: key '{key}'" for key in VARIABLES}
    if settings.scheduler is not None and not ADDRESS.fullmatch(settings.scheduler):
        raise BadInput(
            f"{where['scheduler']}: "
            f"a scheduler reads tcp://host:port, got {settings.scheduler!r:.60}"
        )
    # Never shown: there may be a password in it.
    if settings.storage is not None and not URL.fullmatch(settings.storage):
        raise BadInput(
            f"{where['storage']}: a storage reads postgresql+psycopg://user@host/database (SQLite "
            "is not safe for many workers); fix it, or set it to null for a file in build/studies"
        )
    return settings
