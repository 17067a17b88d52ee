"""An error is shown on the desktop where a command was started from a menu."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgsimd.cli import notification
from imgsimd.errors import BadPictureError
from tests.support.household import until

SENTENCE = "<b>.jpg & co cannot be used: it is no picture."


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the stand-in of the only such program is given, one word a line."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":0")
    return tmp_path / "shown"


def program(shown: Path, name: str) -> None:
    text = f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {shown}.part; /bin/mv {shown}.part {shown}\n"
    (shown.parent / name).write_text(text)
    (shown.parent / name).chmod(0o755)


def fail(wanted: bool) -> None:
    with pytest.raises(BadPictureError), notification.of_errors(wanted):
        raise BadPictureError(SENTENCE)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("notify-send", "--\nimgsimd\n&lt;b&gt;.jpg &amp; co cannot"),
        ("kdialog", "--error\n&lt;b&gt;.jpg &amp; co cannot"),
        ("zenity", "--text=<b>.jpg & co cannot"),
    ],
)
def test_an_error_is_shown(shown: Path, name: str, words: str) -> None:
    program(shown, name)
    fail(wanted=True)
    until(shown.exists)
    assert words in shown.read_text()


def test_nothing_is_shown_unless_wanted_or_without_a_desktop_or_a_program(
    shown: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(wanted=True)
    program(shown, "notify-send")
    fail(wanted=False)
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    fail(wanted=True)
    assert not shown.exists()
