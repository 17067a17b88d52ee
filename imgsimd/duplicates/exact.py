"""Groups of files that are the same, byte by byte."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from imgsimd.duplicates.decided import Decided
from imgsimd.duplicates.progress import Progress, Stage, Tell
from imgsimd.duplicates.shelf import Shelf
from imgsimd.duplicates.stars import Star
from imgsimd.duplicates.vetoes import FolderRule
from imgsimd.gallery.catalog.photos import Photo

_EVERY = 100
"""Contents between two reports."""


async def find_exact(
    shelf: Shelf, rule: FolderRule, decided: Decided, tell: Tell
) -> AsyncIterator[Star]:
    """All groups; and `shelf.left` has what is in none of them, or is the keeper of one."""
    twins, done = shelf.inventory.twins(), 0
    async for number, photos in shelf.by_content(twins):
        if done % _EVERY == 0:
            tell(Progress(Stage.READING, done, len(twins)))
        done += 1
        is_decided = len(photos) <= decided.may_exist(shelf.inventory.content(number))
        found = [] if is_decided else exact_stars(photos, rule)
        gone = {member.id for star in found for member in star.members}
        shelf.left[number] = [photo for photo in photos if photo.id not in gone]
        for star in found:
            yield star


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
