"""How pictures can be shown on the terminal: as it says itself, or tmux for the one around it."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from imgsimd.cli import terminal, terminal_question

KITTY_QUESTION = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
"""Whether a picture of one pixel could be shown (Kitty's graphics protocol, "Querying support")."""
KITTY_ANSWER = b"\x1b_Gi=31;OK\x1b\\"
CELL_QUESTION = b"\x1b[16t"
"""How many pixels a character has: xterm's XTWINOPS."""
USUAL_CELL = (10, 20)
"""Pixels of a character, width and height, where the terminal does not tell: those of the VT340."""
LARGEST_CELL = 200
"""Pixels; larger characters, which would make pictures of megabytes, are a mistake."""
TMUX_FORMATS = (
    "pane_tty",
    "allow-passthrough",
    "client_termname",
    "client_termtype",
    "client_termfeatures",
)
"""What tmux is asked for: its own terminal, whether it passes on what it does not know, the TERM of
the terminal around it, how that names itself, and what tmux uses of it."""
TMUX_SECONDS = 2.0
SIXEL = 4
"""The attribute of a terminal that shows Sixel graphics."""
VT220 = 62
"""The level from which on a terminal knows that an unknown control string is not to be shown. Those
below, such as macOS's, print Kitty's question, and tmux would take it for a title."""


class Graphics(Enum):
    """How pictures are shown."""

    KITTY = "kitty"
    """By Kitty's protocol, where the cursor is."""
    PLACEHOLDERS = "placeholders"
    """By Kitty's protocol through tmux, where characters of its own stand for the picture."""
    SIXEL = "sixel"
    BLOCKS = "blocks"
    """As coloured half blocks, which are text."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What the terminal shows, and how many pixels a character of it has, width and height."""

    graphics: Graphics
    cell: tuple[int, int] = USUAL_CELL


def find() -> Screen | None:
    """Asks the terminal, and tmux if that is the terminal. None if it can show no pictures."""
    screen = _asked()
    return screen if screen.graphics is not Graphics.BLOCKS or _has_colours() else None


def _asked() -> Screen:
    answered = b""
    if os.environ.get("TERM") != "linux":  # the console shows nothing else
        answered = terminal_question.answer(CELL_QUESTION)
    cell, has_sixel = _cell(answered), SIXEL in _attributes(answered)
    if outer := _tmux():
        if outer.passes_on and outer.has_placeholders:
            return Screen(Graphics.PLACEHOLDERS, cell)
        has_sixel = has_sixel and outer.shows_sixel
    elif _level(answered) >= VT220 and KITTY_ANSWER in terminal_question.answer(KITTY_QUESTION):
        return Screen(Graphics.KITTY, cell)
    return Screen(Graphics.SIXEL if has_sixel else Graphics.BLOCKS, cell)


@dataclass(frozen=True, slots=True)
class _Tmux:
    """The terminal around tmux."""

    passes_on: bool
    """Whether tmux passes on what it does not know itself."""
    has_placeholders: bool
    """Whether it is one of those that know Kitty's placeholders; nothing that it answers tells."""
    shows_sixel: bool


def _tmux() -> _Tmux | None:
    """The terminal around tmux, if standard output is one of tmux's."""
    pane, program = os.environ.get("TMUX_PANE"), shutil.which("tmux")
    if not pane or not program or not os.environ.get("TMUX"):
        return None
    form = "\t".join(f"#{{{name}}}" for name in TMUX_FORMATS)
    with suppress(OSError, subprocess.SubprocessError, ValueError):
        told = subprocess.run(
            [program, "display-message", "-p", "-t", pane, form],
            capture_output=True, text=True, timeout=TMUX_SECONDS, check=True,
        ).stdout.rstrip("\n")  # fmt: skip
        tty, passes, name, kind, features = told.split("\t")
        if os.path.samefile(tty, os.ttyname(sys.stdout.fileno())):
            return _Tmux(
                passes_on=passes not in ("", "0", "off"),
                has_placeholders=bool(re.search("kitty|ghostty", f"{name} {kind}", re.IGNORECASE)),
                shows_sixel="sixel" in features.split(","),
            )
    return None


def _parameters(answered: bytes) -> Sequence[int]:
    """The numbers of the terminal's answer to `terminal_question.ATTRIBUTES`."""
    found = re.search(rb"\x1b\[\?([\d;]*)c", answered)
    return [int(number or b"0") for number in found[1].split(b";")] if found else [0]


def _level(answered: bytes) -> int:
    return _parameters(answered)[0]


def _attributes(answered: bytes) -> Sequence[int]:
    """What it can do. The second number of a VT100, which has no attributes, means something else;
    tmux says to be one, and has them."""
    level, *attributes = _parameters(answered)
    return attributes[1:] if level == 1 else attributes


def _cell(answered: bytes) -> tuple[int, int]:
    """How many pixels a character has: as the kernel says or, if it does not know, the terminal."""
    import fcntl
    import termios

    with suppress(OSError):
        size = fcntl.ioctl(sys.stdout.fileno(), termios.TIOCGWINSZ, bytes(8))
        rows, columns, width, height = struct.unpack("HHHH", size)
        if rows and columns and _is_possible(width // columns, height // rows):
            return width // columns, height // rows
    if told := re.search(rb"\x1b\[6;(\d{1,3});(\d{1,3})t", answered):
        width, height = int(told[2]), int(told[1])
        if _is_possible(width, height):
            return width, height
    return USUAL_CELL


def _is_possible(width: int, height: int) -> bool:
    return 0 < width <= LARGEST_CELL and 0 < height <= LARGEST_CELL


def _has_colours() -> bool:
    """Whether half blocks show a picture: 16 colours are too few."""
    console = terminal.console()
    if console.encoding != "utf-8":
        return False
    return not console.no_color and console.color_system in ("256", "truecolor")
