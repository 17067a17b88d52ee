"""Whether two folders hold the same photos, as far as a sample tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from imgsimd.paths import is_nested
from imgsimd.types import FilePath, Known

FEWEST_SAME = 3
"""Photos that must be the same: one or two may be so by chance, or be copies."""
SAME_SHARE = 2 / 3
"""Of the sample: a folder may have been tidied up since, but what is less is another one."""


def is_likely(same: Collection[Known], sample: Collection[Known]) -> bool:
    """Whether these images of the sample being the same makes the folders the same: most are, and
    neither too few, nor all of one size and time, as drawn or generated pictures may be."""
    distinct = {(image.state.size, image.state.mtime_ns) for image in same}
    return len(distinct) >= FEWEST_SAME and len(same) >= SAME_SHARE * len(sample)


def candidates(
    pairs: Iterable[tuple[Known, Known]], old: FilePath
) -> dict[FilePath, list[tuple[Known, Known]]]:
    """The folders in which images of `old` have their twins (each pair: image, twin) at the same
    place as below `old`; best first, with these pairs."""
    found: dict[FilePath, list[tuple[Known, Known]]] = {}
    for image, twin in pairs:
        below = image.path[len(old) :]
        folder = twin.path.removesuffix(below)
        if folder and folder != twin.path and not is_nested(folder, old):
            found.setdefault(folder, []).append((image, twin))
    count = Counter({folder: len(each) for folder, each in found.items()})
    return {folder: found[folder] for folder, _ in count.most_common()}
