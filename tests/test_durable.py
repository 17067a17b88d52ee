"""A file that is written has all of its new content, or what was there before."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgsimd.durable import create, move, putting, replacing


def _half() -> Iterator[bytes]:
    yield b"new"
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def no_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*names: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")  # as FAT does

    monkeypatch.setattr("os.link", link)


def test_a_replaced_file_has_the_new_content_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("old")
    with replacing(file) as stream:
        stream.write(b"new")
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert os.listdir(tmp_path) == ["config.toml"]


def test_after_an_error_a_file_is_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("old")
    with pytest.raises(OSError, match="No space left"), replacing(file) as stream:
        stream.writelines(_half())
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["config.toml"]


def test_a_device_is_never_replaced() -> None:
    """`IMGSIMD_CONFIG=/dev/null` means no configuration."""
    with pytest.raises(OSError, match="not a regular file"), replacing(Path("/dev/null")):
        pass
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_new_file_never_takes_the_name_of_another(tmp_path: Path) -> None:
    part, file = tmp_path / "part", tmp_path / "page.html"
    part.write_text("new")
    file.write_text("photo")
    with pytest.raises(FileExistsError):
        create(part, file)
    assert file.read_text() == "photo"


def test_a_disk_without_links_takes_a_new_file_and_spares_another(
    tmp_path: Path, no_links: None
) -> None:
    file = tmp_path / "page.html"
    with putting(file, create) as stream:
        stream.write(b"new")
    assert os.listdir(tmp_path) == ["page.html"]
    (tmp_path / "part").touch()
    with pytest.raises(FileExistsError):
        create(tmp_path / "part", file)
    assert file.read_bytes() == b"new"


def test_a_moved_file_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    (tmp_path / "made").write_text("new")
    (tmp_path / "toy.tflite").write_text("old")
    move(tmp_path / "made", tmp_path / "toy.tflite")
    assert (tmp_path / "toy.tflite").read_text() == "new"
    assert os.listdir(tmp_path) == ["toy.tflite"]
