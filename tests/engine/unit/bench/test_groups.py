"""The command measures the groups that it is asked for."""

from pathlib import Path

import pytest

from clockwork.selftest.bench import GROUPS, bench
from clockwork.support.errors import BadInput


def test_a_group_that_does_not_exist_is_one_line_that_names_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"no group of figures is called 'speed'; there are {', '.join(GROUPS)}"):
        bench(tmp_path, 1, print, ["tuning", "speed"])
