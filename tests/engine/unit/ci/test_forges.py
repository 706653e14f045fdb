"""A pull request's page says which forge it is on; what is too long for it is cut cleanly."""

import pytest

from clockwork.ci.forges import CUT, Address, cut, size
from clockwork.ci.forges.table import address

PAGES = {
    "https://github.com/acme/fleet/pull/42": Address(
        "github", "https://github.com", "acme/fleet", "42"
    ),
    "https://git.acme.test:8443/acme/fleet/pull/42/files": Address(
        "github", "https://git.acme.test:8443", "acme/fleet", "42"
    ),
    "https://bitbucket.org/acme/fleet/pull-requests/42": Address(
        "bitbucket cloud", "https://bitbucket.org", "acme/fleet", "42"
    ),
    "https://git.acme.test/projects/ML/repos/fleet/pull-requests/42/overview": Address(
        "bitbucket data center", "https://git.acme.test", "projects/ML/repos/fleet", "42"
    ),
    "https://acme.test/bitbucket/projects/ML/repos/fleet/pull-requests/42": Address(
        "bitbucket data center", "https://acme.test/bitbucket", "projects/ML/repos/fleet", "42"
    ),
    "https://git.acme.test/users/ann/repos/fleet/pull-requests/42": Address(
        "bitbucket data center", "https://git.acme.test", "projects/~ann/repos/fleet", "42"
    ),
    "https://git.acme.test/users/~ann/repos/fleet/pull-requests/42": Address(
        "bitbucket data center", "https://git.acme.test", "projects/~ann/repos/fleet", "42"
    ),
    "https://gitlab.com/acme/fleet/-/merge_requests/42": Address(
        "gitlab", "https://gitlab.com", "acme/fleet", "42"
    ),
    "https://gitlab.com/acme/ml/models/fleet/-/merge_requests/42#note_1": Address(
        "gitlab", "https://gitlab.com", "acme/ml/models/fleet", "42"
    ),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_forge_host_repository_and_number(page: str) -> None:
    assert address(page) == PAGES[page]


@pytest.mark.parametrize(
    "page",
    [
        "",
        "https://github.com/acme/fleet",
        "https://github.com/acme/fleet/pull/42x",
        "https://github.com@evil.test/acme/fleet/pull/42",
        "https://bitbucket.org.evil.test/acme/fleet/pull-requests/42",
        "javascript://github.com/acme/fleet/pull/42",
        "https://evil.test/?https://github.com/acme/fleet/pull/42",
    ],
)
def test_other_pages_are_on_no_forge_that_is_known(page: str) -> None:
    assert address(page) is None


def test_what_fits_is_not_cut() -> None:
    assert cut("fits", 4) == "fits"


def test_one_line_is_cut_with_a_sign_that_it_was() -> None:
    assert cut("x" * 300, 140) == "x" * 139 + "…"


@pytest.mark.parametrize("end", ["\\", "&lt", "&#x5f", "<deta"])
def test_a_line_is_not_cut_within_an_escape_a_character_reference_or_a_tag(end: str) -> None:
    assert cut(f"word {end}|>; more", len(f"word {end}") + 1) == "word…"


def test_markdown_is_cut_between_lines_where_nothing_is_open() -> None:
    text = (
        "said\n\n<details><summary>a</summary>\n\n"
        + "row\n" * 50
        + "</details>\n\n<details>\n"
        + "row\n" * 50
    )
    assert cut(text, 300) == text[: text.index("</details>") + len("</details>")] + f"\n\n{CUT}"
    assert cut(text, 100) == f"said\n\n{CUT}"


def test_a_code_block_is_kept_whole_or_left_out() -> None:
    assert cut("said\n```\n" + "code\n" * 100 + "```\n", 200) == f"said\n\n{CUT}"


@pytest.mark.parametrize("longest", [1, 2, 30, 60, 139, 140])
def test_whatever_is_cut_fits_also_where_characters_count_twice(longest: int) -> None:
    for text in ("\U0001f534" * 200, "\U0001f534 line\n" * 100, "plain " * 100):
        assert size(cut(text, longest)) <= longest
