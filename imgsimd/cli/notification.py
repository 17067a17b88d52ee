"""Shows on the desktop why a command fails that was started from a menu: nobody sees its standard
error."""

from __future__ import annotations

import html
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from imgsimd.cli import detached
from imgsimd.errors import ImgsimdError


@contextmanager
def of_errors(wanted: bool) -> Iterator[None]:
    """If `wanted`, an error that ends the block is shown on the desktop, too, unless standard error
    is a terminal."""
    try:
        yield
    except ImgsimdError as error:
        if wanted and not sys.stderr.isatty():
            _show(str(error))
        raise


def _show(sentence: str) -> None:
    """By the first of these programs that there is, if there is a desktop."""
    if not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY"))):
        return
    command = next((each for each in _commands(sentence) if shutil.which(each[0])), None)
    if command:
        detached.start(command)


def _commands(sentence: str) -> Sequence[Sequence[str]]:
    """The body of a notification is markup (Desktop Notifications Specification 1.2)."""
    as_markup = html.escape(sentence, quote=False)
    return (
        ("notify-send", "--app-name=imgsimd", "--icon=imgsimd", "--", "imgsimd", as_markup),
        ("kdialog", "--title", "imgsimd", "--error", as_markup),
        ("zenity", "--error", "--no-markup", "--title=imgsimd", f"--text={sentence}"),
    )
