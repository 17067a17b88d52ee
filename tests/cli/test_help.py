"""The help of every command: on a terminal, and as man pages."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
from typer._click import Command, Context
from typer.core import TyperGroup

from imgsimd import errors, locations
from imgsimd.cli import help_page, help_topic, man_page
from imgsimd.cli.commands import app
from imgsimd.cli.help_topic import GROUPS, Topic

ROOT = typer.main.get_command(app())
TOPICS = list(help_topic.walk(ROOT, "imgsimctl"))
COMMANDS = [topic for topic in TOPICS if not topic.commands]
MAN_PAGE = man_page.of_commands(Context(ROOT, info_name="imgsimctl"))


def named(topic: Topic) -> str:
    return topic.name.removeprefix("imgsimctl ")


@pytest.mark.parametrize("topic", TOPICS, ids=named)
def test_help_is_plain_and_fits_on_a_screen_of_80_columns(topic: Topic) -> None:
    page = help_page.laid_out(topic, 80)
    assert max(map(len, page.splitlines())) <= 80
    assert not re.search(r"<|>=|\[default|\[required|\x1b", page)
    assert not re.search(r"^  \S+$", page, re.MULTILINE), "everything has a text"
    assert re.fullmatch(r"[A-Z][^\n]*[.]", topic.summary)


@pytest.mark.parametrize("width", [20, 40, 60, 100])
def test_help_is_fitted_to_the_width_where_its_words_are_no_longer(width: int) -> None:
    for topic in TOPICS:
        for line in help_page.laid_out(topic, width).splitlines():
            is_example = "imgsimctl" in line
            assert len(line) <= width or is_example or len(line.split()) <= 2, line


@pytest.mark.parametrize("topic", COMMANDS, ids=named)
def test_the_help_of_a_command_fits_on_a_terminal_of_24_lines(topic: Topic) -> None:
    """Where it is longer, groups of options are listed, and `imgsimctl help` has their texts."""
    short = help_page.laid_out(topic, 80)
    whole = help_page.laid_out(topic, 80, lines=1000)
    assert len(short.splitlines()) <= help_page.LINES
    for section in topic.options:
        for entry in section.entries:
            assert entry.term in short.replace("\n  ", " ")
            assert f"  {entry.term}  " in whole


@pytest.mark.parametrize("topic", COMMANDS, ids=named)
def test_every_example_is_a_command_that_can_be_parsed(topic: Topic) -> None:
    assert topic.examples
    for example in topic.examples:
        for line in re.split(r"&&|\||;|>", example):
            program, *words = shlex.split(line)
            if program == "imgsimctl":
                parse(ROOT, words)


def parse(command: Command, words: list[str]) -> None:
    """Raises what the command line would raise."""
    context = command.make_context("imgsimctl", words)
    if isinstance(command, TyperGroup):
        rest = [*context._protected_args, *context.args]
        _, inner, arguments = command.resolve_command(context, rest)
        assert inner
        parse(inner, arguments)


def test_the_list_of_commands_fits_on_a_terminal_of_24_lines_with_the_prompt_below() -> None:
    page = help_page.laid_out(TOPICS[0], 80)
    assert len(page.splitlines()) < help_page.LINES
    assert page.index("similar") < page.index("  watch")
    for topic in TOPICS[1:]:
        assert re.search(rf"[ ,] {named(topic).split()[0]}(,| |$)", page, re.MULTILINE)


def test_every_command_has_its_one_place_in_the_list() -> None:
    assert isinstance(ROOT, TyperGroup)
    assert sorted(ROOT.commands) == sorted(name for texts in GROUPS.values() for name in texts)


@pytest.mark.parametrize("topic", TOPICS, ids=named)
def test_only_titles_are_bold(topic: Topic) -> None:
    titles = {"Usage", "Example", "Try first"}
    titles |= {section.title for section in (*topic.options, *topic.commands)}
    bold = re.findall(r"\x1b\[1m(.*?)\x1b\[0m", help_page.laid_out(topic, 80, True))
    assert {each.removesuffix(":") for each in bold} <= titles


def test_titles_are_bold_where_that_is_wanted() -> None:
    plain, bold = help_page.laid_out(TOPICS[0], 80), help_page.laid_out(TOPICS[0], 80, True)
    assert bold.count("\x1b[1m") == bold.count("\x1b[0m") == 2 + len(GROUPS)
    assert re.sub(r"\x1b\[.m", "", bold) == plain


def unescaped(page: str) -> str:
    page = re.sub(r"\\f[BIR]", "", page.replace("\n", " "))
    for escape, character in ((r"\(aq", "'"), (r"\(ga", "`"), (r"\(ti", "~"), (r"\-", "-")):
        page = page.replace(escape, character)
    return page


@pytest.mark.parametrize("topic", COMMANDS, ids=named)
def test_the_man_page_has_every_command_with_all_that_its_help_says(topic: Topic) -> None:
    page = unescaped(MAN_PAGE)
    start = page.index(f".TP {topic.usage.removeprefix('imgsimctl ')} {topic.summary[:20]}")
    entries = [entry for each in (topic.arguments, *topic.options) for entry in each.entries]
    for entry in entries:
        start = page.index(f".TP {entry.term} {entry.text.replace('`', '')}", start)


def test_the_man_pages_have_every_exit_code_and_variable() -> None:
    source = Path(locations.__file__).read_text()
    for page in map(unescaped, (MAN_PAGE, man_page.of_daemon())):
        for kind in errors.kinds():
            assert f".TP {kind.exit_code} " in page
        for name in re.findall(r'"(IMGSIMD_\w+|XDG_\w+|\w+_DIRECTORY)"', source):
            assert name in page


@pytest.mark.parametrize("program", ["groff -man -ww -Tutf8 -K utf8", "mandoc -Tlint -Wwarning"])
def test_programs_that_read_man_pages_have_no_complaint(program: str) -> None:
    command, *options = program.split()
    if not shutil.which(command):
        pytest.skip(f"needs {command}")
    for page in (MAN_PAGE, man_page.of_daemon()):
        done = subprocess.run(
            [command, *options], input=page, capture_output=True, text=True, check=False
        )
        complaints = done.stderr + (done.stdout if command == "mandoc" else "")
        assert [line for line in complaints.splitlines() if "missing date" not in line] == []


def test_what_roff_would_read_as_a_command_is_escaped() -> None:
    (line,) = man_page.prose(".x 'y' \\n `-a` ~é.")
    assert line == r"\&.x \(aqy\(aq \en \fB\-a\fR \(ti\[u00E9]."
