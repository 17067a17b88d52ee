"""What the configured folders are: a path may lead elsewhere tomorrow, through a link in it."""

from __future__ import annotations

import os
from collections.abc import ItemsView, Iterable

from imgsimd.paths import enclosing
from imgsimd.types import FilePath
from imgsimd.watching.disk_timeout import Answers


class RootPaths:
    """Folders as the user wrote them, and the places where they lie now."""

    def __init__(self) -> None:
        self._answers = Answers(_real)
        self._places: dict[FilePath, FilePath] = {}

    def configure(self, names: Iterable[FilePath]) -> None:
        """These are the names from now on; what is known of them stays known."""
        self._places = {n: self._places.get(n) or os.path.normpath(n) for n in names}

    async def look(self) -> None:
        """Follows all links anew; what a disk that does not answer said last still holds."""
        for name in list(self._places):
            place = await self._answers.about(name)
            if place and place != b"/" and name in self._places:  # other names may have come
                self._places[name] = place

    @property
    def places(self) -> list[FilePath]:
        """The real path of each folder once, in order; one inside another is part of it."""
        unique = list(dict.fromkeys(self._places.values()))
        return [place for place in unique if enclosing(place, unique) is None]

    def of(self, place: FilePath) -> list[FilePath]:
        """What the user calls the folder at this place."""
        return [name for name, found in self._places.items() if found == place]

    def items(self) -> ItemsView[FilePath, FilePath]:
        """Each name, and its place."""
        return self._places.items()


def _real(path: FilePath) -> FilePath | None:
    try:
        return os.path.realpath(path)
    except OSError:  # a link went away while it was followed
        return None
