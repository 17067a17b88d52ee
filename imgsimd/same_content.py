"""Says which image is at which path now, among images and files of one content."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence

from imgsimd.types import FilePath, Known


def pairs(paths: Sequence[FilePath], images: Sequence[Known]) -> Iterator[tuple[FilePath, Known]]:
    """Says which image is at which path now, where all of them have the same content: first by the
    same file name, as after renaming a folder, then in any order."""
    named: dict[FilePath, list[Known]] = defaultdict(list)
    for image in reversed(images):
        named[os.path.basename(image.path)].append(image)
    chosen = {p: named[name].pop() for p in paths if named.get(name := os.path.basename(p))}
    yield from chosen.items()
    taken = {image.id for image in chosen.values()}
    others = [path for path in paths if path not in chosen]
    yield from zip(others, (i for i in images if i.id not in taken), strict=False)
