"""`imgsimctl similar --same` and `compare` tell copies from other pictures; with a real daemon."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from imgsimd.cli import verified
from imgsimd.client import SimilarResult
from tests.support.household import Household, indexed, until

pytestmark = pytest.mark.long

Pixels = NDArray[np.uint8]


def crop(pixels: Pixels) -> Pixels:
    """The left 60 %."""
    return pixels[:, : int(pixels.shape[1] * 0.6)]


def mirrored(pixels: Pixels) -> Pixels:
    return pixels[:, ::-1]


def grey(pixels: Pixels) -> Pixels:
    return np.repeat(pixels.mean(2, keepdims=True), 3, 2).astype(np.uint8)


def turned(pixels: Pixels) -> Pixels:
    """To the right."""
    return np.rot90(pixels, -1)


COPIES = (crop, mirrored, grey, turned)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """Six indexed photos, copies of the last, and `other.jpg`, which is no copy of any."""
    with indexed(tmp_path_factory.mktemp("same"), album[1:7]) as home:
        pixels = np.asarray(cv2.imread(str(album[6])), np.uint8)
        for copy in COPIES:
            cv2.imwrite(str(home.folder / f"{copy.__name__}.jpg"), copy(pixels))
        (home.folder / "other.jpg").write_bytes(album[16].read_bytes())
        (home.folder / "notes.jpg").write_text("no picture")
        yield home


def said(home: Household, *words: str, code: int = 0) -> str:
    """What a command prints; its code is this one."""
    result = home.ctl(*(word.replace("~", str(home.folder)) for word in words))
    assert result.returncode == code, result
    return (result.stdout + result.stderr).decode()


def test_photos_that_were_not_looked_at_are_not_said_to_be_other_ones(home: Household) -> None:
    """First in this file: what was computed is kept, even of photos that are gone."""
    away = home.photos.rename(home.folder / "away")
    told = said(home, "similar", "--same", "~/crop.jpg", code=5)
    assert "6 photos could not be verified: gone" in told or "is offline" in told
    until(lambda: "is offline" in said(home, "similar", "--same", "~/crop.jpg", code=5))
    away.rename(home.photos)
    until(lambda: len(home.ids()) == 6)
    one = SimilarResult({}, "model", (), is_reranked=False, is_weak=None, unverified=1)
    assert "but 1 photo could not be verified" in verified.why_none(one)


def test_compare_tells_a_copy_from_another_picture_by_its_exit_code(
    home: Household, album: list[Path]
) -> None:
    photo = str(home.photos / album[6].name)
    answer = said(home, "compare", "~/crop.jpg", photo)
    assert "same" in answer
    assert "the left 60 %" in answer
    assert "different" in said(home, "compare", "~/other.jpg", photo, code=1)
    assert "No such file" in said(home, "compare", "~/nowhere.jpg", photo, code=2)
    assert "notes.jpg cannot be used" in said(home, "compare", "~/notes.jpg", photo, code=2)
    assert "See `imgsimctl compare --help`" in said(home, "compare", photo, code=2)
    assert "within 2" in said(home, "compare", "--max-distance", "2", "~/other.jpg", photo)
    assert "within 0.33" in said(home, "compare", "--no-verify", "~/other.jpg", photo, code=1)
    same_bytes = json.loads(said(home, "compare", "--json", str(album[6]), photo))
    assert (same_bytes["verdict"], same_bytes["distance"]) == ("same", 0)
    copy = json.loads(said(home, "compare", "--json", "~/turned.jpg", photo))
    assert copy["transform"]["turned"] == pytest.approx(90, abs=1)


def test_the_photo_that_a_copy_was_made_from_is_found_with_what_was_done(
    home: Household, album: list[Path]
) -> None:
    photo = str(home.photos / album[6].name)
    words = {"crop": "the left 60 %", "mirrored": "mirrored", "grey": "grey",
             "turned": "turned by 90° to the right"}  # fmt: skip
    for name, done in words.items():
        first = said(home, "similar", "--same", f"~/{name}.jpg").splitlines()[1]
        assert first.split()[0] == "same"
        assert done in first
        assert first.endswith(photo)
    (match,) = json.loads(said(home, "similar", "--same", "--json", "~/crop.jpg"))["matches"]
    assert match["path"] == photo
    assert match["verdict"] == "same"
    assert match["transform"]["crop"] == pytest.approx([0, 0, 0.6, 1], abs=0.02)
    assert said(home, "similar", "--same", "-0", "~/grey.jpg") == f"{photo}\0"
    none = said(home, "similar", "--same", "~/other.jpg", code=5)
    assert "No photo shows this very picture" in none
    assert "cannot be used" in said(home, "similar", "--same", "~/notes.jpg", code=4)


def test_matches_of_an_indexed_photo_are_verified_by_its_file(
    home: Household, album: list[Path]
) -> None:
    (copy,) = home.add(home.folder / "turned.jpg", "turned.jpg")
    home.settle()
    photo = str(home.photos / album[6].name)
    verdicts = {
        match["path"]: match["verdict"]
        for match in json.loads(said(home, "similar", "--verify", "--json", photo))["matches"]
    }
    assert verdicts.pop(str(copy)) == "same"
    assert set(verdicts.values()) <= {"no", "probably"}
    assert said(home, "similar", "--same", "--paths", str(copy)) == f"{photo}\n"
    each = said(home, "similar", "--same", "--each", str(copy), "~/other.jpg")
    assert "Nothing found for 1 of 2 pictures." in each
    several = said(home, "similar", "--same", str(copy), photo, code=2)
    assert "--same is about one picture: add --each" in several
