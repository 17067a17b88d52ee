"""`imgsimctl show` says of any file what is known of it, and why it cannot be found."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from imgsimd.client import Client
from imgsimd.decoding import exif
from tests.support.exif import block, in_jpeg
from tests.support.household import Household, until

pytestmark = pytest.mark.long

TAKING: dict[int, Any] = {
    exif.MAKE: "Canon", exif.MODEL: "Canon EOS R5", exif.TAKEN: "2024:05:01 13:45:07",
    exif.NORTH_OR_SOUTH: "N", exif.LATITUDE: ((50, 1), (49, 1), (21, 1)),
    exif.EAST_OR_WEST: "W", exif.LONGITUDE: ((1, 1), (30, 1), (0, 1)),
}  # fmt: skip
STATES = {
    "photo.jpg": ("indexed", ""),
    "copy.jpg": ("indexed", ""),
    "to photo.jpg": ("skipped", "link"),
    "bad.jpg": ("failed", "not_a_picture"),
    "film.mp4": ("skipped", "video"),
    "notes": ("skipped", "no_extension"),
    "pipe.jpg": ("skipped", "no_file"),
    ".hidden.jpg": ("skipped", "left_out"),
    "private/a.jpg": ("skipped", "folder_left_out"),
    "../elsewhere.jpg": ("unwatched", "unwatched"),
}


def test_what_is_known_of_a_file_is_shown_whatever_it_is(
    home: Household, album: list[Path]
) -> None:
    fill(home.photos, album)
    home.start()
    home.settle()
    with Client(home.socket) as client:
        for name, (state, kind) in STATES.items():
            said = client.show(home.photos / name)
            assert (said.state, said.kind) == (state, kind), name
            assert bool(said.reason) == bool(kind)
        the_photo_is_described_in_full(home, client)
        what_is_no_file_has_a_sentence(home)
        a_photo_that_has_gone_is_still_known(home, client)


def fill(photos: Path, album: list[Path]) -> None:
    (photos / "photo.jpg").write_bytes(in_jpeg(album[0].read_bytes(), block(TAKING)))
    (photos / "copy.jpg").write_bytes((photos / "photo.jpg").read_bytes())
    (photos / "other.jpg").write_bytes(album[1].read_bytes())
    (photos / "to photo.jpg").symlink_to("photo.jpg")
    (photos / "to nothing.jpg").symlink_to("nothing.jpg")
    (photos / "bad.jpg").write_text("no picture")
    (photos / "film.mp4").touch()
    (photos / "notes").touch()
    os.mkfifo(photos / "pipe.jpg")
    (photos / "private").mkdir()
    for path in (".hidden.jpg", "private/a.jpg", "../elsewhere.jpg"):
        (photos / path).write_bytes(album[2].read_bytes())
    (photos / "private/.nomedia").touch()


def the_photo_is_described_in_full(home: Household, client: Client) -> None:
    photo, copy, other = (home.photos / name for name in ("photo.jpg", "copy.jpg", "other.jpg"))
    known = client.show(photo)
    assert known.id == home.ids()["photo.jpg"]
    assert (known.path, known.bytes) == (str(photo), photo.stat().st_size)
    assert (known.format, known.taken) == ("JPEG", "2024-05-01T13:45:07")
    assert known.camera
    assert known.camera.model == "Canon EOS R5"
    assert known.place
    assert (known.place.latitude, known.place.longitude) == (50.8225, -1.5)
    assert known.vector
    assert known.vector.stored
    assert (known.copies.count, known.copies.paths) == (1, (str(copy),))
    assert known.copies.ids == (home.ids()["copy.jpg"],)
    assert [near.path for near in known.nearest] == [str(other)]
    link = home.photos / "to photo.jpg"
    shown = json.loads(home.ctl("show", "--json", str(photo), str(link)).stdout)
    assert shown == [{**known.json, "link": None}, {**known.json, "link": str(link)}]
    text = home.ctl("show", str(photo)).stdout
    assert b"50.822500, -1.500000" in text
    assert b"Canon EOS R5" in text


def what_is_no_file_has_a_sentence(home: Household) -> None:
    sentences = {
        "nothing.jpg": b"No such file",
        "to nothing.jpg": b"leads to nothing",
        "../nowhere/nothing.jpg": b"No such file",
        "private": b"is a folder",
    }
    result = home.ctl("show", *(str(home.photos / name) for name in sentences))
    assert result.returncode == 4
    assert all(sentence in result.stderr for sentence in sentences.values())
    assert not result.stdout


def a_photo_that_has_gone_is_still_known(home: Household, client: Client) -> None:
    path = home.photos / "other.jpg"
    path.unlink()
    until(lambda: client.show(path).state == "hidden")
    gone = client.show(path)
    assert (gone.kind, gone.format) == ("gone", "JPEG")
