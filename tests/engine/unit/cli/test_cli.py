"""The command line: a wrong word is one line that says where help is, and exit code 2."""

import click
import pytest

from clockwork.cli import VERBS, cli, main


@pytest.mark.parametrize(
    ("args", "reported"),
    [
        ([], "Missing command; see `python -m clockwork --help`"),
        (["regresion"], "No such command 'regresion'"),
        (["regression", "--qick"], "No such option '--qick'"),
        (["bench", "--repeats", "0"], "Invalid value for '--repeats': 0 is not in the range x>=1"),
        (
            ["history", "--limit", "many"],
            "Invalid value for '--limit': 'many' is not a valid integer range",
        ),
        (["expire", "--closed-prs", "17,-"], "'17,-' is not a list of numbers such as 17,18"),
        (["accept"], "Missing option '--reason'"),
        (["adopt"], "Missing option '--data'"),
        (["adopt", "--data", "x.csv"], "Missing option '--target'"),
        (["regression", "main"], "Got unexpected extra argument"),
    ],
)
def test_a_wrong_word_is_one_line_that_names_it_and_exit_code_2(
    args: list[str], reported: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("error: ")
    assert reported in err
    assert "--help`" in err


@pytest.mark.parametrize("verb", [[], *([str(verb.name)] for verb in VERBS)])
def test_every_verb_explains_itself(verb: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*verb, "--help"]) == 0
    assert capsys.readouterr().out.startswith(
        f"Usage: python -m clockwork {' '.join(verb)}".rstrip()
    )


def test_a_file_that_ends_too_soon_is_a_defect_and_no_interrupt(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    def verb() -> None:
        raise EOFError("Compressed file ended")

    monkeypatch.setitem(cli.commands, "verb", verb)
    assert main(["verb"]) == 70
    assert "EOFError: Compressed file ended" in capsys.readouterr().err


def test_a_tilde_that_the_shell_left_is_the_home_folder(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/nowhere")
    words = ("--data", "~/a.csv", "--target", "x", "--into", "~/project", "--dry-run")
    assert main(["adopt", *words]) == 2
    shown = capsys.readouterr().out
    assert "error: /nowhere/a.csv: no such file or folder" in shown
    assert "error: --into /nowhere/project: not the top of a git repository" in shown
    assert main(["adopt", "--data=~no-such-user/a.csv", "--target=x", "--dry-run"]) == 2
    assert "~no-such-user/a.csv: no such file or folder" in capsys.readouterr().out


def test_every_option_says_what_it_is_for() -> None:
    options = [
        (verb.name, one) for verb in VERBS for one in verb.params if isinstance(one, click.Option)
    ]
    assert [f"{verb} {one.opts[0]}" for verb, one in options if not one.help] == []
    records = [one.get_help_record(click.Context(click.Command("x"))) for _, one in options]
    assert [record for record in records if record and "None" in record[1]] == []
