"""What is in the clipboard, read by tools that are stand-ins for the desktop's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from imgsimd.cli import clipboard
from imgsimd.cli.named_pictures import PictureStream
from imgsimd.client import PictureFile
from imgsimd.errors import BadPictureError

WL_PASTE = """#!/bin/sh
[ "$1" = --list-types ] && cd {content} && exec ls -1 */*
[ "$1 $2" = "--no-newline --type" ] && exec cat {content}/"$3"
"""
XCLIP = """#!/bin/sh
[ "$1 $2 $3 $4" = "-selection clipboard -out -target" ] || exit 1
[ "$5" = TARGETS ] && cd {content} && exec ls -1 */*
exec cat {content}/"$5"
"""
XSEL = """#!/bin/sh
[ "$1 $2" = "--clipboard --output" ] && exec cat {content}/text/plain
"""
TOOLS = {
    "wl-paste": ("WAYLAND_DISPLAY", WL_PASTE),
    "xclip": ("DISPLAY", XCLIP),
    "xsel": ("DISPLAY", XSEL),
}
IMAGE = b"\x89PNG, as far as the clipboard is concerned"


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what is in the clipboard, by kind: `image/png` is a file in `image`. There is
    no desktop, and no tool."""
    (tmp_path / "bin").mkdir()
    for name in ("cat", "ls"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("WAYLAND_DISPLAY", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def install(content: Path, tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    display, script = TOOLS[tool]
    monkeypatch.setenv(display, ":0")
    file = content / "bin" / tool
    file.write_text(script.format(content=content / "kinds"))
    file.chmod(0o755)


def copy(content: Path, kind: str, value: bytes) -> None:
    file = content / "kinds" / kind
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(value)


@pytest.mark.parametrize("tool", ["wl-paste", "xclip"])
def test_a_copied_picture_is_received_and_png_comes_first(
    content: Path, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(content, tool, monkeypatch)
    copy(content, "image/png", IMAGE)
    copy(content, "image/bmp", b"another")
    copy(content, "text/html", b"<img>")
    (picture,) = clipboard.pictures()
    assert isinstance(picture, PictureStream)
    picture.receive(1000)
    with picture.opened() as received:
        assert os.pread(received.fileno(), 1000, 0) == IMAGE
    (picture,) = clipboard.pictures()
    assert isinstance(picture, PictureStream)
    with pytest.raises(
        BadPictureError, match="The picture in the clipboard cannot be used: it is too"
    ):
        picture.receive(10)


@pytest.mark.parametrize("tool", list(TOOLS))
def test_copied_files_are_meant_themselves(
    content: Path, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(content, tool, monkeypatch)
    photo, other = content / "a photo.jpg", content / "b.jpg"
    photo.write_bytes(b"1")
    other.write_bytes(b"2")
    address = f"file://{content}/a%20photo.jpg"
    copy(content, "text/plain", f"{address}\n{other}\n".encode())
    if tool != "xsel":
        copy(content, "text/uri-list", f"# files\r\n{address}\r\nfile://{other}\r\n".encode())
        copy(content, "image/png", IMAGE)
    names = [picture.name for picture in clipboard.pictures() if isinstance(picture, PictureFile)]
    assert names == [str(photo), str(other)]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("", "There is nothing in the clipboard"), ("text/plain", "There is no picture in the clip")],
)
def test_a_clipboard_without_a_picture_says_what_to_copy(
    content: Path, kind: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(content, "wl-paste", monkeypatch)
    if kind:
        copy(content, kind, b"some words")
    with pytest.raises(BadPictureError, match=rf"{said}.*: copy a picture"):
        clipboard.pictures()


def test_without_a_desktop_or_a_tool_it_is_said_what_is_missing(
    content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadPictureError, match="neither WAYLAND_DISPLAY nor DISPLAY"):
        clipboard.pictures()
    monkeypatch.setenv("DISPLAY", ":0")
    with pytest.raises(BadPictureError, match="cannot be read without xclip: install it"):
        clipboard.pictures()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with pytest.raises(BadPictureError, match=r"without wl-paste \(package wl-clipboard\)"):
        clipboard.pictures()
