"""Decides from a sample whether two folders hold the same photos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from imgsimd.paths import is_nested
from imgsimd.types import FilePath, Known

FEWEST_SAME = 3
"""At least this many photos must be the same: one or two may be so by chance, or be copies."""
SAME_SHARE = 2 / 3
"""At least this share of the sample must be the same: the folder may have been tidied up since."""


def is_likely(same: Collection[Known], sample: Collection[Known]) -> bool:
    """Whether the folders are the same if these images of the sample are: most of them, at least
    FEWEST_SAME, and not all of one size and time, as generated pictures may be."""
    distinct = {(image.state.size, image.state.mtime_ns) for image in same}
    return len(distinct) >= FEWEST_SAME and len(same) >= SAME_SHARE * len(sample)


def candidates(
    pairs: Iterable[tuple[Known, Known]], old: FilePath
) -> dict[FilePath, list[tuple[Known, Known]]]:
    """The folders that hold twins of images of `old` at the same relative path, with these pairs
    (image, twin); the folder with most pairs first."""
    found: dict[FilePath, list[tuple[Known, Known]]] = {}
    for image, twin in pairs:
        below = image.path[len(old) :]
        folder = twin.path.removesuffix(below)
        if folder and folder != twin.path and not is_nested(folder, old):
            found.setdefault(folder, []).append((image, twin))
    count = Counter({folder: len(each) for folder, each in found.items()})
    return {folder: found[folder] for folder, _ in count.most_common()}
