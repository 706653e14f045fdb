"""What both Bitbuckets take: a status, and a report with its annotations, within their limits."""

import pytest
from pytest_httpserver import HTTPServer

from clockwork.ci.answers import Refused
from clockwork.ci.forges import Change, Forge, Note
from clockwork.ci.forges.bitbucket import REPORT_KEY
from clockwork.report.markdown import PLAIN_MARKER
from tests.engine.unit.ci.bitbucket_servers import Bitbucket, Cloud, DataCenter
from tests.engine.unit.ci.forge_servers import CHANGE, PUSHED, message, problem

HOSTILE = (
    'x"}]\n\r\t<script>alert(1)</script> | [y](javascript:z) {repository.full_name} ${1} \u202e '
    "@all \U0001f600 \\"
)


@pytest.fixture(params=[Cloud, DataCenter])
def server(request: pytest.FixtureRequest, httpserver: HTTPServer) -> Bitbucket:
    """Both of them."""
    found: Bitbucket = request.param(httpserver)
    return found


def red_notes(count: int) -> tuple[Note, ...]:
    """As many red notes as asked for, behind one that is not red."""
    return (
        Note("churn", "rows flipped", "", red=False),
        *(Note(f"n{i}", "worse", "dvc.yaml", True) for i in range(count)),
    )


def test_publishing_again_leaves_one_status_and_one_report(server: Bitbucket, forge: Forge) -> None:
    for green in (False, True):
        forge.status(CHANGE, message(green=green))
        forge.report(CHANGE, message(green=green))
    assert [one["state"] for one in server.statuses] == ["SUCCESSFUL"]
    assert [one["result"] for one in server.reports.values()] in (["PASSED"], ["PASS"])


def test_annotations_of_an_earlier_verdict_are_gone_and_none_comes_twice(
    server: Bitbucket, forge: Forge
) -> None:
    for count in (150, 2, 2):
        forge.report(CHANGE, message(green=False, notes=red_notes(count)))
        assert len(server.notes[REPORT_KEY]) == count + 1
    forge.report(CHANGE, message())
    assert server.notes == {}


def test_a_report_keeps_the_first_data_and_a_thousand_annotations_the_red_ones_first(
    server: Bitbucket, forge: Forge
) -> None:
    data = tuple((f"d{i}", float(i)) for i in range(15))
    forge.report(CHANGE, message(green=False, data=data, notes=red_notes(1200)))
    kept = [one["title"] for one in server.reports[REPORT_KEY]["data"]]
    assert kept == [f"d{i}" for i in range(server.most_data)]
    assert len(server.notes[REPORT_KEY]) == 1000
    assert {one["severity"] for one in server.notes[REPORT_KEY]} == {"HIGH"}


def test_each_value_has_its_type_and_what_is_no_number_is_text(
    server: Bitbucket, forge: Forge
) -> None:
    data = (("a", True), ("b", 0.5), ("c", "x"), ("d", float("nan")), ("e", float("-inf")))
    forge.report(CHANGE, message(data=data))
    assert [(one["type"], one["value"]) for one in server.reports[REPORT_KEY]["data"]] == [
        ("BOOLEAN", True),
        ("NUMBER", 0.5),
        ("TEXT", "x"),
        ("TEXT", "nan"),
        ("TEXT", "-inf"),
    ]


NO_LINKS = {
    "none": None,
    "empty": "",
    "of the build's machine": "http://localhost:5000/#/runs",
    "a script": "javascript:alert(1)",
    "a script with a host": "javascript://acme.test/%0Aalert(1)",
    "two words": "https://acme.test/a b",
    "too long": "https://acme.test/" + "y" * 450,
    "broken": "https://[acme.test/",
}


@pytest.mark.parametrize("link", NO_LINKS.values(), ids=NO_LINKS)
def test_where_the_link_would_be_refused_the_pull_request_is_linked(
    server: Bitbucket, forge: Forge, link: str | None
) -> None:
    forge.status(CHANGE, message(link=link))
    forge.report(CHANGE, message(link=link))
    assert server.statuses[0]["url"] == server.reports[REPORT_KEY]["link"] == server.page


def test_hostile_text_in_every_field_arrives_as_text(server: Bitbucket, forge: Forge) -> None:
    long = HOSTILE * 300
    notes = (Note(long, long, HOSTILE, True), Note(long, "", "", False))
    evil = message(long, green=False, title=long, data=((long, long),), notes=notes)
    change = Change("42", PUSHED, HOSTILE)
    forge.comment(change, evil)
    forge.status(change, evil)
    forge.report(change, evil)
    assert server.texts()[0].startswith(PLAIN_MARKER)
    assert any(str(value).endswith(HOSTILE) for value in server.statuses[0].values())
    assert server.notes[REPORT_KEY][0]["path"] == HOSTILE
    ids = {one.get("external_id", one.get("externalId")) for one in server.notes[REPORT_KEY]}
    assert len(ids) == 2


def test_a_hostile_number_or_commit_cannot_leave_its_place(server: Bitbucket, forge: Forge) -> None:
    for call in (forge.status, forge.report):
        with pytest.raises(Refused, match="404"):
            call(Change("42", "../../../user?x=", None), message())
    with pytest.raises(Refused, match="404"):
        forge.head("42/merge?version=0")
    assert {one.query_string for one in server.asked} == {b""}
    assert all("/..%2F..%2F..%2Fuser%3Fx%3D" in line for line in server.calls[:-1])
    assert server.calls[-1].endswith("/42%2Fmerge%3Fversion%3D0")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_report_comes_through_whole_where_the_server_is_busy(
    server: Bitbucket, forge: Forge, status: int
) -> None:
    calls = ("DELETE .*reports", "PUT .*reports", "PUT .*reports", "POST .*annotations")
    server.faults = [(call, problem(status)) for call in calls]
    forge.report(CHANGE, message(green=False, notes=red_notes(2)))
    assert (len(server.notes[REPORT_KEY]), server.faults) == (3, [])


def test_the_report_of_somebody_else_is_not_ours_to_replace(
    server: Bitbucket, forge: Forge
) -> None:
    server.faults = [("DELETE .*reports", problem(401))]
    with pytest.raises(Refused, match="401"):
        forge.report(CHANGE, message())
    assert server.count("PUT") == 0
