"""What a scan noticed about folders that their user should know, though no photo is to blame."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from imgsimd.types import FilePath

_MOST = 3
"""Sentences of one kind about one root."""


class Remark(NamedTuple):
    """About one folder."""

    problems: tuple[str, ...] = ()
    """Why something that it says has no effect, or more than is meant, each in a sentence."""


NONE = Remark()


class Remarks:
    """What the last scan of each folder noticed."""

    def __init__(self) -> None:
        self._by_folder: dict[FilePath, Remark] = {}

    def note(
        self, top: FilePath, found: Mapping[FilePath, Remark], unchanged: Collection[FilePath]
    ) -> None:
        """A scan of `top` has `found` these, and looked no closer at the `unchanged` folders; all
        folders have their closing slash."""
        below = top + b"/"
        kept = {
            folder: remark
            for folder, remark in self._by_folder.items()
            if not folder.startswith(below) or folder in unchanged
        }
        self._by_folder = kept | dict(found)

    def reasons(self, root: FilePath) -> list[str]:
        """What there is to say of the root and of folders in it, in some sentences."""
        below = root + b"/"
        about = [r for folder, r in sorted(self._by_folder.items()) if folder.startswith(below)]
        problems = [problem for remark in about for problem in remark.problems]
        more = [f"and {len(problems) - _MOST:,} more of the kind"] * (len(problems) > _MOST)
        return [*problems[:_MOST], *more]
