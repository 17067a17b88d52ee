"""Groups of files that are the same, byte by byte."""

from __future__ import annotations

from collections.abc import Sequence

from imgsimd.duplicates.stars import Star
from imgsimd.duplicates.vetoes import FolderRule
from imgsimd.gallery.catalog.photos import Photo


def exact_stars(ordered: Sequence[Photo], rule: FolderRule) -> list[Star]:
    """The groups of these photos, which have one content and come with the best first.

    One keeper for each part is enough: whatever may not join the best one may join no other, since
    it lies in the folder of the best one, or is protected, or nothing is.
    """
    found = []
    for part in rule.parts(ordered):
        keeper, *rest = part
        members = [photo for photo in rest if rule(keeper, photo)]
        if members:
            found.append(Star(keeper, members))
    return found
