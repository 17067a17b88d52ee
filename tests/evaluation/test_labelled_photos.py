"""Which photos are evaluated, and which are of one kind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgsimd.errors import ConfigError
from imgsimd.evaluation.labelled_photos import find

HOSTILE = "[red]dogs\n\x1b[2J\u202e ..", os.fsdecode(b"\xff"), "-k", "$(reboot)"


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def kinds(folder: Path) -> list[list[str]]:
    """The photos of each kind, as paths in the folder."""
    photos = find(str(folder))
    found: dict[int, list[str]] = {}
    for path, label in zip(photos.paths, photos.labels, strict=True):
        found.setdefault(label, []).append(os.path.relpath(path, folder))
    return list(found.values())


def test_the_folders_in_the_folder_are_the_kinds_whatever_is_below_them(tmp_path: Path) -> None:
    put(tmp_path, "cats/1.jpg", "cats/home/2.JPG", "cats/home/cats/3.png", "dogs/home/1.webp")
    put(tmp_path, "cats/notes.txt", "cats/.hidden.jpg", "dogs/.trash/4.jpg", ".others/5.jpg")
    put(tmp_path, "empty/notes.txt")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "nowhere.jpg").symlink_to("gone.jpg")
    wanted = [["cats/1.jpg", "cats/home/2.JPG", "cats/home/cats/3.png"], ["dogs/home/1.webp"]]
    assert kinds(tmp_path) == wanted


@pytest.mark.parametrize("name", HOSTILE)
def test_a_kind_may_have_any_name(tmp_path: Path, name: str) -> None:
    put(tmp_path, f"{name}/1.jpg", f"{name}/2.jpg", "a/1.jpg")
    assert sorted(map(len, kinds(tmp_path))) == [1, 2]


def test_a_link_to_a_folder_is_a_kind_too(tmp_path: Path) -> None:
    put(tmp_path, "pictures/cats/1.jpg", "pictures/cats/2.jpg", "labelled/dogs/1.jpg")
    (tmp_path / "labelled/cats").symlink_to("../pictures/cats")
    (tmp_path / "labelled/cats/all").symlink_to("..")  # which is not followed
    assert kinds(tmp_path / "labelled") == [["cats/1.jpg", "cats/2.jpg"], ["dogs/1.jpg"]]


def test_photos_beside_the_folders_are_counted(tmp_path: Path) -> None:
    put(tmp_path, "a/1.jpg", "a/2.jpg", "b/1.jpg", "1.jpg", "2.png", "notes.txt", ".3.jpg")
    assert find(str(tmp_path)).outside == 2


def test_where_all_photos_lie_deeper_other_folders_may_be_meant(tmp_path: Path) -> None:
    put(tmp_path, "set 1/cats/1.jpg", "set 1/cats/2.jpg", "set 2/dogs/1.jpg")
    assert find(str(tmp_path)).deeper == str(tmp_path / "set 1")
    put(tmp_path, "set 2/1.jpg")
    assert find(str(tmp_path)).deeper == ""


@pytest.mark.parametrize(
    "names", [[], ["1.jpg", "2.jpg"], ["a/1.jpg", "a/2.jpg"], ["a/1.jpg", "b/1.jpg"], ["a/1.txt"]]
)
def test_where_nothing_can_be_told_apart_a_sentence_says_what_is_needed(
    tmp_path: Path, names: list[str]
) -> None:
    put(tmp_path, *names)
    with pytest.raises(ConfigError, match="a folder in it for each of at least two kinds"):
        find(str(tmp_path))


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("a.jpg", "missing", "loop"):
        with pytest.raises(
            ConfigError, match=rf"{name} cannot be listed \(.+\)\. --labelled takes"
        ):
            find(str(tmp_path / name))
