"""What is published of a verdict says the same as the verdict, and nothing in it acts."""

import re
from dataclasses import replace

import pytest

from clockwork.ci.forges import CUT, size
from clockwork.ci.message import MOST_FIGURES, figures, message
from clockwork.gate.catalogue import CheckId, title_of
from clockwork.gate.outcome import Outcome
from clockwork.report.markdown import MARKER, PLAIN_MARKER, first_line
from clockwork.report.phrases import MINUS
from clockwork.verdict.parts import Context
from clockwork.verdict.schema import Verdict


def test_title_summary_and_figures_tell_the_verdict(red: Verdict) -> None:
    sent = message(red)
    assert sent.title == "ML regression: REGRESSION"
    assert sent.summary.startswith("trees average precision 0.530 → 0.490")
    assert sent.data[:3] == (
        ("Verdict", "regression"),
        ("Checks that hold", "6/8"),
        ("trees average precision", f"0.530 → 0.490 ({MINUS}7.5 %)"),
    )
    assert ("Evaluation rows", 9000.0) in sent.data
    assert sent.link == "https://ci.test/build/4"


def test_figures_stay_within_what_a_forge_takes(red: Verdict) -> None:
    many = [replace(red.checks[5], algorithm=f"a{at}") for at in range(30)]
    assert len(message(red.model_copy(update={"checks": many})).data) == MOST_FIGURES
    assert len(list(figures(red.model_copy(update={"checks": many})))) > MOST_FIGURES


@pytest.mark.parametrize(
    ("outcome", "code", "green"),
    [
        (Outcome.PASS, 0, True),
        (Outcome.UNCHANGED, 0, True),
        (Outcome.CANNOT_TELL, 3, False),
        (Outcome.CANNOT_TELL, 0, True),
        (Outcome.REGRESSION, 1, False),
        (Outcome.REGRESSION, 0, False),
        (Outcome.PASS, 2, False),
    ],
)
def test_green_is_what_passed_and_what_nobody_can_tell_where_a_setting_lets_it(
    red: Verdict, outcome: Outcome, code: int, green: bool
) -> None:
    assert message(red.model_copy(update={"outcome": outcome, "exit_code": code})).green is green


def test_notes_point_at_the_settings_and_those_that_block_come_first(red: Verdict) -> None:
    blocking, sliced, *watched = message(red).notes
    assert (blocking.path, blocking.red) == ("configs/models/trees.yaml", True)
    assert (
        sliced.message
        == f"{title_of(CheckId.NO_WORSE)} · trees · average_precision · kind router: regression: no"
    )
    assert all(not note.red and "(watched)" in note.message for note in watched)


def test_a_note_keeps_its_key_from_run_to_run_and_shares_it_with_no_other(red: Verdict) -> None:
    keys = [note.key for note in message(red).notes]
    again = red.model_copy(
        update={"checks": [replace(one, message="other") for one in reversed(red.checks)]}
    )
    assert sorted(keys) == sorted(note.key for note in message(again).notes)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", "x\ny", "A" * 99])
def test_an_algorithm_with_a_strange_name_leads_to_the_gate_s_settings(
    red: Verdict, name: str
) -> None:
    bad = [replace(red.checks[5], algorithm=name)]
    assert [note.path for note in message(red.model_copy(update={"checks": bad})).notes] == [
        "configs/gate.yaml"
    ]


def test_where_html_shows_as_text_there_is_none(red: Verdict) -> None:
    folded, plain = (message(red).comment(60_000, html) for html in (True, False))
    assert folded.startswith(f"{MARKER}\n")
    assert plain.startswith(f"{PLAIN_MARKER}\n\n{first_line(red)}")
    assert "**Slices that hold: 1/2**\n\n| slice | trees |" in plain
    assert "<" not in plain
    assert len(re.findall("<summary>", folded)) == len(
        re.findall(r"^\*\*(?!Next)", plain, re.MULTILINE)
    )


@pytest.mark.parametrize("html", [True, False])
@pytest.mark.parametrize("longest", [300, 2_000, 32_000, 65_000])
def test_a_comment_fits_and_closes_what_it_opens(
    hostile: Verdict, longest: int, html: bool
) -> None:
    checks = [
        replace(one, message=f"\U0001f600{at}" * 90) for at in range(60) for one in hostile.checks
    ]
    reported = message(hostile.model_copy(update={"checks": checks})).comment(longest, html)
    assert size(reported) <= longest
    assert reported.count("<details>") == reported.count("</details>")
    assert reported.startswith(MARKER if html else PLAIN_MARKER)
    assert "trees average precision" in reported
    if longest < 32_000:
        assert reported.rstrip().endswith(CUT)


def test_what_a_pull_request_may_choose_is_plain_text_in_every_field(
    hostile: Verdict, attack: str
) -> None:
    context = Context(branch=attack, build_url=f"https://ci.test/{attack}")
    sent = message(hostile.model_copy(update={"context": context, "summary": attack}))
    texts = [sent.title, sent.summary, *(note.message for note in sent.notes)]
    texts += [part for pair in sent.data for part in map(str, pair)]
    for text in texts:
        assert "\n" not in text
        assert "\u202e" not in text
        assert len(text) <= 1000
    assert all(
        re.fullmatch(r"configs/(gate|models/[a-z0-9_]+)\.yaml", note.path) for note in sent.notes
    )
    assert sent.link
    assert re.fullmatch(r"https://ci\.test/[^\s<>()\[\]|`*\\]+", sent.link)


def test_a_link_that_is_no_web_page_is_left_out(hostile: Verdict) -> None:
    assert message(hostile).link is None
