"""Counts by folder, month, format and camera are those of looking at every image."""

from __future__ import annotations

from collections import Counter

import pytest

from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.gallery.conditions import Conditions
from imgsimd.gallery.counting import Count, Division
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.selection import Selection
from imgsimd.types import FilePath, FileState, Hidden, ImageId, Plan
from tests.support.library import ROOT, content_of, work_off

OTHER = b"/other \xff"
PATHS = [
    *(b"/photos/%d.jpg" % n for n in range(2)),
    *(b"/photos/a/%d.jpg" % n for n in range(3)),
    *(b"/photos/a/b/c/%d.jpg" % n for n in range(4)),
    *(b"/photos/a b/%d.nef" % n for n in range(5)),
    *(b"/other \xff/x/%d.jpg" % n for n in range(6)),
]
HEADERS = {
    b"/photos": PictureMetadata("JPEG", 1, taken="2021-05-01T10:00:00", make="Canon"),
    b"/photos/a": PictureMetadata("JPEG", 1, taken="2021-05-31T23:59:59", make="Canon",
                                  model="Canon EOS  5D"),
    b"/photos/a/b/c": PictureMetadata("PNG", 1, taken="1969-12-31T23:59:59", model="X"),
    b"/photos/a b": PictureMetadata("camera raw", 1, taken="9999999-01-01T00:00",
                                    make="Canon", model="EOS 5D"),
}  # fmt: skip


@pytest.fixture
def gallery(gallery: Gallery) -> Gallery:
    """Images in several folders of two roots; those of the second have no headers."""
    gallery.show([ROOT, OTHER])
    gallery.apply(Plan(new={path: FileState(n, 1, 1, n) for n, path in enumerate(PATHS)}))
    work_off(gallery, {path: content_of(n) for n, path in enumerate(PATHS)})
    for image in gallery.images.between(b"", b"\xff"):
        if header := HEADERS.get(image.path.rpartition(b"/")[0]):
            gallery.verdicts.describe({image: header})
    return gallery


def counts(
    gallery: Gallery,
    by: Division,
    parent: FilePath | None = None,
    wanted: Selection = Selection(),  # noqa: B008 - it cannot be changed
) -> list[Count]:
    while not gallery.attributes.load():
        pass
    return gallery.counting.count(wanted, by, parent)


def test_the_tree_of_folders_is_counted_level_by_level(gallery: Gallery) -> None:
    assert counts(gallery, Division.FOLDER) == [(OTHER, 6, 0), (ROOT, 14, 2)]
    assert counts(gallery, Division.FOLDER, ROOT) == [(b"/photos/a", 7, 3), (b"/photos/a b", 5, 5)]
    assert counts(gallery, Division.FOLDER, b"/photos/a") == [(b"/photos/a/b", 4, 0)]
    assert counts(gallery, Division.FOLDER, b"/photos/a/b/c") == []
    assert counts(gallery, Division.FOLDER, b"/") == [(OTHER, 6, 0), (ROOT, 14, 2)]
    assert counts(gallery, Division.FOLDER, b"/phot") == []


def test_months_formats_and_cameras_are_counted(gallery: Gallery) -> None:
    assert counts(gallery, Division.MONTH) == [
        ("1969-12", 4, None), ("1970-01", 6, None), ("2021-05", 5, None), ("9999-12", 5, None),
    ]  # fmt: skip
    assert counts(gallery, Division.FORMAT) == [
        (None, 6, None), ("JPEG", 5, None), ("camera raw", 5, None), ("PNG", 4, None),
    ]  # fmt: skip
    assert counts(gallery, Division.CAMERA) == [
        ("Canon EOS 5D", 8, None), (None, 6, None), ("X", 4, None), ("Canon", 2, None),
    ]  # fmt: skip


def test_a_filter_by_a_counted_value_leaves_what_was_counted(gallery: Gallery) -> None:
    for value, count, _ in counts(gallery, Division.CAMERA):
        if isinstance(value, str) and value != "Canon":  # a part of other names, too
            wanted = Selection(Conditions(cameras=(value,)))
            assert sum(c.images for c in counts(gallery, Division.MONTH, None, wanted)) == count


def test_only_what_is_searchable_fits_and_is_named_is_counted(gallery: Gallery) -> None:
    images = gallery.images.between(b"", b"\xff")
    gallery.hide([i for i in images if i.path.startswith(b"/photos/a/b/")], Hidden.GONE)
    gallery.apply(Plan(new={b"/photos/new.jpg": FileState(99, 1, 1, 99)}))  # has no vector yet
    assert counts(gallery, Division.FOLDER) == [(OTHER, 6, 0), (ROOT, 10, 2)]
    gallery.show([ROOT])
    assert counts(gallery, Division.FOLDER) == [(ROOT, 10, 2)]
    assert counts(gallery, Division.MONTH)[0] == ("2021-05", 5, None)

    ids = [image.id for image in images]
    among = Selection(Conditions(under=(b"/photos/a",)), [*ids, ids[0], ImageId(10**12)])
    assert counts(gallery, Division.FORMAT, None, among) == [("JPEG", 3, None)]
    assert counts(gallery, Division.FORMAT, None, Selection(among=[])) == []


def test_counts_follow_what_moves(gallery: Gallery) -> None:
    counts(gallery, Division.FOLDER)
    gallery.swap_folders({b"/photos/a": b"/photos/moved"})
    found = counts(gallery, Division.FOLDER, ROOT)
    assert Counter({each.value: each.images for each in found}) == {
        b"/photos/a b": 5,
        b"/photos/moved": 7,
    }
