"""Which two photos are never duplicates, however much alike they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from imgsimd.decoding.metadata import TO_THE_SECOND
from imgsimd.duplicates.wish import Folders
from imgsimd.gallery.catalog.photos import Photo
from imgsimd.gallery.catalog.raw_pairs import RAW
from imgsimd.paths import enclosing, folder_of
from imgsimd.types import FilePath


def are_one_shot(one: Photo, other: Photo) -> bool:
    """Whether nothing in their files says that they are not the same shot, in the same stage."""
    is_known = one.is_described and other.is_described
    return is_known and not is_other_shot(one, other) and not is_raw_and_developed(one, other)


def one_shot_of(keeper: Photo, copies: Sequence[Photo]) -> list[Photo]:
    """Those of the copies, which come with the best first, that are also one shot with each other.
    Two shots of a burst may both seem to be copies of a third picture that does not say when it was
    taken."""
    timed = next((each for each in (keeper, *copies) if each.taken is not None), None)
    return [copy for copy in copies if timed is None or not is_other_shot(timed, copy)]


def is_other_shot(one: Photo, other: Photo) -> bool:
    """Whether their files say that they were taken at different moments, as the photos of a burst
    were. A copy keeps its original's time, if it has any."""
    if one.taken is None or other.taken is None:
        return False
    mine, others = one.taken, other.taken
    if mine[:TO_THE_SECOND] != others[:TO_THE_SECOND]:
        return not _is_one_moment(mine, others)
    fractions = _fraction(mine), _fraction(others)
    return all(fractions) and _differ(*fractions)


def is_raw_and_developed(one: Photo, other: Photo) -> bool:
    """Whether one is a camera's raw file, and the other a picture that was made of such a file.
    Neither replaces the other, wherever they lie."""
    return (one.format == RAW) != (other.format == RAW)


class FolderRule:
    """What the folders of a keeper and of a copy must be."""

    def __init__(self, folders: Folders, protected: Sequence[FilePath]) -> None:
        """Where there are `protected` folders, the keeper lies in one of them, and no copy does."""
        self._folders = folders
        self._protected = protected

    @property
    def has_protected(self) -> bool:
        """Whether there are protected folders."""
        return bool(self._protected)

    def __call__(self, keeper: Photo, copy: Photo) -> bool:
        """Whether they may be in one group."""
        if self._protected and not (self.protects(keeper) and not self.protects(copy)):
            return False
        if self._folders is Folders.ANY:
            return True
        is_one_folder = folder_of(keeper.path) == folder_of(copy.path)
        return is_one_folder == (self._folders is Folders.WITHIN)

    def parts(self, photos: Sequence[Photo]) -> list[list[Photo]]:
        """The photos, in their order: those that may be in one group at all together."""
        if self._folders is not Folders.WITHIN:
            return [list(photos)] if photos else []
        found: dict[FilePath, list[Photo]] = {}
        for photo in photos:
            found.setdefault(folder_of(photo.path), []).append(photo)
        return list(found.values())

    def protects(self, photo: Photo) -> bool:
        """Whether the photo lies in one of the protected folders."""
        return enclosing(photo.path, self._protected) is not None


def _fraction(time: str) -> str:
    """The digits of the second's fraction; empty if there are none."""
    rest = time[TO_THE_SECOND:]
    return rest[1:].partition("+")[0].partition("-")[0] if rest.startswith(".") else ""


def _differ(one: str, other: str) -> bool:
    """Whether two fractions differ in the digits that both have: some programs round them."""
    digits = min(len(one), len(other))
    return one[:digits] != other[:digits]


def _is_one_moment(one: str, other: str) -> bool:
    """Whether two times with their offsets from UTC are one moment, to the second."""
    moments = [_moment(time) for time in (one, other)]
    return None not in moments and moments[0] == moments[1]


def _moment(time: str) -> datetime | None:
    """The moment to the second; None if the time has no offset, or is none."""
    offset = time[TO_THE_SECOND:].lstrip(".0123456789")
    try:
        return datetime.fromisoformat(time[:TO_THE_SECOND] + offset) if offset else None
    except ValueError:
        return None
