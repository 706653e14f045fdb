"""docs/extend.md is true: each change made from it in a copy touches the named files and works."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from clockwork.support.git import Commit
from clockwork.verdict.schema import Verdict, write_verdict
from tests.engine.pipeline.conftest import Project, clone
from tests.engine.unit.ci.forge_servers import TOKEN
from tests.engine.unit.serving.conftest import DATA, FEATURES, raw_rows

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "extend.md").read_text(encoding="utf-8")
EDIT = re.compile(
    r"^`(?P<path>[^`\n]+)`(?:, (?P<how>after|in place "
    r"of)\s`(?P<line>[^`\n]+)`)?[^`\n]*:\n\n```\w+\n(?P<code>.*?)```$",
    re.MULTILINE | re.DOTALL,
)
SECTIONS = {part.splitlines()[0]: part for part in re.split(r"(?m)^## ", PAGE)[1:]}
FILES = {
    title.lower(): int(count)
    for title, count in re.findall(r"(?m)^\| \[(.+)\]\(#.*\) \| (\d) \|$", PAGE)
}


@dataclass(frozen=True)
class Copy:
    """A copy of this repository in which changes of the page are made."""

    project: Project

    @property
    def root(self) -> Path:
        """Where it is."""
        return self.project.root

    def python(self, *args: str, **environ: str) -> str:
        """What `python -m args` prints in the copy; it must succeed."""
        done = self.project.python(*args, env=environ)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def script(self, text: str, **environ: str) -> str:
        """What a script prints in the copy; it must succeed."""
        (self.root / "build").mkdir(exist_ok=True)
        (self.root / "build" / "tried.py").write_text(text, encoding="utf-8")
        return self.python("build.tried", **environ)

    def make(self, change: str) -> None:
        """Make the change as its section of the page says, in as many files as the table says."""
        edits = list(EDIT.finditer(SECTIONS[change]))
        assert len({edit["path"] for edit in edits}) == FILES[change.lower()]
        for edit in edits:
            file, how, line, code = (
                self.root / edit["path"],
                edit["how"],
                edit["line"],
                edit["code"],
            )
            if how:
                text = file.read_text(encoding="utf-8")
                assert text.count(f"{line}\n") == 1, f"{edit['path']} must have one line {line!r}"
                code = text.replace(f"{line}\n", (f"{line}\n" if how == "after" else "") + code)
            file.write_text(code, encoding="utf-8")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """One copy for all changes."""
    project = clone(tmp_path_factory.mktemp("extend"))
    project.commit("A copy")
    return Copy(project)


@pytest.fixture
def copy(shared: Copy) -> Copy:
    """The copy, in which nothing is changed yet."""
    shared.project.back_to("main")
    return shared


def test_the_page_has_a_section_for_every_change_of_its_table() -> None:
    assert [title.lower() for title in SECTIONS] == list(FILES)


STAGES = """
from clockwork.compare.preflight import check_settings
from clockwork.learning.stages import features, score, split, train, tune
assert check_settings().algorithms["naive_bayes"] == "watched"
features.main(), split.main()
for stage in (tune, train, score):
    stage.main("naive_bayes")
"""


def test_a_further_algorithm_is_trained_and_scored(copy: Copy) -> None:
    copy.make("A further algorithm")
    for name, text in (("data", DATA), ("features", FEATURES)):
        (copy.root / "configs" / f"{name}.yaml").write_text(text, encoding="utf-8")
    (copy.root / "data").mkdir(exist_ok=True)
    raw_rows().to_parquet(copy.root / "data" / "rows.parquet", index=False)
    copy.script(STAGES)
    metrics = json.loads(
        (copy.root / "build" / "metrics" / "naive_bayes.json").read_text(encoding="utf-8")
    )
    assert metrics["roc_auc"] > 0.8


GATE = """
import numpy as np
from clockwork.compare.preflight import check_settings
from clockwork.gate.decide import decide
from clockwork.gate.question import Guardrail, Question, SliceRules
from clockwork.gate.known import faults
from clockwork.gate.metrics import Rows
from clockwork.gate.noninferiority import Rules
asked = check_settings().guardrails["absolute_error"]
rows = Rows(np.repeat(np.arange(60), 20), (np.arange(1200) % 7 == 0).astype(np.int8), 60, np.tile(np.arange(20), 60))
base = np.stack([np.random.default_rng(seed).beta(1 + 8 * rows.label, 9 - 8 * rows.label) for seed in range(3)])
guardrails = {"absolute_error": Guardrail(asked.margin)}
rules, slices = Rules(0.03, 0.05, 0.01, 0.15), SliceRules(0.1, 0.05, 20)
question = Question({"trees": True}, "roc_auc", guardrails, slices, rules, 300, 30, 5)
checks = decide(question, rows, {"trees": 0.25 + base / 2}, {"trees": base})
print(faults(), {check.metric: str(check.outcome) for check in checks if check.algorithm})
"""  # noqa: E501


def test_a_further_metric_has_its_known_values_and_gates(copy: Copy) -> None:
    copy.make("A further gating metric")
    assert copy.script(GATE) == "[] {'roc_auc': 'pass', 'absolute_error': 'regression'}\n"


def test_another_first_line_stands_in_the_comment(copy: Copy) -> None:
    copy.make("Another first line of the comment")
    copy.python("pytest", "-q", "tests/engine/unit/report/test_markdown.py", "-k", "first_line")


CONTEXT = """
import json, os
from clockwork.ci.context import context
from clockwork.ci.forges.table import address
found = context(os.environ)
print(json.dumps([found.ci, found.pull_request, found.branch, found.target, found.commit, found.fork, found.build_url,
                  address(found.page).kind]))
"""  # noqa: E501
AZURE = {
    "TF_BUILD": "True",
    "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": "42",
    "SYSTEM_PULLREQUEST_SOURCEBRANCH": "faster",
    "SYSTEM_PULLREQUEST_TARGETBRANCHNAME": "main",
    "SYSTEM_PULLREQUEST_SOURCECOMMITID": "a" * 40,
    "SYSTEM_PULLREQUEST_ISFORK": "False",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
    "SYSTEM_TEAMPROJECT": "fleet",
    "BUILD_BUILDID": "7",
    "BUILD_SOURCEVERSION": "b" * 40,
    "BUILD_REPOSITORY_URI": "https://github.com/acme/fleet",
}


def test_a_further_ci_system_is_recognised_and_its_file_holds_no_logic(copy: Copy) -> None:
    copy.make("A CI system on a known forge")
    build = "https://dev.azure.com/acme/fleet/_build/results?buildId=7"
    expected = ["azure", "42", "faster", "main", "a" * 40, False, build, "github"]
    assert json.loads(copy.script(CONTEXT, **AZURE)) == expected
    fork = json.loads(copy.script(CONTEXT, **AZURE | {"SYSTEM_PULLREQUEST_ISFORK": "True"}))
    assert fork == [*expected[:5], True, *expected[6:]]
    lines = (copy.root / "azure-pipelines.yml").read_text(encoding="utf-8").splitlines()
    verbs = {
        found
        for line in lines
        for found in re.findall(r"- script: .*?(make [a-z ]+|git checkout)", line)
    }
    assert len(lines) <= 40
    assert {verb.strip() for verb in verbs} == {
        *("git checkout", "make test check", "make regression", "make publish", "make promote"),
    }


def test_a_new_forge_gets_comment_and_status(
    copy: Copy, red: Verdict, httpserver: HTTPServer
) -> None:
    copy.make("A new forge")
    built = red.model_copy(update={"head": Commit("a" * 40, "Raise the rate")})
    write_verdict(built, copy.root / "build" / "verdict.json")
    posted: dict[str, dict[str, str]] = {}

    def answer(request: Request) -> Response:
        if request.method == "POST":
            posted[request.path.removeprefix("/api/v1/repos/acme/fleet/")] = json.loads(
                request.data
            )
        known = {
            "/api/v1/user": {"id": 7},
            "/api/v1/repos/acme/fleet/pulls/42": {"head": {"sha": "a" * 40}},
        }
        made = {"html_url": httpserver.url_for("/acme/fleet/pulls/42#issuecomment-1")}
        found = (
            []
            if request.path.endswith("comments") and request.method == "GET"
            else known.get(request.path, made)
        )
        return Response(json.dumps(found), content_type="application/json")

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    jenkins = {
        "JENKINS_URL": "https://ci.test",
        "CHANGE_ID": "42",
        "CHANGE_URL": httpserver.url_for("/acme/fleet/pulls/42"),
    }
    reported = copy.python("clockwork", "publish", GITEA_TOKEN=TOKEN, NO_PROXY="*", **jenkins)
    assert (
        f"published on pull request 42: {httpserver.url_for('/acme/fleet/pulls/42')}#issuecomment-1"
        in reported
    )
    assert posted["issues/42/comments"]["body"].startswith("<!-- clockwork -->")
    assert posted[f"statuses/{'a' * 40}"]["state"] == "failure"


@pytest.mark.slow
def test_all_changes_together_leave_the_tests_that_are_there_green(copy: Copy) -> None:
    for change in SECTIONS:
        copy.make(change)
    files = ["test_house.py", "report", "settings", "models"]
    files += [f"gate/test_{name}.py" for name in ("known", "pairs", "metrics")]
    files += [
        f"ci/test_{name}.py" for name in ("context", "every_forge", "forges", "message", "publish")
    ]
    copy.python("pytest", "-q", "tests/unit", *(f"tests/engine/unit/{name}" for name in files))
