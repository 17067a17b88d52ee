"""Which known image is a file?"""

from __future__ import annotations

from imgsimd.gallery.gallery import Gallery
from imgsimd.types import FilePath, FileState, ImageId, Plan
from tests.support.library import (
    add,
    work_off,
)


def find(gallery: Gallery, path: FilePath, state: FileState | None) -> ImageId | None:
    (image,) = gallery.lookup.find([(path, state)])
    return image


def test_a_question_knows_the_very_file(gallery: Gallery) -> None:
    contents = add(gallery, 1)
    work_off(gallery, contents)
    (image,) = gallery.images.at(contents)
    assert find(gallery, image.path, None) == image.id
    assert find(gallery, image.path, image.state._replace(ctime_ns=123)) == image.id
    assert find(gallery, image.path, image.state._replace(size=5)) is None
    assert find(gallery, b"/photos/unknown.jpg", None) is None
    gallery.apply(Plan(changed=[image._replace(state=image.state._replace(mtime_ns=9))]))
    assert find(gallery, image.path, None) is None, "its vector is of what it was"
