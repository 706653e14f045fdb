"""Run the GitHub workflows of a project on this machine.

act does it with no container, no network, and stand-ins for actions.

act knows neither `$/`, GitHub's word for this repository at the commit that runs, nor the actions'
own code. So a copy of the workflows names the project and the stand-ins beside this file instead.
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SLUG = "acme/fleet"
USES = re.compile(r"uses: ([\w.-]+/[\w.-]+)((?:/[\w.-]+)*)@([0-9a-f]{40})")
EVENTS = ("pull_request", "merge_group", "workflow_run", "push")
RUN_ID = "1"


@dataclass(frozen=True)
class Ran:
    """A workflow that ran: act's exit code, its output line by line, the folder it worked in."""

    code: int
    lines: list[dict[str, Any]]
    work: Path

    @property
    def jobs(self) -> dict[str, str]:
        """The result of each job that ran: act says nothing of those that were skipped."""
        return {line["jobID"]: line["jobResult"] for line in self.lines if line.get("jobResult")}

    def steps(self, job: str) -> dict[str, str]:
        """The result of each step of `job`, by its name."""
        return {
            line["step"]: line["stepResult"]
            for line in self.lines
            if "stepResult" in line and line["jobID"] == job
        }

    def log(self, job: str) -> str:
        """What the commands of `job` printed."""
        return "".join(
            str(line["msg"])
            for line in self.lines
            if line.get("raw_output") and line["jobID"] == job
        )

    @property
    def text(self) -> str:
        """act's whole output, for messages of failed tests."""
        return "\n".join(str(line.get("msg", line)).rstrip() for line in self.lines)

    def artefact(self, name: str) -> Path:
        """Where the artefact `name` lies, if there is one."""
        return self.work / "artifacts" / RUN_ID / name


def run(
    project: Path, work: Path, workflow: str, event: dict[str, Any], token: str = "", api: str = ""
) -> Ran:
    """Run the one `workflow` of the project for the event that GitHub would tell with this payload.

    Caches and artefacts stay in `work` for the next run. `token` is the workflow's, for the API at
    `api`.
    """
    name = next(name for name in EVENTS if name in event)
    for folder in ("home", "caches", "artifacts"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    (work / "event.json").write_text(json.dumps(event), encoding="utf-8")
    (work / workflow).write_text(translated(project, workflow), encoding="utf-8")
    places = {
        "ACT_REPOSITORY": project,
        "ACT_CACHES": work / "caches",
        "ACT_ARTIFACTS": work / "artifacts",
    }
    given = {**places, "ACT_VENV": sys.prefix, **({"GITHUB_API_URL": api} if api else {})}
    done = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "act"), name, "--json", "--strict", "--rm"),
            *(
                "-W",
                str(work / workflow),
                "-e",
                str(work / "event.json"),
                "-P",
                "ubuntu-latest=-self-hosted",
            ),
            *(
                "--action-offline-mode",
                "--use-new-action-cache",
                "--action-cache-path",
                str(work / "actions"),
            ),
            *("--no-cache-server", *stand_ins(project)),
            *(word for pair in given.items() for word in ("--env", "=".join(map(str, pair)))),
            *(["--secret", f"GITHUB_TOKEN={token}"] if token else []),
        ],
        cwd=project,
        env=clean(work),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return Ran(
        done.returncode,
        [json.loads(line) if line.startswith("{") else {"msg": line} for line in lines],
        work,
    )


def clean(work: Path) -> dict[str, str]:
    """The environment of a fresh machine: act hands everything on to the commands it runs."""
    path = os.pathsep.join([str(HERE / "bin"), os.environ["PATH"]])
    return {"PATH": path, "HOME": str(work / "home"), "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"}


def translated(project: Path, workflow: str) -> str:
    """The workflow with this repository under the name that act finds it by.

    act runs one workflow, and its schema does not know how many of them GitHub lets wait.
    """
    text = (project / ".github" / "workflows" / workflow).read_text(encoding="utf-8")
    text = text.replace(", queue: max }", " }")
    return re.sub(r"uses: \$/([\w./-]+)", rf"uses: {SLUG}/\1@{'0' * 40}", text)


def stand_ins(project: Path) -> list[str]:
    """What tells act where each action lies on this machine."""
    texts = [
        path.read_text(encoding="utf-8") for path in sorted((project / ".github").rglob("*.yml"))
    ]
    wanted = {(found[1], found[3]) for text in texts for found in USES.finditer(text)}
    places = {f"{name}@{sha}": HERE / name.split("/")[1] for name, sha in wanted}
    places[f"{SLUG}@{'0' * 40}"] = project
    return [
        word
        for name, place in sorted(places.items())
        for word in ("--local-repository", f"{name}={place}")
    ]
