"""Every file check goes red on the fault it is for, and stays silent on a tidy file."""

from pathlib import Path

import pytest

from clockwork.ci.file_checks import LARGEST, main, problems

# Put together here, so that this file does not hold what it forbids.
KEY = b"-----BEGIN RSA " + b"PRIVATE KEY-----\n"
OURS = b"<" * 7 + b" HEAD\n"
THEIRS = b">" * 7 + b" topic\n"

FAULTS = {
    "a blank at the end of a line": ("a.txt", b"one \ntwo\n", "a.txt:1: blanks at the end"),
    "a tab at the end of a line": ("a.txt", b"one\ntwo\t\n", "a.txt:2: blanks at the end"),
    "a carriage return": ("a.txt", b"one\ntwo\r\n", "a.txt:2: ends in CR LF, as on Windows"),
    "no newline at the end": ("a.txt", b"one", "must end with one newline"),
    "an empty line at the end": ("a.txt", b"one\n\n", "must end with one newline"),
    "the start of a conflict": ("a.txt", OURS, "a.txt:1: a merge marker"),
    "the end of a conflict": ("a.txt", b"one\n" + THEIRS, "a.txt:2: a merge marker"),
    "a large file": ("a.bin", b"\0" * (LARGEST + 1), "give it to DVC"),
    "a private key": ("a.pem", KEY, "holds a private key"),
    "a private key in a binary file": ("a.bin", b"\0" + KEY, "holds a private key"),
    "broken JSON": ("a.json", b"{,}\n", "cannot be read"),
    "endless JSON": ("a.json", b"[" * 100_000 + b"\n", "cannot be read"),
    "endless YAML": ("a.yaml", b"[" * 10_000 + b"\n", "cannot be read"),
    "broken TOML": ("a.toml", b"a = \n", "cannot be read"),
    "broken YAML": ("a.yaml", b"a: [1\n", "cannot be read"),
    "broken YAML under its other name": ("a.yml", b"a: b: c\n", "cannot be read"),
    "text that is not UTF-8": ("a.txt", b"caf\xe9\n", "cannot be read"),
}
TIDY = {
    "empty.txt": b"",
    "a.txt": b"one\n\n  two\n",
    "title.md": b"Title\n=======\n",
    "a.json": b'{"a": 1}\n',
    "a.toml": b"a = 1\n",
    "a.yaml": b"a: 1\n---\nb: 2\n",
    ".gitlab-ci.yml": b"test: {script: !reference [.set-up, script]}\n",
    "large.bin": b"\0" * LARGEST,
    "image.bin": b"\0 \n \n",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_and_named(fault: str, tmp_path: Path) -> None:
    name, data, wanted = FAULTS[fault]
    (tmp_path / name).write_bytes(data)
    found = "\n".join(problems(tmp_path / name))
    assert wanted in found
    assert name in found


@pytest.mark.parametrize("name", TIDY)
def test_a_tidy_file_has_no_problems(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(TIDY[name])
    assert not list(problems(tmp_path / name))


def test_one_bad_file_among_good_ones_makes_the_call_red(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_bytes(b"one\n")
    bad.write_bytes(b"one")
    assert main([str(good)]) == 0
    assert main([str(good), str(bad)]) == 1
    assert capsys.readouterr().out == f"{bad}: must end with one newline\n"
