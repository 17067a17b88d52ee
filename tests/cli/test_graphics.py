"""What the terminal says that it can show: on real terminals, which answer as those do that there
are; and what happens to the answers."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from imgsimd.cli import terminal_question
from tests.support.emulated_terminal import CELL, PATIENTLY, EmulatedTerminal

FIND = """
from imgsimd.cli import graphics; screen = graphics.find()
print('found:', *((screen.graphics.value, *screen.cell) if screen else ['nothing']))
"""
PATIENT = (sys.executable, "-c", PATIENTLY + FIND)
KITTY, FOOT, XTERM, MAC_OS, TMUX, ALACRITTY = "62;52;", "62;4;22", "64;1;9;15", "1;2", "1;2;4", "6"


@pytest.fixture
def environ() -> dict[str, str]:
    kept = ("PATH", "PYTHONPATH")
    return {"LANG": "C.UTF-8", **{name: os.environ[name] for name in kept if name in os.environ}}


def found(
    terminal: EmulatedTerminal,
    environ: dict[str, str],
    command: Sequence[str] = PATIENT,
    stdin: Path | None = None,
    typed: bytes = b"",
) -> list[str]:
    """What is found on the terminal, in words."""
    code, out = terminal.run(command, environ, Path("/"), stdin, typed)
    assert code == 0
    return out.decode().partition("found:")[2].split()


@pytest.mark.parametrize(
    ("attributes", "knows_kitty", "shown"),
    [
        (KITTY, True, "kitty"),
        (FOOT, True, "kitty"),
        (FOOT, False, "sixel"),
        (TMUX, False, "sixel"),
        (XTERM, False, "blocks"),
        (MAC_OS, False, "blocks"),
        (ALACRITTY, False, "blocks"),
    ],
)
def test_the_terminal_says_what_it_can_show(
    environ: dict[str, str], attributes: str, knows_kitty: bool, shown: str
) -> None:
    terminal = EmulatedTerminal(attributes, knows_kitty)
    assert found(terminal, environ)[0] == shown
    assert terminal.left == b""


@pytest.mark.parametrize("attributes", [MAC_OS, TMUX, ALACRITTY])
def test_a_terminal_that_would_print_the_question_is_not_asked_about_kitty(
    environ: dict[str, str], attributes: str
) -> None:
    terminal = EmulatedTerminal(attributes)
    found(terminal, environ)
    assert b"\x1b_G" not in terminal.asked


def test_one_that_never_answers_gets_half_blocks_after_a_while(environ: dict[str, str]) -> None:
    command = (sys.executable, "-c", FIND)
    assert found(EmulatedTerminal(None), environ, command)[0] == "blocks"
    assert terminal_question.SECONDS <= 1


def test_it_is_asked_even_if_standard_input_is_something_else(environ: dict[str, str]) -> None:
    terminal = EmulatedTerminal(KITTY, knows_kitty=True)
    assert found(terminal, environ, stdin=Path("/dev/null"))[0] == "kitty"


def test_what_was_typed_before_is_left_to_the_next_program(environ: dict[str, str]) -> None:
    terminal = EmulatedTerminal(KITTY, knows_kitty=True)
    assert found(terminal, environ, typed=b"ls")[0] == "blocks"
    assert terminal.asked == b""
    assert terminal.left == b"ls"


def test_a_job_in_the_background_does_not_ask(environ: dict[str, str]) -> None:
    terminal = EmulatedTerminal(KITTY, knows_kitty=True)
    command = ("bash", "-mc", f"{shlex.join(PATIENT)} & wait")
    assert b"blocks" in terminal.run(command, environ, Path("/"))[1]
    assert terminal.asked == b""


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({"TERM": "linux"}, "nothing"),
        ({"NO_COLOR": "1"}, "nothing"),
        ({"LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "nothing"),
        ({"COLORTERM": ""}, "blocks"),
    ],
)
def test_half_blocks_need_many_colours_and_unicode(
    environ: dict[str, str], changed: dict[str, str], shown: str
) -> None:
    if "TERM" in changed:
        changed["COLORTERM"] = ""
    assert found(EmulatedTerminal(XTERM), environ | changed)[0] == shown


@pytest.mark.parametrize("pixels", [True, False])
def test_the_size_of_a_character_is_known_from_the_kernel_or_the_terminal(
    environ: dict[str, str], pixels: bool
) -> None:
    terminal = EmulatedTerminal(KITTY, knows_kitty=True, pixels=pixels)
    assert found(terminal, environ)[1:] == [str(size) for size in CELL]


def test_without_any_terminal_nothing_is_answered(environ: dict[str, str]) -> None:
    code = "from imgsimd.cli import terminal_question; print(terminal_question.answer())"
    command = (sys.executable, "-c", code)
    told = subprocess.run(command, env=environ, start_new_session=True, capture_output=True)
    assert told.stdout == b"b''\n"
