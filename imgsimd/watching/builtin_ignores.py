"""What is always left out: hidden and temporary files, trash, snapshots, thumbnails.

A pattern is for a whole name, so that `Trash the dress` stays. Case does not count, since NAS and
Windows may change it.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable

BUILT_IN_PATTERNS = (
    # Hidden and temporary. Partial downloads (`.part`, ...) have no picture's extension.
    ".*", "*~", "~$*", "*.tmp.*",
    # Trash: of desktops, phones, Windows, macOS, NAS (Samba, Synology, QNAP, Buffalo), Nextcloud.
    "Trash", ".Trash", ".Trash-*", "Trash-[0-9]*", ".Trashes", ".trashed-*", ".dtrash",
    "Network Trash Folder", "$RECYCLE.BIN", "RECYCLER", "RECYCLED", "Recycle Bin", ".recycle",
    "#recycle", "@Recycle", "trashbox", "files_trashbin",
    # Snapshots and earlier versions: NetApp, ZFS, snapper, Synology, QNAP, Samba, Time Machine, ...
    ".snapshot", ".snapshots", "~snapshot", "#snapshot", "@Recently-Snapshot", "@GMT-*", ".zfs",
    "Backups.backupdb", ".stversions", "files_versions", ".picasaoriginals",
    # Thumbnails and previews: desktops, Synology, QNAP, Lightroom, Apple's libraries, Nextcloud.
    "Thumbs", "Thumbnails", "_thumbs", ".thumbs", ".thumbnails", "@eaDir", "@__thumb", ".@__thumb",
    "._*", "*.lrdata", "*.photoslibrary/resources", "*.photolibrary/Previews",
    "*.aplibrary/Previews", "appdata_oc*",
    # Of the system, and what macOS's search leaves out.
    "System Volume Information", "lost+found", "@tmp", "*.noindex",
)  # fmt: skip
"""Shell patterns: names of files and folders, or of a folder in one."""


class BuiltIn:
    """The built-in patterns, without those that the user has revoked."""

    def __init__(self, without: Iterable[str]) -> None:
        """`without` are patterns of BUILT_IN_PATTERNS, in upper or lower case."""
        less = {pattern.casefold() for pattern in without}
        patterns = [p for p in BUILT_IN_PATTERNS if p.casefold() not in less]
        self.name = _any_of(p for p in patterns if "/" not in p)
        """A regular expression for the name of what is left out."""
        self._name = re.compile(self.name, re.DOTALL)
        self._pair = re.compile(_any_of(p for p in patterns if "/" in p), re.DOTALL)

    def leaves_out(self, path: bytes) -> bool:
        """Whether this file or folder is left out, for its own name, or with that of its folder."""
        name = path.rfind(b"/") + 1
        if self._name.match(path, name):
            return True
        return self._pair.match(path, path.rfind(b"/", 0, max(name - 1, 0)) + 1) is not None


def _any_of(patterns: Iterable[str]) -> bytes:
    """A regular expression for bytes; it matches nothing if there are no patterns."""
    translated = "|".join(map(fnmatch.translate, patterns)) or "(?!)"
    return f"(?i:{translated})".encode("ascii")
