"""Photos as the catalog knows them, made up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from imgsimd.gallery.catalog.photos import Photo
from imgsimd.types import FileState, ImageId


def photo(
    number: int,
    path: bytes | None = None,
    *,
    content: bytes | None = None,
    size: int = 1000,
    mtime: int = 1,
    inode: int | None = None,
    links: int = 1,
    pixels: tuple[int, int] | None = (400, 300),
    **fields: Any,
) -> Photo:
    """A photo with this id; its path and content follow from it if they are not given."""
    state = FileState(size, mtime, mtime, inode or number, links << 48)
    path = path or b"/photos/%d.jpg" % number
    made = Photo(ImageId(number), path, content or b"%024d" % number, state, "JPEG")
    width, height = pixels or (None, None)
    return replace(made, width=width, height=height, **fields)
