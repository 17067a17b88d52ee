"""Opens photos as the settings say."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from imgsimd.indexing.photo_file import OpenPhoto, open_photo, open_unhashed
from imgsimd.types import FilePath, Hash
from imgsimd.watching.links import NOT_FOLLOWED, Links

Opener: TypeAlias = Callable[[FilePath], OpenPhoto | None]
"""Opens as `open_photo` does. Call it in a thread."""


class PhotoOpener:
    """Opens photos up to a size, and through the links that are followed."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        """The size of the largest file that is read."""
        self.links: Links = NOT_FOLLOWED
        """The files that these links lead to are opened."""

    def hashing(self, by: Hash) -> Opener:
        """A function that opens a photo and hashes it `by` that."""
        return partial(
            open_photo, max_bytes=self.max_bytes, by=by, follows_links=self.links.are_followed
        )

    def unhashed(self, path: FilePath) -> OpenPhoto | None:
        """Opens as `open_unhashed` does. Call it in a thread."""
        return open_unhashed(path, self.max_bytes, self.links.are_followed)
