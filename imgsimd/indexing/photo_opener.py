"""Opens photos as the settings say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from imgsimd.indexing.photo_file import OpenPhoto, open_photo, open_unhashed
from imgsimd.types import FilePath, FileState, Hash
from imgsimd.watching.links import NOT_FOLLOWED, Links


class PhotoOpener:
    """Opens photos up to a size, and through the links that are followed."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        """The size of the largest file that is read."""
        self.links: Links = NOT_FOLLOWED
        """The files that these links lead to are opened."""

    @contextmanager
    def opened(
        self, path: FilePath, state: FileState | None = None, by: Hash | None = None
    ) -> Iterator[OpenPhoto | None]:
        """`with opener.opened(path, image.state) as photo:` the photo, closed at the end; None if
        there is none now, it is being written to, or it is not in this `state`.

        It is hashed `by` that, if given; then a thread must enter (an `ExitStack` helps: it may be
        left anywhere). Raises BadPictureError as `open_photo` does.
        """
        photo = self.open(path, by)
        if photo is None:
            yield None
            return
        try:
            yield photo if state in (None, photo.state) else None
        finally:
            photo.close()

    def open(self, path: FilePath, by: Hash | None = None) -> OpenPhoto | None:
        """As `opened`; the caller closes it."""
        if by is None:
            return open_unhashed(path, self.max_bytes, self.links.are_followed)
        return open_photo(path, self.max_bytes, by, self.links.are_followed)
