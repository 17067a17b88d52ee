"""A format is one entry in the registry of decoders, for the whole daemon."""

from __future__ import annotations

from tests.support.household import TOY_FORMAT, Household


def test_pictures_of_an_added_format_are_noticed_and_indexed(home: Household) -> None:
    toys = [home.photos / name for name in ("red.toy", "BLUE.TOY")]
    for toy, colour in zip(toys, (b"\xff\0\0", b"\0\0\xff"), strict=True):
        toy.write_bytes(b"TOY" + colour)
    home.start(PYTHONPATH=str(TOY_FORMAT))
    assert home.settle()["images"] == 2
    assert [match["path"] for match in home.similar(toys[0])] == [str(toys[1])]
