"""The pictures in a folder that a user names: to ask about, or as examples of a kind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from imgsimd import extensions


def pictures_in(folder: str, on_error: Callable[[OSError], None] | None = None) -> list[str]:
    """The paths of all files in the folder, and below it, that have the name of a photo, by path.
    Hidden ones are left out, and links to folders are not followed. `on_error` hears of each folder
    that cannot be listed."""
    return sorted(_walked(folder, on_error))


def _walked(folder: str, on_error: Callable[[OSError], None] | None) -> Iterator[str]:
    for place, folders, files in os.walk(folder, onerror=on_error):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.path.join(place, name) for name in files if is_photo(name))


def is_photo(name: str) -> bool:
    """Whether a file of this name is taken for a photo."""
    return not name.startswith(".") and extensions.of_name(os.fsencode(name)) in extensions.DEFAULT
