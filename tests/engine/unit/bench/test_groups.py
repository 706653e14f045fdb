"""The command measures the groups that it is asked for."""

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from clockwork.cli import cli
from clockwork.selftest.bench import bench
from clockwork.support.errors import BadInput

ROOT = Path(__file__).parents[4]


def test_a_group_that_does_not_exist_is_one_line_that_names_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"no group of figures is called 'speed'; there are demo, .*, fleet, adopt, "
    ):
        bench(tmp_path, 1, print, ["tuning", "speed"])


def test_the_help_names_every_group() -> None:
    text = " ".join(CliRunner().invoke(cli, ["bench", "--help"]).output.split())
    assert "GROUP is demo, gate, graph, pull-request, statistics, tuning, surrogate, " in text
    with pytest.raises(BadInput) as refused:
        bench(ROOT, 1, print, ["speed"])
    groups = str(refused.value).partition("there are ")[2].split(", ")
    assert [name for name in groups if name not in text] == []


@pytest.mark.parametrize(
    ("goals", "wanted"),
    [
        ("bench adopt TABLES=/t", 'clockwork bench adopt --tables="$TABLES"'),
        ("bench demo gate", "clockwork bench demo gate"),
        ("adopt DATA=x TARGET=y", 'clockwork adopt --data="$DATA" --target="$TARGET"'),
        ("demo", "clockwork demo"),
    ],
)
def test_a_word_after_bench_is_a_group_and_no_verb(goals: str, wanted: str) -> None:
    words = ["make", "--no-print-directory", "-n", "READY=", "MAKEFLAGS=", *goals.split()]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    ran = [line for line in done.stdout.splitlines() if "-m clockwork" in line]
    assert len(ran) == 1
    assert wanted in ran[0]
