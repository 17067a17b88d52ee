"""The pictures in the clipboard: a picture itself, or picture files that were copied.

The desktop's own tools read it: wl-paste (Wayland), xclip or xsel (X11; xsel reads text only).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imgsimd.cli.named_pictures import Named, PictureStream, each_named
from imgsimd.errors import BadPictureError

NAME = "clipboard"
"""What a picture from there is called in answers."""
SECONDS = 5.0
"""How long the program that has filled the clipboard may take to say what is in it."""
FILES = ("text/uri-list", "x-special/gnome-copied-files")
TEXTS = ("text/plain;charset=utf-8", "UTF8_STRING", "text/plain")
IMAGES = ("image/png", "image/jpeg", "image/webp", "image/tiff", "image/bmp")
"""The kinds of pictures that are asked for first: the others are often not what was copied."""


@dataclass(frozen=True, slots=True)
class _Tool:
    """A program that reads the clipboard."""

    name: str
    display: str
    """The environment variable that says where the desktop is."""
    kinds: Sequence[str] | None
    """The arguments that print which kinds of content there are; None if there is only text."""
    content: Sequence[str]
    """The arguments that print the content; the kind follows, unless there is only text."""

    @property
    def is_there(self) -> bool:
        return bool(os.environ.get(self.display)) and shutil.which(self.name) is not None

    def command(self, kind: str) -> list[str]:
        """What prints the content of this kind."""
        return [self.name, *self.content, *([kind] if self.kinds else [])]


_CLIPBOARD = ("-selection", "clipboard", "-out", "-target")
_TOOLS = (
    _Tool("wl-paste", "WAYLAND_DISPLAY", ("--list-types",), ("--no-newline", "--type")),
    _Tool("xclip", "DISPLAY", (*_CLIPBOARD, "TARGETS"), _CLIPBOARD),
    _Tool("xsel", "DISPLAY", None, ("--clipboard", "--output")),
)


class ClipboardPicture(PictureStream):
    """The picture in the clipboard, as a tool prints it."""

    def __init__(self, command: Sequence[str]) -> None:
        super().__init__(NAME)
        self._command = command

    def bad(self, reason: str, kind: str = "") -> BadPictureError:
        return BadPictureError(f"The picture in the clipboard {reason}.", kind)

    def _source(self) -> int:
        tool = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert tool.stdout
        return os.dup(tool.stdout.fileno())


def pictures() -> list[Named]:
    """What is in the clipboard: one picture, or the files that were copied. If a file was, it is
    meant, even if the picture in it is there, too.

    Raises BadPictureError if there is no picture, or no way to read it.
    """
    tool = _tool()
    kinds = _kinds(tool)
    if names := _files(tool, kinds):
        return each_named(names)
    images = [kind for kind in kinds if kind.startswith("image/") and "svg" not in kind]
    if images:
        kind = next((kind for kind in IMAGES if kind in images), images[0])
        return [ClipboardPicture(tool.command(kind))]
    what = "no picture" if kinds else "nothing"
    raise BadPictureError(f"There is {what} in the clipboard: copy a picture, or a picture file.")


def _tool() -> _Tool:
    """The one to use. Raises BadPictureError."""
    if tool := next((tool for tool in _TOOLS if tool.is_there), None):
        return tool
    displays = {tool.display for tool in _TOOLS if os.environ.get(tool.display)}
    if not displays:
        raise BadPictureError(
            "There is no clipboard here: neither WAYLAND_DISPLAY nor DISPLAY names a desktop."
        )
    is_wayland = "WAYLAND_DISPLAY" in displays
    needed = "wl-paste (package wl-clipboard)" if is_wayland else "xclip"
    raise BadPictureError(f"The clipboard cannot be read without {needed}: install it.")


def _kinds(tool: _Tool) -> list[str]:
    """Which kinds of content there are; none where the clipboard is empty."""
    if tool.kinds is None:
        return [TEXTS[0]]
    return _output([tool.name, *tool.kinds]).split()


def _files(tool: _Tool, kinds: Sequence[str]) -> list[str]:
    """The names of the files that were copied, as files or as text."""
    is_picture = any(kind.startswith("image/") for kind in kinds)
    for kind in (*FILES, *(() if is_picture else TEXTS)):
        if kind in kinds and (found := list(_names(_output(tool.command(kind))))):
            return found
    return []


def _names(text: str) -> Iterator[str]:
    for line in map(str.strip, text.splitlines()):
        if line.startswith(("file:", "/", "~/")):
            yield line


def _output(command: Sequence[str]) -> str:
    """What the command prints; nothing if it fails. Raises BadPictureError if it takes too long."""
    try:
        tool = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BadPictureError(
            f"The clipboard does not answer: {command[0]} took more than {SECONDS:g} seconds."
        ) from error
    return os.fsdecode(tool.stdout) if tool.returncode == 0 else ""
