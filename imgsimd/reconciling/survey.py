"""What the present settings select, and what has been compared since they came."""

from __future__ import annotations

from collections.abc import Iterable

from imgsimd.types import FilePath
from imgsimd.watching.folder_digests import FolderDigests
from imgsimd.watching.links import Links
from imgsimd.watching.selection import Selection


class Survey:
    """Runs on the event loop. A scan that is going on when settings change keeps the digests that
    it began with, so that nothing that it finds counts under the new settings."""

    def begin(self, selection: Selection) -> None:
        """Takes new settings: everything must be compared anew."""
        self.selection = selection
        self.digests = FolderDigests()
        self.scanned = set[FilePath]()
        """The roots that have been scanned whole."""

    def compare_anew(self) -> None:
        """Has everything compared with the catalog again."""
        self.digests = FolderDigests()

    def doubt(self, paths: Iterable[FilePath]) -> None:
        """Has the folders of these files compared again."""
        for path in paths:
            self.digests.doubt(path)

    @property
    def links(self) -> Links:
        """Which symbolic links are followed."""
        return self.selection.links
