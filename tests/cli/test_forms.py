"""Every command that lists offers the same forms of its output: JSON, and paths alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from imgsimd.cli import standard_error
from imgsimd.cli.main import run
from tests.support.commands import commands, options

FORMS = {"--json", "--paths", "--print0", "-0"}
FILES = {
    ("similar",), ("duplicates",), ("roots",), ("failed",), ("skipped",), ("check",), ("forget",),
}  # fmt: skip
"""Commands that list files or folders."""
VALUES = {
    ("status",): "one value, whose only paths are those that `roots` lists",
    ("doctor",): "its checks are of the whole machine",
    ("model", "list"): "models are names, not files",
    ("model", "evaluate"): "it measures models; the files are those that it was given",
    ("model", "remove"): "models are names, not files",
    ("hosts", "list"): "machines are names; their folders are not here",
    ("hosts", "remove"): "machines are names",
    ("model", "presets"): "presets are names, and commands",
    ("desktop", "status"): "the files are those of other programs, not photos",
    ("compare",): "it answers about the two files that it was given",
    ("show",): "it tells about the file that it was given",
}
"""Commands that print something else than files, for which there is only --json; and why."""
SENTENCES = {
    ("metrics",): "the format that Prometheus reads",
    ("browse",): "an address; what is found is on its pages",
    ("help",): "help", ("version",): "a word", ("completion",): "a program for the shell",
    ("service", "status"): "systemd's own commands are better for programs",
    **{
        tuple(name.split()): "it does something, and says so in a sentence"
        for name in (
            "up",
            "down",
            "health",
            "wait",
            "pause",
            "resume",
            "reload",
            "watch",
            "unwatch",
            "relocate",
            "rescan",
            "rebuild",
            "backup", "export", "import",
            "restore",
            "sample",
            "model add",
            "model use",
            "service install",
            "service uninstall",
            "desktop install",
            "desktop uninstall",
        )
    },
}  # fmt: skip
"""Commands that have no form but their own; and why."""


@pytest.fixture(autouse=True)
def words_again() -> Iterator[None]:
    yield
    standard_error.choose([])


def test_every_command_is_accounted_for() -> None:
    assert {tuple(command) for command in commands()} == {*FILES, *VALUES, *SENTENCES}


def test_every_command_that_lists_files_has_all_forms() -> None:
    for command in FILES:
        assert options(command) >= FORMS, command


def test_the_others_have_json_alone_or_none() -> None:
    for command in VALUES:
        assert options(command) & FORMS == {"--json"}, command
    for command in SENTENCES:
        assert options(command) & FORMS == set(), command


@pytest.mark.parametrize("other", ["--paths", "--print0", "-0"])
def test_two_forms_at_once_are_refused_in_words(
    other: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything else: no daemon runs here."""
    for command in FILES:
        picture = ["a.jpg"] if command == ("similar",) else []
        assert run([*command, *picture, "--json", other]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert "are two forms of the output: leave one out." in err
