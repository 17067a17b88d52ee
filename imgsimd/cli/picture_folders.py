"""The pictures in a folder that a user asks about."""

from __future__ import annotations

import os
from collections.abc import Iterator

from imgsimd import extensions


def pictures_in(folder: str) -> list[str]:
    """The paths of all files in the folder, and below it, that have the name of a photo, by path.
    Hidden ones are left out, and links to folders are not followed."""
    return sorted(_walked(folder))


def _walked(folder: str) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.path.join(place, name) for name in files if _is_photo(name))


def _is_photo(name: str) -> bool:
    return not name.startswith(".") and extensions.of_name(os.fsencode(name)) in extensions.DEFAULT
