"""The configuration file is edited with care: comments stay, and mistakes lose nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from imgsimd.cli import settings
from imgsimd.errors import ConfigError

TEXT = """# my photos
roots = [
    "/photos",  # the NAS
]
model = "efficientnet-lite0" # small

[worker]
keep_alive = 5.0
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(TEXT)
    return path


def test_a_root_is_added_and_comments_are_kept(file: Path) -> None:
    undo = settings.add_root(file, "/more")
    text = file.read_text()
    assert tomllib.loads(text)["roots"] == ["/photos", "/more"]
    assert all(comment in text for comment in ("# my photos", "# the NAS", "# small"))
    undo()
    assert file.read_text() == TEXT


def test_a_root_that_is_there_is_not_added_twice(file: Path) -> None:
    settings.add_root(file, "/photos")
    assert file.read_text() == TEXT


def test_a_root_is_taken_out(file: Path) -> None:
    settings.remove_root(file, "/photos")
    assert tomllib.loads(file.read_text())["roots"] == []
    assert "# my photos" in file.read_text()
    with pytest.raises(ConfigError, match="not watched"):
        settings.remove_root(file, "/photos")


def test_a_root_gets_another_place_where_it_stands(file: Path) -> None:
    undo = settings.replace_root(file, "/photos", "/new/photos")
    assert file.read_text() == TEXT.replace('"/photos"', '"/new/photos"')
    undo()
    assert file.read_text() == TEXT
    settings.replace_root(file, "/photos/inner", "/new/photos")
    assert file.read_text() == TEXT, "it is no root"


def test_the_model_is_set(file: Path) -> None:
    settings.set_model(file, "vgg16")
    assert tomllib.loads(file.read_text())["model"] == "vgg16"
    assert "# small" in file.read_text()


def test_a_file_is_made_where_there_is_none_and_undone_again(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "config.toml"
    undo = settings.add_root(file, "/photos")
    assert tomllib.loads(file.read_text()) == {"roots": ["/photos"]}
    undo()
    assert not file.exists()


@pytest.mark.parametrize("text", ["roots = [", "roots = 5", b"\xff"])
def test_a_file_that_cannot_be_edited_stays_as_it_is(file: Path, text: str | bytes) -> None:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=r"config\.toml"):
        settings.add_root(file, "/more")
    assert file.read_bytes() == (text if isinstance(text, bytes) else text.encode())


def test_a_link_to_the_file_stays_a_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    settings.set_model(link, "vgg16")
    assert link.is_symlink()
    assert tomllib.loads(file.read_text())["model"] == "vgg16"


def test_what_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be"):
        settings.set_model(tmp_path / "file" / "config.toml", "vgg16")
