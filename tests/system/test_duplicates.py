"""Duplicates, from files to what the command prints; with a real daemon and its worker."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest

from imgsimd.client import Client
from tests.support.household import Household

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """Ten photos; of the first a copy and a hard link, of the fourth a smaller and a poorer one."""
    made = Household(tmp_path_factory.mktemp("duplicates"))
    for number, picture in enumerate(album[:10]):
        made.add(picture, f"{number}.jpg")
    (made.photos / "sub").mkdir()
    shutil.copyfile(album[0], made.photos / "sub/0 (1).jpg")
    os.link(made.photos / "0.jpg", made.photos / "sub/link.jpg")
    pixels = cv2.imread(str(album[3]))
    assert pixels is not None
    cv2.imwrite(str(made.photos / "sub/small.jpg"), cv2.resize(pixels, None, fx=0.5, fy=0.5))
    cv2.imwrite(str(made.photos / "sub/poor.jpg"), pixels, [cv2.IMWRITE_JPEG_QUALITY, 40])
    made.start()
    made.settle()
    yield made
    made.close()


def groups(home: Household, *options: str) -> list[dict[str, Any]]:
    result = home.ctl("duplicates", *options, "--json")
    assert result.returncode in (0, 5), result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)["groups"]
    return found


def names(group: dict[str, Any]) -> list[str]:
    return [os.path.basename(member["path"]) for member in group["members"]]


def test_copies_are_verified_and_the_right_one_is_kept(home: Household) -> None:
    by_tier = {group["tier"]: group for group in groups(home)}
    assert set(by_tier) == {"exact", "copy"}
    exact, copy = by_tier["exact"], by_tier["copy"]
    assert names(exact)[-1] == "0 (1).jpg"
    assert exact["reclaimable_bytes"] == exact["members"][0]["bytes"]
    assert [m["same_inode"] for m in exact["members"]] == [False, True, False]
    assert names(copy) == ["3.jpg", "poor.jpg", "small.jpg"]
    assert copy["reason"] == "it is the oldest"
    assert copy["keeper"] == copy["members"][0]["path"]
    small = copy["members"][2]
    assert (small["verdict"], small["transform"]["scale"]) == ("same", pytest.approx(0.5, abs=0.02))
    assert groups(home, "--tier", "copy") == [copy]


def test_only_what_can_go_is_printed_on_request(home: Household) -> None:
    result = home.ctl("duplicates", "--copies-only", "-0")
    paths = result.stdout.split(b"\0")
    assert paths.pop() == b""
    assert sorted(map(os.path.basename, paths)) == [b"0 (1).jpg", b"poor.jpg", b"small.jpg"]


def test_paths_have_an_empty_line_between_groups_and_people_a_total(home: Household) -> None:
    exact, copy = home.ctl("duplicates", "--paths").stdout.decode().strip().split("\n\n")
    assert {len(exact.splitlines()), len(copy.splitlines())} == {3}
    text = home.ctl("duplicates").stdout.decode()
    assert "Keep the first: it is the oldest." in text
    assert text.splitlines()[-1].startswith("2 groups with 4 copies, ")
    assert b"\x1b" not in home.ctl("duplicates").stderr


def test_folders_and_preferences_decide(home: Household) -> None:
    (group,) = groups(home, "--tier", "copy", "--keep", f"path:{home.photos}/sub")
    assert names(group)[0] == "poor.jpg"
    assert len(groups(home, f"{home.photos}", "--not-under", f"{home.photos}/sub")) == 0
    for words in ([], ["--not-under"], ["--also-in"], ["--under"]):
        assert home.ctl("duplicates", *words, str(home.folder / "run")).returncode == 9, words
    mistyped = home.ctl("duplicates", "--keep", f"path:{home.photos}/nowhere")
    assert mistyped.returncode == 9, "it would let go what is to be kept"
    (copy,) = groups(home, f"{home.photos}/sub", "--tier", "copy")
    assert names(copy) == ["poor.jpg", "small.jpg"]


def test_what_was_told_apart_is_remembered_until_it_is_taken_back(home: Household) -> None:
    pair = [f"{home.photos}/3.jpg", f"{home.photos}/sub/small.jpg"]
    assert b"Remembered: 1 pair." in home.ctl("duplicates", "--not", *pair).stdout
    kept = [names(group) for group in groups(home, "--tier", "copy")]
    assert kept == [["3.jpg", "poor.jpg"]]
    assert b"small.jpg" in home.ctl("duplicates", "--list-not").stdout
    with Client(home.socket) as client:
        assert client.forget_not_duplicates(*pair) == 1
        assert client.pairs_apart() == ()
    assert home.ctl("duplicates", "--not", pair[0], "/nowhere").returncode == 13
    assert home.ctl("duplicates", "--not", pair[0], pair[0]).returncode == 2
    too_many = home.ctl("duplicates", "--not", *map(str, range(101)))
    assert b"101 photos: 100 at a time are the most" in too_many.stderr


def test_nothing_new_is_exit_code_5(home: Household) -> None:
    home.ctl("duplicates")
    assert home.ctl("duplicates", "--new").returncode == 5
    assert home.ctl("duplicates", "--within-folder", "--across-folders").returncode == 2


def test_the_script_is_written_and_never_over_a_photo(home: Household) -> None:
    script = home.folder / "tidy.sh"
    assert home.ctl("duplicates", "--script", str(script)).returncode == 0
    assert script.read_bytes().startswith(b"#!/bin/sh\n# imgsimd")
    subprocess.run(["sh", "-n", script], check=True)
    assert home.ctl("duplicates", "--script", str(script)).returncode == 0, "it is ours"
    photo = home.photos / "0.jpg"
    before = photo.read_bytes()
    assert home.ctl("duplicates", "--script", str(photo)).returncode == 9
    assert photo.read_bytes() == before
