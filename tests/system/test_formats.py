"""A format is one entry in the registry of decoders, for the whole daemon."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.household import TOY_FORMAT, Household, until

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
