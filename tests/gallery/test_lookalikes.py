"""The photos of a folder that moved are recognised by their content, or as the very files."""

from __future__ import annotations

from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.lookalikes import lookalikes, specimens
from imgsimd.types import FilePath, FileState, Hidden, Plan
from tests.support.library import ROOT, add, content_of, work_off

NEW = b"/new"


def copied(gallery: Gallery, word: int, state: FileState) -> FilePath:
    """A photo in NEW with the content of the photo `word`."""
    path = NEW + b"/%d.jpg" % word
    gallery.apply(Plan(new={path: state}))
    work_off(gallery, {path: content_of(word)})
    return path


def pairs(gallery: Gallery, *roots: FilePath) -> set[tuple[FilePath, FilePath]]:
    sample = specimens(gallery.images, ROOT)
    return {(image.path, twin.path) for image, twin in lookalikes(gallery.images, sample, roots)}


def test_a_copy_and_the_very_file_are_found_below_the_roots_only(gallery: Gallery) -> None:
    gallery.show([ROOT, NEW])
    contents = add(gallery, 1, 2, 3)
    work_off(gallery, contents)
    one, two, _ = gallery.images.at(sorted(contents))
    copy = copied(gallery, 1, FileState(1, 50, 50, 50))
    gallery.apply(Plan(new={NEW + b"/link.jpg": two.state}))
    assert pairs(gallery, NEW) == {(one.path, copy), (two.path, NEW + b"/link.jpg")}
    assert pairs(gallery, b"/other") == set()


def test_a_missing_image_is_nobodys_lookalike(gallery: Gallery) -> None:
    gallery.show([ROOT, NEW])
    work_off(gallery, add(gallery, 1))
    copy = copied(gallery, 1, FileState(1, 50, 50, 50))
    gallery.hide(gallery.images.at([copy]), Hidden.GONE)
    assert pairs(gallery, NEW) == set()


def test_specimens_come_from_all_over_the_folder(gallery: Gallery) -> None:
    add(gallery, *range(1000))
    found = specimens(gallery.images, ROOT)
    assert 16 < len(found) < 100
    assert len({image.path[:9] for image in found}) > 3, "not only the first names"
    assert specimens(gallery.images, b"/empty") == []
