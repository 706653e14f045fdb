"""Which Python runs a commit: this one or, if requirements.lock changed, one with base's libraries.

What a commit at `root` runs with is noted below its build/, so that whatever is started there takes
the same.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from clockwork.support.errors import BadInput
from clockwork.support.paths import BUILD

LIBRARIES = "requirements.lock"
NOTE = BUILD / "libraries.json"
READY, KEPT = "ready", 3
INSTALLER = "uv"  # pip brings it, and no model depends on it
ENTRY, PIN = re.compile(r"(?m)^(?=[A-Za-z0-9])"), re.compile(r"\s*(?:==|@)\s*")


def pins(lock: str) -> dict[str, str]:
    """The packages a lock file's text pins, each by name: version and marker, without hashes."""
    entries = [
        entry.splitlines()[0].partition(" --hash")[0].rstrip(" \\")
        for entry in ENTRY.split(lock)[1:]
    ]
    found = {
        PIN.split(entry, maxsplit=1)[0]: PIN.split(f"{entry} ", maxsplit=1)[-1].strip()
        for entry in entries
    }
    return {name: version for name, version in found.items() if name != INSTALLER}


def moved_libraries(head_lock: str, base_lock: str) -> list[str]:
    """Packages in which two lock files differ, as text; comments, hashes and order do not count."""
    head, base = pins(head_lock), pins(base_lock)
    names = [name for name in sorted(set(head) | set(base)) if head.get(name) != base.get(name)]
    return [f"{name} {base.get(name, 'new')} -> {head.get(name, 'gone')}" for name in names]


def interpreter(root: Path) -> str:
    """The Python that runs the code of the checkout at `root`."""
    return str(_note(root).get("python", sys.executable))


def trouble(root: Path) -> str:
    """Why the checkout at `root` lacks its own libraries, where it was to have them."""
    return str(_note(root).get("error", ""))


def note(root: Path, **what: str) -> None:
    """Keep below `root` which `python` runs it, or the `error` for which it has none of its own."""
    (root / NOTE).parent.mkdir(parents=True, exist_ok=True)
    (root / NOTE).write_text(json.dumps(what), encoding="utf-8")


def _note(root: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((root / NOTE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def installed(main: Path, lock: str) -> str:
    """A Python that has the libraries of a lock file, made once below the checkout `main`.

    From uv's cache, else from the index. Raises `BadInput` where neither has them.
    """
    digest = hashlib.sha256(f"{sys.base_prefix} {sys.version} {lock}".encode()).hexdigest()[:12]
    folder = main / BUILD / "venvs" / digest
    from clockwork.support.lock import locked  # a bare python3 asks this module, too

    with locked(folder.with_suffix(".lock")):
        if not (folder / READY).exists():
            shutil.rmtree(folder, ignore_errors=True)
            _install(folder, lock)
            (folder / READY).touch()
            _forget_old(folder.parent)
    return str(folder / "bin" / "python")


def _forget_old(place: Path) -> None:
    # Whoever needs one that is gone makes it again.
    ready = sorted(place.glob(f"*/{READY}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in ready[KEPT:]:
        shutil.rmtree(path.parent, ignore_errors=True)


def _install(folder: Path, lock: str) -> None:
    entries = [entry for entry in ENTRY.split(lock)[1:] if not entry.startswith(f"{INSTALLER}==")]
    if not entries:
        raise BadInput(f"{LIBRARIES} pins nothing")
    _uv("venv", "--python", sys.executable, str(folder))
    pinned = folder / LIBRARIES
    pinned.write_text("".join(entries), encoding="utf-8")
    args = [
        "pip",
        "sync",
        "--require-hashes",
        "--python",
        str(folder / "bin" / "python"),
        str(pinned),
    ]
    try:
        _uv(*args, "--offline")
    except BadInput:
        _uv(*args)


def _uv(*args: str) -> None:
    command = [str(Path(sys.executable).parent / "uv"), "--quiet", *args]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BadInput(f"uv cannot be run ({error.strerror}); install {LIBRARIES}") from None
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise BadInput(f"uv {args[0]}: {(lines or ['no reason given'])[0]}")
