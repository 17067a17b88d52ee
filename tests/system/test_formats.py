"""A format is one entry in the registry of decoders, for the whole daemon."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from tests.support.household import TOY_FORMAT, Household, until
from tests.support.jpeg_xl import jxl
from tests.support.odd_pictures import avif, heic, photo
from tests.support.pictures import encoded

pytestmark = pytest.mark.long

PHOTO = photo(240, 180)
TOYS = {"red.toy": b"\xff\0\0", "BLUE.TOY": b"\0\0\xff"}


def add_toys(home: Household) -> list[Path]:
    toys = [home.photos / name for name in TOYS]
    for toy, colour in zip(toys, TOYS.values(), strict=True):
        toy.write_bytes(b"TOY" + colour)
    return toys


def metadata(home: Household) -> list[tuple[str, int, int]]:
    """Format, width and height of all images whose headers were read, by path."""
    sql = """SELECT m.format, m.width, m.height FROM metadata m
        JOIN images i ON i.id = m.image_id ORDER BY i.path"""
    with closing(sqlite3.connect(home.state / "gallery.db")) as connection:
        return list(connection.execute(sql))


def test_pictures_of_an_added_format_are_noticed_and_indexed(home: Household) -> None:
    toys = add_toys(home)
    home.start(PYTHONPATH=str(TOY_FORMAT))
    assert home.settle()["images"] == 2
    assert [match["path"] for match in home.similar(toys[0])] == [str(toys[1])]
    assert metadata(home) == [("Toy", 40, 30)] * 2


def test_a_new_version_of_a_decoder_embeds_only_its_format_again(
    home: Household, album: list[Path]
) -> None:
    toys = add_toys(home)
    home.add(album[0], "a.jpg", "b.jpg")
    home.start(PYTHONPATH=str(TOY_FORMAT))
    assert home.settle()["images"] == 4
    ids = home.ids()
    home.stop()
    home.start(PYTHONPATH=str(TOY_FORMAT), TOY_VERSION="2")
    status = home.settle()
    assert (status["images"], status["decoded"]) == (4, 2)
    assert home.ids() == ids
    assert str(toys[1]) in [match["path"] for match in home.similar(toys[0])]
    home.stop()
    home.start(PYTHONPATH=str(TOY_FORMAT), TOY_VERSION="2")
    assert home.settle()["decoded"] == 0


def test_what_failed_for_lack_of_a_package_or_beyond_a_limit_is_tried_again_when_that_has_changed(
    home: Household,
) -> None:
    add_toys(home)
    (home.photos / "text.jpg").write_bytes(b"this is no picture")
    (home.photos / "large.png").write_bytes(encoded(np.zeros((100, 100, 3), np.uint8), ".png"))
    home.configure("[worker]\nmax_pixels = 9999")
    assert decoded(home, TOY_MODULE="nowhere") == 4
    assert home.status()["failed"] == 4
    assert "pip install toy-reader" in home.ctl("failed").stdout.decode()
    assert decoded(home, TOY_MODULE="nowhere") == 0
    assert decoded(home) == 2, "the toys"
    home.configure("[worker]\nmax_pixels = 10000")
    assert decoded(home) == 1, "the large one"
    assert home.status()["images"] == 3
    assert decoded(home) == 0


def decoded(home: Household, **environ: str) -> int:
    """How many pictures a daemon decodes that is started now."""
    if home.process is not None:
        home.stop()
    home.start(PYTHONPATH=str(TOY_FORMAT), **environ)
    return cast(int, home.settle()["decoded"])


def test_the_headers_of_an_earlier_gallery_are_read_without_embedding_again(
    home: Household, album: list[Path]
) -> None:
    paths = home.add(album[0], *(f"{number}.jpg" for number in range(40)))
    home.start()
    home.settle()
    expected = metadata(home)
    assert len(expected) == len(paths)
    home.stop()
    with closing(sqlite3.connect(home.state / "gallery.db")) as connection, connection:
        connection.execute("DELETE FROM metadata")
        connection.execute("INSERT INTO headers_backlog SELECT id FROM images")
    home.start()
    until(lambda: metadata(home) == expected)
    assert home.settle()["decoded"] == 0
    with closing(sqlite3.connect(home.state / "gallery.db")) as connection:
        assert list(connection.execute("SELECT * FROM headers_backlog")) == []


def test_content_decides_what_a_picture_is_whatever_its_name(
    home: Household, album: list[Path]
) -> None:
    (jpeg,) = home.add(album[0], "jpeg.heic")
    contents = {"heic.jpg": heic(PHOTO), "jxl.jpg": jxl(PHOTO), "avif.jpg": avif(PHOTO)}
    for name, content in contents.items():
        (home.photos / name).write_bytes(content)
    home.start()
    assert home.settle()["images"] == 4
    assert [name for name, *_ in metadata(home)] == ["AVIF", "HEIC", "JPEG", "JPEG XL"]
    assert home.similar(jpeg)
