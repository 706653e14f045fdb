"""A commit's libraries: what counts as others, and a Python of its own that has them, offline."""

import hashlib
import sys
import zipfile
from pathlib import Path

import pytest

from clockwork.support.errors import BadInput
from clockwork.support.libraries import installed, interpreter, moved_libraries, note, pins, trouble
from clockwork.support.subprocesses import run_module

LOCK = """# written by a tool
numpy==2.3.1 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via tiny
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:cc
uv==0.9.1 \\
    --hash=sha256:dd
"""


def wheel(folder: Path, version: str) -> str:
    """The lock of a package that prints its version, built by hand: nothing is fetched for it."""
    path = folder / f"tiny-{version}-py3-none-any.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("tiny.py", f"print('tiny {version}')\n")
        file.writestr(
            f"tiny-{version}.dist-info/METADATA",
            f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        )
        file.writestr(
            f"tiny-{version}.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        file.writestr(f"tiny-{version}.dist-info/RECORD", "")
    return (
        f"tiny @ {path.as_uri()} \\\n"
        f"    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"
    )


def test_the_pins_of_a_lock_are_its_packages_without_hashes_comments_or_the_installer() -> None:
    assert pins(LOCK) == {"numpy": "2.3.1", "colorama": "0.4.6 ; sys_platform == 'win32'"}
    assert pins("") == {}


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (LOCK, []),
        (
            LOCK.replace("# written by a tool\n", "# another\n").replace("sha256:bb", "sha256:ee"),
            []
        ),
        ("\n".join(reversed([f"{name}=={version}" for name, version in pins(LOCK).items()])), []),
        (LOCK.replace("uv==0.9.1", "uv==0.9.2"), []),
        (LOCK.replace("2.3.1", "2.3.2"), ["numpy 2.3.1 -> 2.3.2"]),
        (LOCK + "torch==2.9.0\n", ["torch new -> 2.9.0"]),
        ("", ["colorama 0.4.6 ; sys_platform == 'win32' -> gone", "numpy 2.3.1 -> gone"]),
    ],
    ids=["same", "comment and hashes", "order", "installer", "patched", "added", "no lock"],
)  # fmt: skip
def test_libraries_differ_where_a_package_or_its_version_does(
    head: str, expected: list[str]
) -> None:
    assert moved_libraries(head, LOCK) == expected


def test_a_commit_runs_with_the_libraries_of_its_own_lock(tmp_path: Path) -> None:
    for version in ("1.0", "1.1"):
        root = tmp_path / version
        root.mkdir()
        note(root, python=installed(tmp_path, wheel(tmp_path / "wheels", version)))
        assert run_module(root, "tiny").stdout == f"tiny {version}\n"
    assert run_module(tmp_path, "tiny").returncode, "this Python has none of them"
    assert interpreter(tmp_path) == sys.executable


def test_libraries_are_installed_once_and_again_where_that_was_cut_short(tmp_path: Path) -> None:
    lock = wheel(tmp_path / "wheels", "1.0")
    python = Path(installed(tmp_path, lock))
    (python.parent / "mark").touch()
    assert Path(installed(tmp_path, lock)) == python
    assert (python.parent / "mark").exists()
    (python.parents[1] / "ready").unlink()
    assert not (Path(installed(tmp_path, lock)).parent / "mark").exists()


def test_a_few_sets_of_libraries_are_kept(tmp_path: Path) -> None:
    made = [
        Path(installed(tmp_path, wheel(tmp_path / "wheels", f"1.{minor}"))) for minor in range(4)
    ]
    assert [python.exists() for python in made] == [False, True, True, True]


@pytest.mark.parametrize(
    ("lock", "expected"),
    [
        ("tiny @ file:///nowhere/tiny-1.0-py3-none-any.whl --hash=sha256:aa\n", "uv pip: "),
        ("", "requirements.lock pins nothing"),
    ],
)
def test_libraries_that_cannot_be_had_are_one_line(
    tmp_path: Path, lock: str, expected: str
) -> None:
    with pytest.raises(BadInput, match=expected) as error:
        installed(tmp_path, lock)
    assert "\n" not in str(error.value)


def test_why_libraries_are_missing_is_kept_beside_the_commit(tmp_path: Path) -> None:
    assert trouble(tmp_path) == ""
    note(tmp_path, error="uv pip: no such package")
    assert trouble(tmp_path) == "uv pip: no such package"
    assert interpreter(tmp_path) == sys.executable
