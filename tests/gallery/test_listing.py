"""The images page by page: each once, the newest first, whatever is added meanwhile."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.gallery.conditions import Conditions
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.listing import Order, Place
from imgsimd.gallery.selection import Selection
from imgsimd.types import Hidden, ImageId
from tests.support.library import ROOT, add, content_of, work_off

DAYS = ["2020-01-01T00:00:00", "2021-05-01T10:00:00", "2021-05-01T10:00:00", None]
CONTENTS = {ROOT + b"/%d.jpg" % word: content_of(word) for word in range(200)}
EVERY = Selection()


@pytest.fixture
def gallery(gallery: Gallery) -> Gallery:
    """Forty images; several were taken at one moment."""
    grow(gallery, *range(40))
    return gallery


def grow(gallery: Gallery, *words: int) -> None:
    add(gallery, *words)
    work_off(gallery, CONTENTS)
    images = gallery.images.at([ROOT + b"/%d.jpg" % word for word in words])
    gallery.verdicts.describe(
        {
            image: PictureMetadata("JPEG", 1, 4, 3, taken=DAYS[image.id % 4], make="M", model="N")
            for image in images
        }
    )
    while not gallery.attributes.load():
        pass


def pages(
    gallery: Gallery, limit: int, order: Order, wanted: Selection = EVERY
) -> Iterator[list[int]]:
    place: Place | None = None
    while True:
        page = gallery.listing.page(wanted, order, place, limit)
        yield [image.id for image in page.images]
        place = page.last
        if place is None:
            return
        while not gallery.attributes.load():
            pass


def expected(gallery: Gallery, order: Order) -> list[int]:
    """Plainly: sorted."""
    images = [i for i in gallery.images.between(b"", b"\xff") if i.id in gallery._index]
    taken = {i.id: DAYS[i.id % 4] or "1970-01-01T00:00:00" for i in images}
    by_time = sorted(images, key=lambda i: (taken[i.id] if order is Order.TAKEN else "", i.id))
    return [image.id for image in by_time[::-1]]


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("limit", [1, 3, 39, 40, 41])
def test_the_pages_are_the_whole_list_whatever_their_size(
    gallery: Gallery, limit: int, order: Order
) -> None:
    found = list(pages(gallery, limit, order))
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
    assert list(itertools.chain(*found)) == expected(gallery, order)


@pytest.mark.parametrize("order", Order)
def test_what_comes_and_goes_meanwhile_makes_nothing_come_twice_or_not_at_all(
    gallery: Gallery, order: Order
) -> None:
    before = set(expected(gallery, order))
    seen: list[int] = []
    gone: set[int] = set()
    for number, page in enumerate(pages(gallery, 4, order)):
        seen += page
        grow(gallery, 100 + 2 * number, 101 + 2 * number)
        left = sorted(before - gone)
        for image in gallery.images.by_id([ImageId(i) for i in left[number % 5 :: 17]]):
            gallery.hide([image], Hidden.GONE)  # among them images that the next page begins after
            gone.add(image.id)
    assert len(seen) == len(set(seen))
    assert before - gone <= set(seen)


def test_only_what_searches_can_find_is_listed(gallery: Gallery) -> None:
    add(gallery, 50)  # has no vector yet
    (image,) = gallery.images.at([ROOT + b"/3.jpg"])
    gallery.hide([image], Hidden.GONE)
    everything = [40, *expected(gallery, Order.ADDED)]
    assert image.id not in everything
    for order in Order:
        (found,) = pages(gallery, 100, order)
        assert set(found) == set(range(1, 41)) - {image.id}
    gallery.show([b"/other"])
    assert list(pages(gallery, 100, Order.ADDED)) == [[]]
    gallery.show([ROOT])
    (found,) = pages(gallery, 100, Order.ADDED)
    assert len(found) == 39


def test_it_can_be_limited_to_conditions_and_to_ids(gallery: Gallery) -> None:
    among = [ImageId(n) for n in (30, 2, 2, 7, 9, 10**6)]
    by_ids = Selection(among=among)
    assert list(pages(gallery, 3, Order.ADDED, by_ids)) == [[30, 9, 7], [2]]
    assert list(pages(gallery, 9, Order.TAKEN, by_ids)) == [[30, 9, 2, 7]]
    nowhere = Selection(Conditions(under=(b"/nowhere",)), among)
    assert list(pages(gallery, 3, Order.ADDED, nowhere)) == [[]]
    here = Selection(Conditions(cameras=("m n",)), among)
    assert list(pages(gallery, 9, Order.ADDED, here)) == [[30, 9, 7, 2]]
    assert list(pages(gallery, 9, Order.ADDED, Selection(among=[]))) == [[]]


def test_a_record_has_what_is_known(gallery: Gallery) -> None:
    first, *_ = gallery.listing.page(EVERY, Order.ADDED, None, 1).images
    assert first[:4] == (40, ROOT + b"/39.jpg", 39, 1)
    assert first[4:] == ("JPEG", 4, 3, "2020-01-01T00:00:00", "M", "N")
