"""Which images are shown: those below a root that is online, unless they are missing."""

from __future__ import annotations

from collections.abc import Sequence

from imgsimd.paths import slashed
from imgsimd.types import FilePath, Known


class Visibility:
    """The roots that are online."""

    def __init__(self) -> None:
        self.roots: tuple[FilePath, ...] = ()
        self.has_hidden = False
        """Whether some image may be hidden."""

    @property
    def scope(self) -> Sequence[FilePath] | None:
        """The roots that SQL must be limited to; None if nothing is hidden, which costs less."""
        return self.roots if self.has_hidden else None

    def is_shown(self, image: Known) -> bool:
        """Whether the image lies below one of the roots, and is there."""
        return not image.is_missing and self.is_within(image.path)

    def is_within(self, path: FilePath) -> bool:
        """Whether the path lies below one of the roots."""
        return path.startswith(tuple(map(slashed, self.roots)))
