"""Nothing but a photo is opened, and what is opened is known to be what it was."""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from imgsimd.errors import BadPictureError
from imgsimd.indexing.photo_file import OpenPhoto, open_photo
from imgsimd.types import FileState, Hash
from tests.support.requires import IS_ROOT

pytestmark = pytest.mark.user

MOST = 1_000_000
NOBODY = 65534


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"some bytes")
    return path


def opened(path: Path) -> OpenPhoto | None:
    return open_photo(os.fsencode(path), MOST, "blake3")


@contextmanager
def another_user() -> Iterator[None]:
    """For the time being this process has nobody's rights."""
    if not IS_ROOT:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_an_open_photo_has_the_state_and_the_hash_of_its_file(photo: Path) -> None:
    found = opened(photo)
    assert found is not None
    assert found.state == FileState.of(os.stat(photo))
    assert found.is_unchanged()
    found.close()


@pytest.mark.parametrize(
    ("by", "content"),
    [
        # Of "abc", as NIST (FIPS 180-2) and the BLAKE3 team have published it.
        ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("blake3", "6437b3ac38465133ffb63b75273a8db548c558465d79db03"),
    ],
)
def test_a_photo_is_known_by_what_it_contains(photo: Path, by: Hash, content: str) -> None:
    photo.write_bytes(b"abc")
    found = open_photo(os.fsencode(photo), MOST, by)
    assert found is not None
    assert found.content.hex() == content
    found.close()


def test_what_is_no_file_is_not_opened_and_holds_nobody_up(tmp_path: Path) -> None:
    photos = [tmp_path / f"{name}.jpg" for name in ("gone", "folder", "pipe", "socket", "zero")]
    _, folder, pipe, door, zero = photos
    folder.mkdir()
    os.mkfifo(pipe)
    zero.symlink_to("/dev/zero")
    before = len(os.listdir("/proc/self/fd"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(door))
        assert [opened(path) for path in photos] == [None] * len(photos)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_link_is_opened_only_where_links_are_followed_and_only_if_it_leads_to_a_file(
    photo: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    targets = [str(tmp_path), f"{tmp_path}/pipe", "/dev/zero", "gone", "4.jpg"]
    for number, target in enumerate(targets):
        link = tmp_path / f"{number}.jpg"
        link.symlink_to(target)
        assert open_photo(os.fsencode(link), MOST, "blake3", follows_links=True) is None
    (tmp_path / "link.jpg").symlink_to(photo)
    link = tmp_path / "link of link.jpg"
    link.symlink_to("link.jpg")
    assert opened(link) is None
    found = open_photo(os.fsencode(link), MOST, "blake3", follows_links=True)
    assert found is not None
    assert found.state == FileState.of(os.stat(photo))
    assert os.get_inheritable(found.descriptor) is False
    found.close()


def bytes_read() -> int:
    """Of all files, since this process began."""
    return int(Path("/proc/self/io").read_text().split()[1])


def test_a_file_that_is_too_large_is_refused_before_it_is_read(photo: Path) -> None:
    os.truncate(photo, 5 * 10**9)
    before = bytes_read()
    with pytest.raises(BadPictureError, match="max_bytes"):
        opened(photo)
    assert bytes_read() - before < 10**6


def test_a_file_that_may_not_be_read_is_refused_until_it_may() -> None:
    """What may be done to it is part of its state: a scan sees the change."""
    with tempfile.NamedTemporaryFile() as file:
        check_permission(Path(file.name))


def check_permission(photo: Path) -> None:
    photo.chmod(0)
    before = FileState.of(os.stat(photo))
    with another_user(), pytest.raises(BadPictureError, match="permission denied; it belongs to"):
        opened(photo)
    photo.chmod(0o644)
    assert FileState.of(os.stat(photo)) != before
    with another_user():
        found = opened(photo)
    assert found is not None
    found.close()


def test_whatever_happens_to_a_file_afterwards_is_noticed(photo: Path) -> None:
    other = photo.with_name("other.jpg")
    changes: dict[str, Callable[[], object]] = {
        "written": lambda: photo.write_bytes(b"other byte"),
        "cut off": lambda: os.truncate(photo, 3),
        "removed": photo.unlink,
        "replaced": lambda: other.replace(photo),
    }
    for name, change in changes.items():
        photo.write_bytes(b"some bytes")
        other.write_bytes(b"some bytes")
        found = opened(photo)
        assert found is not None
        change()
        assert not found.is_unchanged(), name
        found.close()


def test_a_file_that_is_cut_off_while_it_is_read_is_no_photo_yet(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment cannot be met from outside: the hash function cuts the file off."""
    real = hashlib.sha256

    def digest() -> Any:
        os.truncate(photo, 2)
        return real()

    monkeypatch.setattr(hashlib, "sha256", digest)
    assert open_photo(os.fsencode(photo), MOST, "sha256") is None
