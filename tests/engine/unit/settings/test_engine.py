"""configs/engine.yaml says what it means, and no message shows a password."""

from pathlib import Path

import pytest

import pipelines
from clockwork.settings.engine import EngineSettings, engine_settings
from clockwork.support.errors import BadInput

ROOT = Path(pipelines.__path__[0]).parent
SECRET = "postgresql+psycopg://clockwork:hunter2@db.example/studies"  # noqa: S105 - nobody's


def written(root: Path, **values: str) -> Path:
    (root / "configs").mkdir()
    given = {"workers": "1", "scheduler": "null", "storage": "null", **values}
    text = "".join(f"{key}: {value}\n" for key, value in given.items())
    (root / "configs" / "engine.yaml").write_text(text, encoding="utf-8")
    return root


def test_as_shipped_everything_runs_on_this_machine_in_one_process() -> None:
    assert engine_settings(ROOT, {}) == EngineSettings(workers=1, scheduler=None, storage=None)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    root = written(tmp_path, scheduler="tcp://old:1", storage="postgresql://old/one")
    settings = engine_settings(
        root, {"CLOCKWORK_SCHEDULER": "tls://10.0.0.1:8786", "CLOCKWORK_STORAGE": SECRET}
    )
    assert (settings.scheduler, settings.storage) == ("tls://10.0.0.1:8786", SECRET)
    assert engine_settings(root, {"CLOCKWORK_SCHEDULER": ""}).scheduler == "tcp://old:1"


@pytest.mark.parametrize("start", ["postgres://", "postgresql://", "postgresql+psycopg://"])
def test_a_url_that_names_no_driver_gets_the_one_that_is_installed(
    tmp_path: Path, start: str
) -> None:
    settings = engine_settings(written(tmp_path, storage=f"{start}me@db/studies"), {})
    assert settings.storage == "postgresql+psycopg://me@db/studies"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("workers", "0", "key 'workers': input should be greater than or equal to 1"),
        ("workers", "many", "key 'workers': input should be a valid integer"),
        (
            "scheduler",
            "10.0.0.1",
            "key 'scheduler': a scheduler reads tcp://host:port, got '10.0.0.1'",
        ),
        ("scheduler", "tcp://host", "a scheduler reads tcp://host:port"),
        ("scheduler", "http://host:8786", "a scheduler reads tcp://host:port"),
        ("storage", "sqlite:///studies.db", "SQLite is not safe for many workers"),
        ("storage", "studies.journal", "null for a file in build/studies"),
        ("worker", "2", "unknown key 'worker'; did you mean 'workers'?"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line_that_names_the_key(
    tmp_path: Path, key: str, value: str, expected: str
) -> None:
    with pytest.raises(BadInput, match=r"engine\.yaml") as refused:
        engine_settings(written(tmp_path, **{key: value}), {})
    assert expected in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_wrong_variable_is_named_and_no_password_is_shown(tmp_path: Path) -> None:
    root = written(tmp_path)
    with pytest.raises(BadInput, match=r"^CLOCKWORK_STORAGE: a storage reads") as refused:
        engine_settings(root, {"CLOCKWORK_STORAGE": SECRET.replace("postgresql", "oracle")})
    assert "hunter2" not in str(refused.value)
    with pytest.raises(BadInput, match=r"^CLOCKWORK_SCHEDULER: a scheduler reads"):
        engine_settings(root, {"CLOCKWORK_SCHEDULER": "here"})
