"""One build of a Jenkinsfile in a workspace, and what came of it."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..throwaway import ran

HARNESS = Path(__file__).parent / "harness.groovy"
CREDENTIAL = "clockwork-forge-token"
BRIEF = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"  # a machine that lives for seconds
TOKEN = "a-token-nobody-may-see"  # noqa: S105 - it opens nothing


@dataclass(frozen=True)
class Build:
    """How a build ended, the events of its trace, its log, and the files that it archived."""

    result: str
    trace: list[dict[str, Any]]
    log: str
    archive: Path

    def skipped(self) -> list[str]:
        """The stages that did not run, whatever the reason."""
        return [event["stage"] for event in self.trace if event["event"] == "skipped"]

    def started(self) -> list[str]:
        """The stages that ran, in their order."""
        return [event["stage"] for event in self.trace if event["event"] == "start"]

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The events of one kind, in their order."""
        return [event for event in self.trace if event["event"] == kind]

    def archived(self) -> list[str]:
        """The files kept with the build."""
        return sorted(path.name for path in self.archive.rglob("*") if path.is_file())


def java_home() -> str:
    """Where the `java` of PATH lives. Skips the test where Java or Groovy is missing."""
    if not shutil.which("groovy") or not (java := shutil.which("java")):
        pytest.skip("groovy or java is not on PATH; Debian: apt-get install groovy")
    return str(Path(java).resolve().parent.parent)


def build(
    jenkinsfile: Path,
    workspace: Path,
    place: Path,
    variables: Mapping[str, str],
    credentials: Mapping[str, str] | None = None,
) -> Build:
    """Run `jenkinsfile` in `workspace`; config, trace and archive go to the new folder `place`."""
    place.mkdir(parents=True)
    config, trace = place / "config.json", place / "trace.json"
    given = {"env": dict(variables), "credentials": dict(credentials or {})}
    config.write_text(json.dumps(given), encoding="utf-8")
    words = ["groovy", str(HARNESS), str(jenkinsfile), str(workspace), str(config), str(trace)]
    done = ran(words, workspace, JAVA_HOME=java_home(), JAVA_OPTS=BRIEF)
    assert trace.exists(), done.text
    found = json.loads(trace.read_text(encoding="utf-8"))
    return Build(found["result"], found.get("trace", []), done.text, place / "archive")
