"""Which known image is a file?"""

from __future__ import annotations

from imgsimd.gallery.gallery import Gallery
from imgsimd.types import FilePath, FileState, ImageId, Known, Plan
from tests.support.library import ROOT, add, work_off


def find(gallery: Gallery, path: FilePath, state: FileState | None) -> ImageId | None:
    (image,) = gallery.lookup.find([(path, state)])
    return image


def indexed(gallery: Gallery) -> Known:
    """A single image, with its vector."""
    contents = add(gallery, 1)
    work_off(gallery, contents)
    (image,) = gallery.images.at(contents)
    return image


def test_a_question_knows_the_very_file(gallery: Gallery) -> None:
    image = indexed(gallery)
    assert find(gallery, image.path, None) == image.id
    assert find(gallery, image.path, image.state._replace(ctime_ns=123)) == image.id
    assert find(gallery, image.path, image.state._replace(size=5)) is None
    assert find(gallery, b"/photos/unknown.jpg", None) is None
    gallery.apply(Plan(changed=[image._replace(state=image.state._replace(mtime_ns=9))]))
    assert find(gallery, image.path, None) is None, "its vector is of what it was"


def test_a_link_to_an_indexed_file_is_the_same_image(gallery: Gallery) -> None:
    image = indexed(gallery)
    link = b"/elsewhere/link.jpg"
    assert find(gallery, link, image.state) == image.id
    assert find(gallery, link, image.state._replace(mtime_ns=9)) is None, "the inode is used again"
    assert find(gallery, link, None) is None, "only the path is known"


def test_each_file_of_many_has_its_own_answer(gallery: Gallery) -> None:
    image = indexed(gallery)
    (waiting,) = gallery.images.at(add(gallery, 2))
    files = [(waiting.path, None), (ROOT + b"/no.jpg", None), (image.path, image.state)]
    assert gallery.lookup.find(files) == [None, None, image.id]
    assert gallery.lookup.ids_of(files) == [waiting.id, image.id], "known, with or without a vector"
