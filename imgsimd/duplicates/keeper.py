"""Which photo of a group is the one to keep, and why, in words.

The rules are tried in order; the first in which two photos differ decides. How many bytes a file
has says little: a copy that was saved anew at a higher quality is larger and worse. So it comes
almost last.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from imgsimd.duplicates.wish import Keep, Preference
from imgsimd.gallery.catalog.photos import Photo
from imgsimd.gallery.catalog.raw_pairs import RAW
from imgsimd.paths import is_below, text
from imgsimd.types import FilePath

LOSSLESS = {
    "PNG", "TIFF", "BMP", "GIF", "Photoshop", "PNM", "PAM", "Sun raster", RAW,
}  # fmt: skip
"""Formats of the registry that keep every pixel as it was, or nearly always do. WebP, AVIF, JPEG XL
and JPEG 2000 can, but rarely do."""
_COPY_NAME = re.compile(
    r"""(?ix)
      [\s_.-]* \( \s* \d{1,3} \s* \) \s* $                       # IMG_1 (2)
    | (?:^|[\s_.(-]) (?: copy | copies | kopie | kopia | copie | copia | cópia | kopio | kopi
        | копия | コピー | 副本 | 复制 | 複製 ) (?:[\s_.)(-]* \d{0,3} [)\s]*) $   # IMG_1 - Copy (2)
    | ^ (?: copy \s+ (?:\(\d+\)\s+)? of | kopie \s+ von | copie \s+ de | copia \s+ de
        | cópia \s+ de | kopia \s+ )                              # Copy of IMG_1
    | [\s_.-] (?: duplicate | duplicated | another\ copy | \d+(?:st|nd|rd|th)\ copy ) \s* $
    | ~ \d{0,3} $                                                 # IMG_1~2
    """
)
"""The names that file managers, browsers and phones give to a copy, without the extension."""


Merit: TypeAlias = Callable[[Photo], float]
"""The larger, the better."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to keep a photo."""

    words: Callable[[Photo], str]
    """Why this one is kept, if the rule decides."""
    merit: Merit


class Ranking:
    """Puts photos into order, the one to keep first. Nothing but the photos decides."""

    def __init__(
        self,
        preference: Preference = Preference(),  # noqa: B008 - it cannot be changed
        protected: Sequence[FilePath] = (),
        beside_raw: Callable[[Photo], bool] = lambda photo: False,
        is_greyed: Callable[[Photo], bool] = lambda photo: False,
    ) -> None:
        """Photos in `protected` folders come before all others. `beside_raw` says whether a photo's
        raw file, or the picture made of it, lies beside it; `is_greyed` whether it is a grey copy
        of a photo in colour."""
        self._rules = [
            *_of_folders(protected),
            *_of_folders(preference.folders),
            *_of_preference(preference.keep),
            Rule(lambda photo: "it is whole", lambda photo: photo.read >= 1),
            Rule(_pair_in_words, beside_raw),
            Rule(_size_in_words, lambda photo: photo.pixels),
            Rule(lambda photo: "it is in colour", lambda photo: not is_greyed(photo)),
            *_RULES,
        ]

    def ordered(self, photos: Sequence[Photo]) -> list[Photo]:
        """The photos, the one to keep first."""
        return sorted(photos, key=self.key)

    def key(self, photo: Photo) -> tuple[object, ...]:
        """Sorts the better photo first. Of two photos with equal merits, the one whose path is
        shorter, then the first by path."""
        merits = (-rule.merit(photo) for rule in self._rules)
        return (*merits, len(photo.path), photo.path)

    def reason(self, keeper: Photo, others: Sequence[Photo]) -> str:
        """Why this one is kept and not the best of the others."""
        second = min(others, key=self.key)
        for rule in self._rules:
            if rule.merit(keeper) > rule.merit(second):
                return rule.words(keeper)
        if len(keeper.path) < len(second.path):
            return "its path is the shortest"
        return "its path is the first by name"


def is_copy_name(path: FilePath) -> bool:
    """Whether the file's name says that it is a copy: `IMG_1 (2).jpg`, `Copy of IMG_1.jpg`."""
    stem, _ = os.path.splitext(os.path.basename(text(path)))
    return _COPY_NAME.search(stem) is not None


def _of_folders(folders: Sequence[FilePath]) -> list[Rule]:
    """A rule for each folder, the first before the second."""

    def rule(folder: FilePath) -> Rule:
        return Rule(lambda photo: f"it is in {text(folder)}", lambda p: is_below(p.path, folder))

    return list(map(rule, folders))


def _of_preference(keep: Keep | None) -> list[Rule]:
    return [] if keep is None else [_PREFERRED[keep]]


def _pair_in_words(photo: Photo) -> str:
    is_raw = photo.format == RAW
    return f"{'the picture made of it' if is_raw else 'its raw file'} lies beside it"


def _size_in_words(photo: Photo) -> str:
    return f"it has more pixels ({photo.width} x {photo.height})"


def _records(photo: Photo) -> int:
    return (photo.taken is not None) + photo.has_place


def _records_in_words(photo: Photo) -> str:
    if photo.taken and photo.has_place:
        return "it says when and where it was taken"
    return f"it says {'when' if photo.taken else 'where'} it was taken"


_OLDEST = Rule(lambda photo: "it is the oldest", lambda photo: -photo.state.mtime_ns)
_LARGEST = Rule(lambda photo: "it has the most bytes", lambda photo: photo.state.size)
_RULES = [
    Rule(_records_in_words, _records),
    Rule(lambda photo: f"it is lossless ({photo.format})", lambda p: p.format in LOSSLESS),
    Rule(lambda photo: "its name is no copy's", lambda photo: not is_copy_name(photo.path)),
    _OLDEST,
    _LARGEST,
]
_PREFERRED = {
    Keep.OLDEST: _OLDEST,
    Keep.NEWEST: Rule(lambda photo: "it is the newest", lambda photo: photo.state.mtime_ns),
    Keep.LARGEST: _LARGEST,
    Keep.SMALLEST: Rule(lambda photo: "it has the fewest bytes", lambda photo: -photo.state.size),
}
