"""Where the configured paths lead. A path with a link in it may lead elsewhere tomorrow."""

from __future__ import annotations

import os
from collections.abc import ItemsView, Iterable

from imgsimd.paths import enclosing
from imgsimd.types import FilePath
from imgsimd.watching.disk_timeout import Answers


class RootPaths:
    """The folders as the user wrote them (names), and their real paths now (places)."""

    def __init__(self) -> None:
        self._answers = Answers(_real)
        self._places: dict[FilePath, FilePath] = {}

    def configure(self, names: Iterable[FilePath]) -> None:
        """Takes new names. Those that were there before keep their places until the next `look`."""
        self._places = {n: self._places.get(n) or os.path.normpath(n) for n in names}

    async def look(self) -> None:
        """Follows all links again. Where a disk does not answer, the last place is kept."""
        for name in list(self._places):
            place = await self._answers.about(name)
            if place and place != b"/" and name in self._places:  # other names may have come
                self._places[name] = place

    @property
    def places(self) -> list[FilePath]:
        """The real path of each folder once, in order, without folders inside another one."""
        unique = list(dict.fromkeys(self._places.values()))
        return [place for place in unique if enclosing(place, unique) is None]

    def of(self, place: FilePath) -> list[FilePath]:
        """The names of the folder at this place."""
        return [name for name, found in self._places.items() if found == place]

    def items(self) -> ItemsView[FilePath, FilePath]:
        """Each name, and its place."""
        return self._places.items()


def _real(path: FilePath) -> FilePath | None:
    try:
        return os.path.realpath(path)
    except OSError:  # a link was removed meanwhile
        return None
