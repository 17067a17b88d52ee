"""Checks whether a scan that a user asks for would look at anything."""

from __future__ import annotations

import os
from collections.abc import Sequence

from imgsimd.errors import ConfigError
from imgsimd.paths import is_within, quoted, text
from imgsimd.types import FilePath, RootState
from imgsimd.watching.path_selection import PathSelection
from imgsimd.watching.selection import Selection
from imgsimd.watching.watched_root import Root


def check_roots(roots: Sequence[Root]) -> None:
    """Raises ConfigError if no root is online."""
    if not roots:
        raise ConfigError("No folder is watched yet. Run: imgsimctl watch ~/Pictures")
    if all(root.state is RootState.OFFLINE for root in roots):
        raise ConfigError("All watched folders are offline. `imgsimctl roots` says why.")


def check(folder: FilePath, roots: Sequence[Root], selection: Selection) -> None:
    """Raises ConfigError if a scan of the folder would look at nothing. May block as long as its
    disk does. A folder outside of all roots is not touched."""
    name = text(folder)
    root = next((r for r in roots if is_within(folder, r.path)), None)
    if root is None:
        raise ConfigError(f"{name} isn't watched. To watch it: imgsimctl watch {quoted(folder)}")
    if root.state is RootState.OFFLINE:
        raise ConfigError(
            f"{name} can't be rescanned: {text(root.path)} is offline ({root.reason})."
        )
    if os.path.realpath(folder) != folder:
        raise ConfigError(f"{name} is a link, and links are not followed. Rescan what it leads to.")
    if not os.path.lexists(folder):
        raise ConfigError(f"No such folder: {name}.")
    if not os.path.isdir(folder):
        raise ConfigError(f"{name} is a file; rescan its folder.")
    if not PathSelection(root.path, selection).looks_into(folder):
        raise ConfigError(
            f"{name} is left out, by its name, the `ignore` setting, or a file such as `.nomedia`: "
            "nothing in it is indexed."
        )
