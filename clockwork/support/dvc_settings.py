"""A checkout's DVC settings, read by DVC, written in its format, so folders may have any name."""

import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from threading import Lock
from typing import Any

from clockwork.support.errors import BadInput

LINKS = "reflink,hardlink,copy"
IMPORT = Lock()  # of DVC: two threads would put each other's wrappers back
NAMED = ("remote", "machine", "db")  # sections of which there may be several


def has_remote(root: Path) -> bool:
    """Whether the checkout at `root` has a default DVC remote, on whichever level it is set."""
    return bool(_settings(root).get("core", {}).get("remote"))


def remote_url(root: Path) -> str | None:
    """Where the default DVC remote of the checkout at `root` lies, as DVC resolves it, or None."""
    settings = _settings(root)
    name = settings.get("core", {}).get("remote")
    url = settings.get("remote", {}).get(name, {}).get("url") if name else None
    return str(url) if url else None


def cache_folder(root: Path, main: Path) -> Path:
    """The DVC cache of the checkout at `root`: as set, else that of `main`, its main checkout."""
    for checkout in (root, main):
        folder = _settings(checkout).get("cache", {}).get("dir")
        if folder:
            return Path(folder)
    return main.resolve() / ".dvc" / "cache"


def share_settings(root: Path, main: Path, worktree: Path) -> None:
    """Give `worktree` the cache of the checkout at `root` and what is set for this machine alone.

    A remote's key is such a setting.
    """
    from configobj import ConfigObj  # type: ignore[import-untyped]  # what DVC itself writes with

    settings = _settings(root if (root / ".dvc" / "config.local").exists() else main, "local")
    settings["cache"] = {**settings["cache"], "dir": str(cache_folder(root, main)), "type": LINKS}
    named = {
        f'{kind} "{name}"': values for kind in NAMED for name, values in settings.pop(kind).items()
    }
    with (worktree / ".dvc" / "config.local").open("wb") as file:
        ConfigObj({**settings, **named}, encoding="utf-8").write(file)


def _settings(root: Path, level: str | None = None) -> dict[str, Any]:
    # Its import wraps both streams, which would take the colours of all that follows.
    with IMPORT, redirect_stdout(sys.stdout), redirect_stderr(sys.stderr):
        from dvc.config import Config, ConfigError

    try:
        settings: dict[str, Any] = Config(str(root / ".dvc"), validate=False).read(level)
    except ConfigError as error:
        raise BadInput(
            f"{root / '.dvc' / 'config'}: DVC cannot read its settings: {error}"
        ) from None
    return settings
