"""A file may be named by an address, as file managers do, or with a quoted `~`."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import pytest

from imgsimd.client import user_paths
from imgsimd.errors import ConfigError

pytestmark = pytest.mark.user


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("file:///a/b.jpg", "/a/b.jpg"),
        ("FILE:///a/b.jpg", "/a/b.jpg"),
        ("file:/a/b.jpg", "/a/b.jpg"),
        ("file://localhost/a.jpg", "/a.jpg"),
        (f"file://{socket.gethostname()}/a.jpg", "/a.jpg"),
        ("file:///a%20b%23%3F%25.jpg", "/a b#?%.jpg"),
        ("file:///a b#c?d.jpg", "/a b#c?d.jpg"),
        ("file:///caf%C3%A9/%FF.jpg", "/caf\u00e9/\udcff.jpg"),
        ("file:///caf\u00e9/\udcff.jpg", "/caf\u00e9/\udcff.jpg"),
        ("/a/b.jpg", "/a/b.jpg"),
        ("a:b.jpg", "a:b.jpg"),
        ("~/a.jpg", "/home/anna/a.jpg"),
        ("~root/a.jpg", "/root/a.jpg"),
        ("~nobody-at-all/a.jpg", "~nobody-at-all/a.jpg"),
    ],
)
def test_a_file_address_means_its_path(
    text: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    assert user_paths.path(text) == path


@pytest.mark.parametrize(
    "text", ["file://nas/a.jpg", "file:///a%00.jpg", "https://example.org/a.jpg", "smb://nas/a.jpg"]
)
def test_an_address_that_is_not_of_a_local_file_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        user_paths.path(text)


@pytest.mark.parametrize("name", ["~", "~root", "file:/a.jpg", "https:/x"])
def test_an_existing_file_with_such_a_name_takes_precedence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.touch()
    assert user_paths.path(name) == name
    assert os.path.exists(user_paths.path(name))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The name of the folder is empty."),
        ("/", "/ cannot be watched: name the folders that hold photos."),
        ("/usr/..", "/ cannot be watched"),
        ("/photos\0", "contains a NUL, which no file name can contain."),
        ("file:///", "/ cannot be watched"),
        ("/" + "x/" * 2500, "is longer than 4,095 bytes."),
        ("/" + "\u00e9" * 2500, "is longer than 4,095 bytes."),
    ],
)
def test_a_path_that_can_never_be_watched_is_refused_before_the_daemon_is_asked(
    text: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        user_paths.place(text)
